/// <reference path="./hub-glue.d.ts" />
import { feed, init, initSync, open, type Tell } from 'fetch-glue';
import { decode } from './decode.js';
import { load, type Unloadable } from './wasm.js';

// Words of `core/src/word.rs`.
const REST = 8;
const ENDED = 10;
const UNLOADABLE = 11;
const EVENTS = 12;
const BACK = 128;

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
      // What else fails there (a decoder, memory) would leave the stream open and deaf, and this module half way: the worker ends.
      if (!signal.aborted) read(request, signal, tell).catch(reportError);
    },
    ({ status, message }: Unloadable) => {
      loading = undefined;
      tell(UNLOADABLE, status, `fetch: ${message}`);
    },
  );
  return controller;
}

/** Until the body ends or breaks off: an aborted fetch rejects what is waited for. */
async function read(request: unknown[], signal: AbortSignal, tell: Tell): Promise<void> {
  const response = await fetch(request[0] as string, init(request, signal)).catch(() => {});
  if (!response) return tell(ENDED, 0);
  const connection = open(request, response.status, response.headers, (what, number, a, b) => {
    if (what === EVENTS) cut(a as Uint8Array, b as Uint8Array, tell);
    else tell(what, number, text(a), text(b));
  });
  const reader = response.body?.getReader();
  for (let chunk: Uint8Array | undefined; ; ) {
    // Once the one before is dealt with: nothing is read ahead.
    try {
      chunk = (await reader?.read())?.value;
    } catch {
      chunk = undefined;
    }
    feed(connection, chunk);
    if (!chunk) return tell(ENDED, 0);
    tell(REST, 0);
  }
}

/** Text comes as bytes of the module's memory. */
const text = (value: unknown) => (value instanceof Uint8Array ? decode(value) : value);

/**
 * Events of a block, and names among them. Sizes are of bytes: those of the text where each has become a unit, which is so if their sums are equal. Otherwise the
 * CR behind each piece is looked for.
 */
function cut(bytes: Uint8Array, heads: Uint8Array, tell: Tell): void {
  const texts = decode(bytes);
  const isAsItWas = texts.length === bytes.length;
  const byte = (at: number) => heads[at] as number;
  let from = 0;
  for (let at = 0; at < heads.length; at += 6) {
    const idFrom = from + byte(at + 1) - BACK;
    const idEnd = isAsItWas ? idFrom + byte(at + 2) : texts.indexOf('\r', idFrom);
    const dataFrom = idEnd + byte(at + 3);
    from = isAsItWas ? dataFrom + byte(at + 4) + byte(at + 5) * 256 : texts.indexOf('\r', dataFrom);
    tell(byte(at) & 3, byte(at) >> 2, texts.slice(idFrom, idEnd), texts.slice(dataFrom, from));
  }
}
