import { decode } from './decode.js';

/** How much a module's allocator takes or moves is told in bytes; alignment is 1. */
type Allocate = (bytes: number, align: number) => number;
type Move = (at: number, from: number, to: number, align: number) => number;

const encoder = new TextEncoder();

/** What the glue of both modules does with its module's memory: once, where wasm-bindgen writes it for each. */
export function memoryOf(memory: WebAssembly.Memory, allocate: Allocate, move: Move) {
  let all = new Uint8Array();
  let view: DataView;
  const look = (): void => {
    // Of a memory that grows the buffer is another one, and nothing is seen through the old one.
    if (all.length) return;
    all = new Uint8Array(memory.buffer);
    view = new DataView(memory.buffer);
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

  return {
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
        from = allocate(length, 1) >>> 0;
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
          from = move(from, length, end, 1) >>> 0;
          look();
          all.set(encoded, from);
        }
      }
      putPair(at, from, end);
    },
  };
}
