/** What the build makes of `src/` with wasm-bindgen: as much of it as the worker's entry uses. */
declare module 'hub-glue' {
  export class Worker {
    private constructor();
    /** Takes over a port that a tab has connected by: listens on it from now on. */
    connect(port: MessagePort): void;
  }

  /** @param href the worker script's own URL; @param generation counts the workers that took over from one that hung. */
  export function start(build: string, href: string, generation: number): Worker;

  /** Loads the wasm. */
  export default function init(input: { module_or_path: Response }): Promise<unknown>;
}
