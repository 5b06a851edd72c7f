import { ELEMENTS, leb, namesOf, Reader, section, sectionsOf } from './sections.mjs';

/**
 * What wasm-bindgen leaves in a module's table of functions that nothing calls: the addresses that its descriptions of
 * closures named, of js-sys's as well, and the waker of futures, of which there are none here. wasm-opt has to keep
 * whatever stands in a table.
 */
const DEAD = [
  // Called by the glue, as exports; those of other closures by nobody.
  /^wasm_bindgen(\[\w+\])?::convert::closures::.*::invoke::</,
  // Imports that turn a value into JS's, called by name.
  / -> Externref$/,
  /^js_sys(\[\w+\])?::futures::/,
  /^__wbindgen_skip_interpret_calls$/,
];

/**
 * The module with its table's dead places left empty: one that is called after all traps.
 *
 * @param {Uint8Array} wasm with names, and with one segment of elements
 */
export function withoutDeadEntries(wasm) {
  const sections = [...sectionsOf(wasm)];
  const names = sections.map(namesOf).find(Boolean);
  const isDead = (at) => DEAD.some((name) => name.test(names.get(at)));
  const pieces = sections.map(({ id, all, body }) => (id === ELEMENTS ? section(id, live(body, isDead)) : all));
  return Buffer.concat([wasm.subarray(0, 8), ...pieces]);
}

/** As many segments as there are stretches of functions that live. */
function live(body, isDead) {
  const reader = new Reader(body);
  // One segment, of the first table, that begins at an `i32.const`.
  const [segments, flags, opcode] = [reader.number(), reader.number(), reader.number()];
  let place = reader.number();
  if (segments !== 1 || flags !== 0 || opcode !== 0x41 || place > 63 || reader.number() !== 0x0b)
    throw new Error('the table of functions is not filled as it was');
  const stretches = [];
  let current;
  let isFull = true;
  for (let left = reader.number(); left > 0; left--, place++) {
    const at = reader.number();
    if (isDead(at)) {
      isFull = false;
      current = undefined;
      continue;
    }
    if (!current) {
      current = { place, functions: [] };
      stretches.push(current);
    }
    current.functions.push(at);
  }
  if (isFull) throw new Error('nothing is dead in the table of functions: are they named as they were?');
  return [
    ...leb(stretches.length),
    ...stretches.flatMap(({ place, functions }) => [
      ...[0, 0x41, ...signed(place), 0x0b],
      ...[...leb(functions.length), ...functions.flatMap(leb)],
    ]),
  ];
}

/** A number that is not negative, signed: it ends in a byte whose sixth bit is not set. */
const signed = (number) => (number < 64 ? [number] : [(number % 128) | 128, ...signed(Math.floor(number / 128))]);
