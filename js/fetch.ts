/// <reference path="./hub-glue.d.ts" />
import { feed, init, initSync, open, type Tell } from 'fetch-glue';
import { load, type Unloadable } from './wasm.js';

// Words of `core/src/word.rs`.
const ENDED = 10;
const UNLOADABLE = 11;
const EVENTS = 12;

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
      if (!signal.aborted) read(request, signal, tell);
    },
    ({ status, message }: Unloadable) => {
      loading = undefined;
      tell(UNLOADABLE, status, `fetch: ${message}`);
    },
  );
  return controller;
}

/** Until the body ends or breaks off: an aborted fetch rejects what is waited for. A trap does so too, and is not caught. */
function read(request: unknown[], signal: AbortSignal, tell: Tell): void {
  fetch(request[0] as string, init(request, signal)).then(
    ({ status, headers, body }) => {
      const connection = open(request, status, headers, (what, number, a, b) => {
        if (what !== EVENTS) return tell(what, number, a, b);
        const texts = a as string;
        let from = 0;
        const cut = () => {
          const begin = from;
          from = texts.indexOf('\r', begin) + 1;
          return texts.slice(begin, from - 1);
        };
        for (let at = texts.length - number; at < texts.length; at++) {
          const head = texts.charCodeAt(at) - 32;
          tell(head & 1, head >> 1, cut(), cut());
        }
      });
      const reader = body?.getReader();
      const take = (chunk?: Uint8Array) => {
        feed(connection, chunk);
        // Once it is dealt with: nothing is read ahead.
        if (chunk) next();
      };
      const next = () => {
        reader?.read().then(
          ({ value }) => take(value),
          () => take(),
        );
      };
      if (reader) next();
      else take();
    },
    () => tell(ENDED, 0),
  );
}
