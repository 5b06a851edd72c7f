/** What the build makes of `src/` with wasm-bindgen: as much of it as the worker's entry uses. */
declare module 'hub-glue' {
  export class Hub {
    private constructor();
    /** Takes over a port that a tab has connected by: listens on it from now on. */
    connect(port: MessagePort): void;
  }

  /** @param now milliseconds since the epoch, for tests; the clock by default. */
  export function start(build: string, href: string, gen: number, now?: number): Hub;

  /** Loads the wasm. */
  export default function init(input: { module_or_path: Response }): Promise<unknown>;
}
