/** Why a wasm did not start: the words are those that the page's texts know. */
export class Unloadable extends Error {
  /** Of the response; 0 where there was none. */
  readonly status: number;

  constructor(cause: unknown, status: number) {
    const text = cause instanceof Error ? cause.message : String(cause);
    super(
      status >= 400
        ? `wasm-http ${status}`
        : // Compiling is refused with a CompileError that names the policy; engines differ in the rest.
          /content.security.policy|unsafe-eval|blocked by CSP/i.test(text)
          ? 'wasm-csp'
          : `wasm ${text}`,
    );
    this.status = status;
  }
}

/**
 * Loads a module and makes its instance. Here rather than by the glue, which does not look at the status.
 *
 * @param init of the module's glue
 * @param signal gives it up
 */
export function load(url: URL, init: (module: WebAssembly.Module) => unknown, signal?: AbortSignal): Promise<void> {
  let status = 0;
  return fetch(url, { signal: signal ?? null })
    .then((response) => {
      status = response.status;
      if (!response.ok) throw new Error(response.statusText);
      // Streaming takes this type alone, and not every server knows it. The glue's own loader is several times as long.
      return response.headers.get('content-type') === 'application/wasm'
        ? WebAssembly.compileStreaming(response)
        : response.arrayBuffer().then(WebAssembly.compile);
    })
    .then((module) => void init(module))
    .catch((error: unknown) => {
      throw new Unloadable(error, status);
    });
}
