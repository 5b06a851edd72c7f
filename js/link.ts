import { TabmuxError, type TabmuxErrorCode } from './errors.js';
import type * as Lifecycle from './lifecycle.js';
import type { Life } from './lifecycle.js';
import type { Ack, ToHub, WORKER_NAME } from './protocol.js';
import { spawn } from './spawn.js';
import type { Stream } from './stream.js';

let lifecycle: typeof Lifecycle | undefined;
let loading: Promise<typeof Lifecycle> | undefined;

/**
 * Does what `lifecycle.ts` has for it: at once if it is there, otherwise in the order of the calls. Where it can't be
 * loaded (an old deploy, of which the file is gone), `failed` is told.
 */
export function runtime(act: (l: typeof Lifecycle) => void, failed?: (error: TabmuxError) => void): void {
  if (lifecycle) act(lifecycle);
  else {
    // One promise for all: those of several `import()` calls do not settle in the order of the calls.
    loading ??= import('./lifecycle.js').then((loaded) => {
      lifecycle = loaded;
      return loaded;
    });
    loading.then(act, (error) => {
      loading = undefined;
      failed?.(new TabmuxError('WORKER_LOAD', `reload the page: ${error}`));
    });
  }
}

/**
 * The way from this page to one worker. Here is what starts it; all that is said to it first and comes back from it is for
 * `lifecycle.ts`, which is fetched while it starts.
 */
export class Link {
  readonly streams = new Map<number, Stream>();
  /** Where the worker is, if it is not where the bundler put it. */
  declare url: string | undefined;
  // Not the constant itself: what two chunks import becomes a third chunk.
  name: string = 'tabmux' satisfies typeof WORKER_NAME;
  gen = 0;
  declare port: MessagePort | undefined;
  /** Held for its `error` event: one that nothing refers to may be collected before it fires. */
  declare worker: SharedWorker;
  /** This document's Web Lock, if there are any. */
  declare lock: string | undefined;
  /** The hello is posted. */
  declare up: boolean;
  /** Given up, until `reconnect()` or a new `connect()`. */
  declare down: boolean;
  /** Handed to the successor by `move-to`. */
  declare state: string | undefined;
  /** Stops what a batch has set off and that has not run yet, or lets it go on. */
  declare hold: ((on: boolean) => void) | undefined;
  /** What `lifecycle.ts` remembers. */
  declare life: Life | undefined;

  constructor(url?: string) {
    this.url = url;
    this.start();
  }

  /** Makes a port to the worker. What is said on it is for `greet.ts`: the worker takes longer to start than that to load. */
  start(): void {
    this.up = this.down = false;
    try {
      const worker = spawn(this.name, this.url);
      this.worker = worker;
      const { port } = worker;
      this.port = port;
      worker.onerror = () => runtime((l) => l.fail(this, port, 'script'));
      // What an abandoned worker says when it wakes is not heard.
      port.onmessage = ({ data }) => this.port === port && runtime((l) => l.hear(this, data));
      runtime((l) => l.starting(this), this.lost);
    } catch (error) {
      // Whoever made this link has yet to put a stream on it, and listeners on that.
      queueMicrotask(() => runtime((l) => l.fail(this, this.port, `throw ${error}`), this.lost));
    }
  }

  /** There is no `lifecycle.ts`, and nothing can come of this without it. */
  readonly lost = (error: TabmuxError) => {
    // Without a hello before it the hub lets go of the port.
    this.port?.postMessage({ t: 'bye', persisted: false, at: [] } satisfies ToHub);
    this.port?.close();
    this.down = true;
    for (const stream of this.streams.values()) {
      stream.update({ status: 'closed', reason: 'worker-load', resumed: null, failed: true });
      for (const waiting of [...stream.subs.values(), ...stream.owners]) waiting.fail(error);
    }
  };

  /**
   * Before the hello nothing is sent, and nothing is kept to be sent: the hello is followed by the whole state of the
   * page. So a message can't overtake it, and a fresh worker needs nothing else.
   */
  post(message: ToHub | Ack): void {
    if (this.up) this.port?.postMessage(message);
  }

  /** For `lifecycle.ts`: a class that two chunks import would be a third one, before the first event. */
  error(code: TabmuxErrorCode, message: string): TabmuxError {
    return new TabmuxError(code, message);
  }
}
