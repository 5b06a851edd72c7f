import { decode } from './decode.js';

/** A module's allocator is told bytes; alignment is 1. */
type Allocate = (bytes: number, align: number) => number;
type Move = (at: number, from: number, to: number, align: number) => number;
/** Calls or drops what a closure is in Rust: where it is, and its table. */
type Closure = (at: number, table: number) => void;

const encoder = new TextEncoder();

/**
 * What a module exports. What its glue does with its memory is done here: once, where wasm-bindgen writes it for each.
 *
 * @param importsOf are given that
 * @param memory the name of an export, as is what follows
 * @param values of JS that the module holds
 */
export function exportsOf(
  module: WebAssembly.Module,
  importsOf: (helpers: object) => WebAssembly.ModuleImports,
  memory: string,
  allocate: string,
  move: string,
  values: string,
) {
  let all = new Uint8Array();
  let view: DataView;
  const look = (): void => {
    // Of a memory that grows the buffer is another one, and nothing is seen through the old one.
    if (all.length) return;
    const { buffer } = exports[memory] as WebAssembly.Memory;
    all = new Uint8Array(buffer);
    view = new DataView(buffer);
  };
  const bytes = (at: number, length: number): Uint8Array => {
    look();
    return all.subarray(at >>> 0, (at >>> 0) + length);
  };
  const putPair = (at: number, first: number, second: number): void => {
    look();
    view.setInt32(at >>> 0, first, true);
    view.setInt32((at >>> 0) + 4, second, true);
  };
  const helpers = {
    bytes,
    text: (at: number, length: number): string => decode(bytes(at, length)),

    /** A number, where it is one. */
    putNumber(at: number, value: unknown): void {
      const isNumber = typeof value === 'number';
      putPair(at, +isNumber, 0);
      if (isNumber) view.setFloat64((at >>> 0) + 8, value, true);
    },

    /** A text, where it is one: what is put is where it begins and its length. */
    putText(at: number, value: unknown): void {
      let from = 0;
      let end = 0;
      if (typeof value === 'string') {
        const { length } = value;
        from = (exports[allocate] as Allocate)(length, 1) >>> 0;
        look();
        for (; end < length; end++) {
          const code = value.charCodeAt(end);
          if (code > 127) break;
          all[from + end] = code;
        }
        if (end < length) {
          // What is not all ASCII is seldom: it is made anew, as a whole.
          const encoded = encoder.encode(value);
          end = encoded.length;
          from = (exports[move] as Move)(from, length, end, 1) >>> 0;
          look();
          all.set(encoded, from);
        }
      }
      putPair(at, from, end);
    },
  };
  // wasm-opt calls what they are imported from `a`.
  const { exports } = new WebAssembly.Instance(module, { a: importsOf(helpers) });
  // Where wasm-bindgen has the values that each module knows.
  const table = exports[values] as WebAssembly.Table;
  // Its name has the version in it.
  if (!table) throw 'of another version';
  table.set(0, undefined);
  [undefined, null, true, false].forEach((value, at) => void table.set(1024 + at, value));
  return exports;
}

/** A function that calls a closure of Rust's, which is dropped once its owner has let go of it and it does not run. */
export function closureOf(at: number, table: number, call: Closure, drop: Closure) {
  let users = 1;
  const release = (): void => {
    if (!--users) drop(at, table);
  };
  const run = (): void => {
    users++;
    try {
      call(at, table);
    } finally {
      release();
    }
  };
  return Object.assign(run, { release });
}
