/// <reference path="./hub-glue.d.ts" />
import { initSync, open, type Tell } from 'fetch-glue';
import { load, type Unloadable } from './wasm.js';

/** The word of `src/fetch.rs` for it. */
const UNLOADABLE = 10;

/** ms for the module; a load that hangs is given up and begun anew. Less than the `connectTimeout` by default. */
const PATIENCE = 20_000;

let loading: Promise<void> | undefined;

/**
 * Makes a fetch of the hub's, by a module that the first one loads. What failed to load is asked for again with the next.
 *
 * @param request as `src/fetch.rs` has written it
 * @param tell is never called from within the call
 * @returns what aborts it, at any time
 */
export function fetchFor(request: unknown[], tell: Tell): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  // The URL is a literal, as bundlers need it.
  loading ??= load(new URL('./fetch.wasm', import.meta.url), initSync, AbortSignal.timeout(PATIENCE));
  loading.then(
    () => {
      if (!signal.aborted) open(request, signal, tell);
    },
    ({ status, message }: Unloadable) => {
      loading = undefined;
      tell(UNLOADABLE, status, `fetch: ${message}`);
    },
  );
  return controller;
}
