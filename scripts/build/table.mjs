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

const CUSTOM = 0;
const ELEMENTS = 9;

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

function* sectionsOf(wasm) {
  const reader = new Reader(wasm, 8);
  while (!reader.isAtEnd()) {
    const from = reader.at;
    const id = reader.number();
    const body = reader.bytes();
    yield { id, body, all: wasm.subarray(from, reader.at) };
  }
}

/** Of functions, by their index: the name section. */
function namesOf({ id, body }) {
  const reader = new Reader(body);
  if (id !== CUSTOM || reader.text() !== 'name') return undefined;
  const names = new Map();
  while (!reader.isAtEnd()) {
    const kind = reader.number();
    const part = new Reader(reader.bytes());
    if (kind !== 1) continue;
    for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text());
  }
  return names;
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

class Reader {
  constructor(bytes, at = 0) {
    this.all = bytes;
    this.at = at;
  }

  isAtEnd() {
    return this.at >= this.all.length;
  }

  /** Unsigned LEB128, as wasm has its numbers. */
  number() {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.all[this.at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }

  bytes() {
    const length = this.number();
    this.at += length;
    return this.all.subarray(this.at - length, this.at);
  }

  text() {
    return Buffer.from(this.bytes()).toString();
  }
}

const section = (id, body) => Buffer.from([id, ...leb(body.length), ...body]);

function leb(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return [...bytes, number];
}

/** A number that is not negative, signed: it ends in a byte whose sixth bit is not set. */
const signed = (number) => (number < 64 ? [number] : [(number % 128) | 128, ...signed(Math.floor(number / 128))]);
