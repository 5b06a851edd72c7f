/**
 * Runs each task in a task of the event loop of its own, in order, as EventSource dispatches its events. A MessageChannel
 * because timers are clamped to 4 ms. One for all drop-ins of the page: an entangled pair of ports is never collected.
 */
const queue: (() => void)[] = [];
let next = 0;
let post: (() => void) | undefined;
let isHeld = false;
let owed = 0;

export function task(run: () => void): void {
  if (!post) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = step;
    post = () => port2.postMessage(0);
  }
  queue.push(run);
  post();
}

/** Runs none of them for now, or goes on. */
export function hold(on: boolean): void {
  isHeld = on;
  if (!on) for (; owed; owed--) post?.();
}

function step(): void {
  if (isHeld) {
    owed++;
    return;
  }
  const run = queue[next++] as () => void;
  // Cut at times, because a shift of a long queue takes as long as the queue.
  if (next === queue.length || next > 1000) {
    queue.splice(0, next);
    next = 0;
  }
  run();
}
