import { CODE, CUSTOM, IMPORTS, leb, namesOf, Reader, section, sectionsOf } from './sections.mjs';

/** Bytes of code that are looked for as one. */
const SEQUENCE = 5;
/** Above 1 what is small comes early. */
const SMALL_FIRST = 1.1;

/**
 * The module with names by which `wasm-opt --reorder-functions-by-name` puts each function where most of it stands before it
 * already: gzip writes what is repeated as a reference (decisions/0103).
 *
 * @param {Uint8Array} wasm with names
 */
export function withOrderInNames(wasm) {
  const sections = [...sectionsOf(wasm)];
  const bodyOf = (wanted) => sections.find(({ id }) => id === wanted).body;
  const names = sections.map(namesOf).find(Boolean);
  const imported = importsOf(bodyOf(IMPORTS));
  order(codesOf(bodyOf(CODE))).forEach((at, place) => {
    const index = imported + at;
    names.set(index, `${String(place).padStart(5, '0')} ${names.get(index)}`);
  });
  const pieces = sections.filter((each) => !namesOf(each)).map(({ all }) => all);
  return Buffer.concat([wasm.subarray(0, 8), ...pieces, nameSection(names)]);
}

/** Next is always the one with the largest share of sequences that have been there: the smallest first. */
function order(codes) {
  const sequences = codes.map((code) => {
    const found = new Set();
    for (let at = 0; at + SEQUENCE <= code.length; at++) found.add(code.toString('latin1', at, at + SEQUENCE));
    return found;
  });
  const users = new Map();
  sequences.forEach((found, at) => {
    for (const sequence of found) users.set(sequence, [...(users.get(sequence) ?? []), at]);
  });
  const known = codes.map(() => 0);
  const left = new Set(codes.keys());
  const ordered = [];
  const share = (at) => known[at] / codes[at].length ** SMALL_FIRST;
  const isBefore = (a, b) => share(a) - share(b) || codes[b].length - codes[a].length || b - a;
  while (left.size > 0) {
    const next = [...left].reduce((best, at) => (isBefore(at, best) > 0 ? at : best));
    left.delete(next);
    ordered.push(next);
    for (const sequence of sequences[next]) {
      for (const at of users.get(sequence) ?? []) known[at]++;
      users.delete(sequence);
    }
  }
  return ordered;
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

function codesOf(body) {
  const reader = new Reader(body);
  return Array.from({ length: reader.number() }, () => Buffer.from(reader.bytes()));
}

function nameSection(names) {
  const text = (value) => [...leb(Buffer.byteLength(value)), ...Buffer.from(value)];
  const entries = [...names].flatMap(([index, name]) => [...leb(index), ...text(name)]);
  const functions = section(1, [...leb(names.size), ...entries]);
  return section(CUSTOM, [...text('name'), ...functions]);
}
