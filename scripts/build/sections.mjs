/** Reading and writing of wasm modules, as far as the build needs it. */

export const CUSTOM = 0;
export const TYPES = 1;
export const IMPORTS = 2;
export const FUNCTIONS = 3;
export const EXPORTS = 7;
export const START = 8;
export const ELEMENTS = 9;
export const CODE = 10;

export function* sectionsOf(wasm) {
  const reader = new Reader(wasm, 8);
  while (!reader.isAtEnd()) {
    const from = reader.at;
    const id = reader.number();
    const body = reader.bytes();
    yield { id, body, all: wasm.subarray(from, reader.at) };
  }
}

/** Of functions, by their index: the name section. */
export function namesOf({ id, body }) {
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

export class Reader {
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

/** How many parameters the next type has. */
export function parametersOf(reader) {
  reader.at++;
  const { length } = reader.bytes();
  reader.bytes();
  return length;
}

export const section = (id, body) => Buffer.concat([Buffer.from([id, ...leb(body.length)]), Buffer.from(body)]);

export function leb(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return [...bytes, number];
}

/** A module with another name for what it exports as `name`. */
export function withExport(wasm, name, other) {
  const pieces = [...sectionsOf(wasm)].map(({ id, body, all }) => {
    if (id !== EXPORTS) return all;
    const reader = new Reader(body);
    const exported = [leb(reader.number())];
    while (!reader.isAtEnd()) {
      const given = reader.text();
      const from = reader.at++;
      reader.number();
      const text = Buffer.from(given === name ? other : given);
      exported.push(leb(text.length), text, body.subarray(from, reader.at));
    }
    return section(id, Buffer.concat(exported.map((piece) => Buffer.from(piece))));
  });
  return Buffer.concat([wasm.subarray(0, 8), ...pieces]);
}
