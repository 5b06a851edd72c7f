import { CALL, instructionsOf, REF_FUNC, withLength } from './code.mjs';
import { CODE, ELEMENTS, EXPORTS, FUNCTIONS, IMPORTS, leb, Reader, START, section, sectionsOf } from './sections.mjs';

/**
 * A module with its functions in another order, and whatever names one with its new number.
 *
 * @param {Uint8Array} wasm
 * @param {number[]} order which function stands in each place, those that are imported not counted
 * @param {Uint8Array[]} bodies of the functions as they were numbered, the same but for what does not name any
 */
export function renumbered(wasm, order, bodies) {
  const sections = [...sectionsOf(wasm)];
  const bodyOf = (wanted) => sections.find(({ id }) => id === wanted).body;
  const imported = importsOf(bodyOf(IMPORTS));
  const reader = new Reader(bodyOf(FUNCTIONS));
  const types = Array.from({ length: reader.number() }, () => reader.number());
  const places = new Map(order.map((at, place) => [imported + at, imported + place]));
  const place = (index) => places.get(index) ?? index;
  const pieces = sections.map(({ id, body, all }) => {
    if (id === FUNCTIONS) return section(id, [...leb(order.length), ...order.flatMap((at) => leb(types[at]))]);
    if (id === EXPORTS) return section(id, exportsWith(body, place));
    if (id === START) return section(id, leb(place(new Reader(body).number())));
    if (id === ELEMENTS) return section(id, elementsWith(body, place));
    if (id !== CODE) return all;
    const codes = order.map((at) => withLength(callsWith(bodies[at], place)));
    return section(id, Buffer.concat([Buffer.from(leb(codes.length)), ...codes]));
  });
  return Buffer.concat([wasm.subarray(0, 8), ...pieces]);
}

function callsWith(body, place) {
  const pieces = [];
  let done = 0;
  for (const { opcode, operand, from, to } of instructionsOf(body)) {
    if (opcode !== CALL && opcode !== REF_FUNC) continue;
    pieces.push(body.subarray(done, from + 1), Buffer.from(leb(place(operand))));
    done = to;
  }
  return Buffer.concat([...pieces, body.subarray(done)]);
}

function exportsWith(body, place) {
  const reader = new Reader(body);
  const count = reader.number();
  const pieces = [leb(count)];
  for (let left = count; left > 0; left--) {
    const name = reader.bytes();
    const kind = body[reader.at++];
    const index = reader.number();
    pieces.push(leb(name.length), name, [kind], leb(kind === 0 ? place(index) : index));
  }
  return pieces.flatMap((piece) => [...piece]);
}

/** Segments of the first table, each beginning at an `i32.const`. */
function elementsWith(body, place) {
  const reader = new Reader(body);
  const count = reader.number();
  const pieces = [leb(count)];
  for (let left = count; left > 0; left--) {
    const from = reader.at;
    const [flags, opcode] = [reader.number(), reader.number()];
    reader.number();
    if (flags !== 0 || opcode !== 0x41 || reader.number() !== 0x0b)
      throw new Error('the table of functions is not filled as it was');
    pieces.push(body.subarray(from, reader.at));
    const functions = Array.from({ length: reader.number() }, () => place(reader.number()));
    pieces.push(leb(functions.length), ...functions.map(leb));
  }
  return pieces.flatMap((piece) => [...piece]);
}

/** How many functions are imported: they come first by index. */
function importsOf(body) {
  const reader = new Reader(body);
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.bytes();
    reader.bytes();
    if (reader.number() !== 0) throw new Error('the module imports something that is no function');
    reader.number();
    functions++;
  }
  return functions;
}
