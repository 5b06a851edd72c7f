/** What the build makes of `src/` with wasm-bindgen: as much of it as the worker's entry uses. */
declare module 'hub-glue' {
  /**
   * Starts the hub; once.
   * @param href the worker script's own URL
   * @param generation counts the workers that took over from one that hung
   */
  export function start(
    build: string,
    href: string,
    generation: number,
    host: { store: typeof import('./store.js').store } & ReturnType<typeof import('./fence.js').radio>,
  ): void;

  /** Another worker of this script has said its generation. */
  export function heard(gen: number): void;

  /** Takes over a port that a tab has connected by: listens on it from now on. */
  export function connect(port: MessagePort): void;

  /** Makes the hub's instance: before anything else. */
  export function initSync(input: { module: WebAssembly.Module }): unknown;
}
