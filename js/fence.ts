/**
 * Workers of one script tell each other their generation: one that hung and wakes learns here that it was replaced, and a
 * fresh one of a lower generation that there is another. A BroadcastChannel, because it is there without a secure context.
 *
 * @param heard is called with the generation of another worker
 */
export function radio(gen: number, heard: (gen: number) => void) {
  // Two, because a channel does not hear itself.
  const ear = new BroadcastChannel('tabmux:worker');
  const mouth = new BroadcastChannel(ear.name);
  const base = new URL(location.href);
  base.searchParams.delete('tabmux');
  const of = base.href;
  const me = Math.random();
  let words = 0;
  let passed: (() => void) | undefined;
  ear.onmessage = ({ data }) => {
    // Any script of the origin may say anything here.
    const said = Object(data);
    if (said.me === me) {
      // An earlier word proves too little.
      if (said.word !== words) return;
      passed?.();
      passed = undefined;
    } else if (said.of === of && Number.isSafeInteger(said.gen)) heard(said.gen);
  };
  return {
    announce: () => mouth.postMessage({ of, gen }),
    /** Calls `done` once all is heard that was said before: the own word comes behind it. */
    fence(done: () => void) {
      passed = done;
      mouth.postMessage({ me, word: ++words });
    },
  };
}
