import { gzipSync } from 'node:zlib';
import { instructionsOf, isAccess, isFloatAccess, isLocal, localsOf, withLength } from './code.mjs';
import { GzipCost } from './gzip-cost.mjs';
import { polish } from './polish.mjs';
import { randomly, shuffle } from './random.mjs';
import { renumbered } from './renumber.mjs';
import { CODE, FUNCTIONS, parametersOf, Reader, sectionsOf, TYPES } from './sections.mjs';

/** What is tried, the smallest of which is taken: bytes of code that are looked for as one, and what puts small functions first. */
const TRIED = [
  [4, 1.2],
  [5, 1.1],
  [4, 1.1],
];
/** Functions of which the one that costs least comes next. */
const CANDIDATES = 30;
/** Exchanges of two locals that are tried in a function. */
const EXCHANGES = 400;
/** Numbers of one byte. */
const ONE_BYTE = 128;

/**
 * The same module as gzip likes it: each function stands where most of it has been, its locals have the numbers by which it
 * resembles what is there already, and no access to memory says how it is aligned, which no engine needs to know of whole
 * numbers (decisions/0103, decisions/0099).
 *
 * @param {Uint8Array} wasm as it ships otherwise: nothing may write it anew after this
 */
export function arranged(wasm) {
  const sections = [...sectionsOf(wasm)];
  const bodyOf = (wanted) => sections.find(({ id }) => id === wanted).body;
  const read = (wanted, one) => {
    const reader = new Reader(bodyOf(wanted));
    return Array.from({ length: reader.number() }, () => one(reader));
  };
  const parameters = read(TYPES, parametersOf);
  const types = read(FUNCTIONS, (reader) => reader.number());
  const bodies = read(CODE, (reader) => withoutAlignment(reader.bytes()));
  const [{ all: code }] = sections.filter(({ id }) => id === CODE);
  const before = Buffer.from(wasm.subarray(0, code.byteOffset - wasm.byteOffset));
  const made = TRIED.map(([sequence, smallFirst]) => {
    const functions = bodies.map((body, at) => functionOf(body, parameters[types[at]]));
    const order = arrange(functions, before, sequence, smallFirst);
    return renumbered(
      wasm,
      order,
      functions.map(({ bytes, head }) => bytes.subarray(head)),
    );
  });
  const size = (each) => gzipSync(each, { level: 9 }).length;
  const least = made.reduce((best, each) => (size(each) < size(best) ? each : best));
  polish(least);
  // Throws where something was misread.
  new WebAssembly.Module(least);
  return least;
}

/** Next is the one that costs least for its size, of those with the largest share of sequences that have been there. */
function arrange(functions, before, sequence, smallFirst) {
  const cost = new GzipCost(before.length + functions.reduce((sum, { bytes }) => sum + bytes.length, 0));
  cost.learn(Buffer.concat(functions.map(({ bytes }) => bytes)));
  cost.add(before);
  const known = new Known(functions, sequence);
  const left = new Set(functions.keys());
  const order = [];
  while (left.size > 0) {
    const share = (at) => known.counts[at] / functions[at].bytes.length ** smallFirst;
    const likely = [...left]
      .sort((a, b) => share(b) - share(a) || functions[a].bytes.length - functions[b].bytes.length || a - b)
      .slice(0, CANDIDATES);
    const perByte = likely.map((at) => cost.of(functions[at].bytes) / functions[at].bytes.length);
    const next = likely[perByte.indexOf(Math.min(...perByte))];
    left.delete(next);
    order.push(next);
    numberLocals(functions[next], cost);
    known.add(functions[next].bytes);
    cost.add(functions[next].bytes);
  }
  return order;
}

/** Of each function, how many of its sequences of so many bytes have been there. */
class Known {
  constructor(functions, length) {
    this.length = length;
    this.counts = functions.map(() => 0);
    this.users = new Map();
    functions.forEach(({ bytes }, at) => {
      for (const sequence of this.sequencesOf(bytes)) {
        const users = this.users.get(sequence);
        if (users) users.push(at);
        else this.users.set(sequence, [at]);
      }
    });
  }

  add(bytes) {
    for (const sequence of this.sequencesOf(bytes)) {
      for (const at of this.users.get(sequence) ?? []) this.counts[at]++;
      this.users.delete(sequence);
    }
  }

  sequencesOf(bytes) {
    const found = new Set();
    for (let at = 0; at + this.length <= bytes.length; at++) found.add(bytes.toString('latin1', at, at + this.length));
    return found;
  }
}

/** Two locals of a type exchange their numbers where that costs less. */
function numberLocals({ bytes, parameters, types, uses }, cost) {
  const numbers = types.map((_, local) => parameters + local);
  const pairs = types.flatMap((type, a) =>
    types.flatMap((other, b) => (a < b && type === other && parameters + b < ONE_BYTE ? [[a, b]] : [])),
  );
  const random = randomly();
  const number = (local, as) => {
    for (const at of uses[local]) bytes[at] = as;
  };
  const exchange = (a, b) => {
    [numbers[a], numbers[b]] = [numbers[b], numbers[a]];
    number(a, numbers[a]);
    number(b, numbers[b]);
  };
  let least = cost.of(bytes);
  let left = EXCHANGES;
  for (let isBetter = true; isBetter && left > 0; ) {
    isBetter = false;
    shuffle(pairs, random);
    for (const [a, b] of pairs.slice(0, left)) {
      left--;
      exchange(a, b);
      const now = cost.of(bytes);
      if (now < least) {
        least = now;
        isBetter = true;
      } else exchange(a, b);
    }
  }
}

/** Of whole numbers: 0 says "any", and takes nothing of an engine. */
function withoutAlignment(body) {
  const code = Buffer.from(body);
  for (const { opcode, from } of instructionsOf(code))
    if (isAccess(opcode) && !isFloatAccess(opcode)) code[from + 1] = 0;
  return code;
}

/** A function as it stands in the section of code, and where in it each of its locals has its number. */
function functionOf(body, parameters) {
  const bytes = withLength(body);
  const head = bytes.length - body.length;
  const { types } = localsOf(body);
  const uses = types.map(() => []);
  for (const { opcode, operand, from } of instructionsOf(body))
    if (isLocal(opcode) && operand >= parameters) uses[operand - parameters].push(head + from + 1);
  return { bytes, head, parameters, types, uses };
}
