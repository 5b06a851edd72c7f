import { deflateRawSync, gzipSync } from 'node:zlib';
import { instructionsOf, isLocal, LOCAL_GET, localsOf, withLength } from './code.mjs';
import { GzipCost } from './gzip-cost.mjs';
import { randomly, shuffle } from './random.mjs';
import { CODE, FUNCTIONS, parametersOf, Reader, sectionsOf, TYPES } from './sections.mjs';

/** Bytes in which a reference is looked for. */
const WINDOW = 32_768;
/** Of those, the ones that stand behind a function, when it is asked by the model what it costs among all others. */
const BEHIND = 14_000;
/** Changes that the model tries in a function. */
const EXCHANGES = 400;
/** Bytes of code for which gzip itself tries one change, those in a function before it goes to another, and bytes behind it that are compressed along. */
const BYTES_A_TRIAL = 3;
const TRIALS_A_VISIT = 10;
const ALONG = 6000;
/** Numbers of one byte. */
const ONE_BYTE = 128;

/** Whole numbers: `eq`, `ne`, `add`, `mul`, `and`, `or`, `xor`. */
const COMMUTATIVE = new Set([0x46, 0x47, 0x51, 0x52, 0x6a, 0x6c, 0x71, 0x72, 0x73, 0x7c, 0x7e, 0x83, 0x84, 0x85]);
/** `lt` and `gt`, `le` and `ge`, with and without sign, of 32 and 64 bits. */
const TURNED = new Map(
  [0x48, 0x49, 0x4c, 0x4d, 0x53, 0x54, 0x57, 0x58].flatMap((opcode) => [
    [opcode, opcode + 2],
    [opcode + 2, opcode],
  ]),
);

/**
 * The same module once more smaller for gzip: where all functions have their places, two locals of a type exchange their numbers and
 * two that an instruction takes their order, if less is written. First by the model, then by gzip itself, which knows best what it
 * does but takes a while to say so. No byte moves, so places stay (decisions/0099).
 *
 * @param {Buffer} module as `arranged` has made it; it is changed in place
 */
export function polish(module) {
  const functions = functionsOf(module).filter(({ changes }) => changes.length > 0);
  const size = () => gzipSync(module, { level: 9 }).length;
  let least = size();
  /** Whether less is written by what was just changed; else `back` makes it undone. */
  const isKept = (back) => {
    const now = size();
    if (now > least) back();
    else least = now;
    return now <= least;
  };
  const random = randomly();
  byModel(module, functions, random, isKept);
  byGzip(module, functions, random, isKept);
}

/** Each function as the model likes it among all that stands around it. */
function byModel(module, functions, random, isKept) {
  const whole = new GzipCost(module.length);
  whole.learn(module);
  for (const { from, to, changes } of functions) {
    const bytes = module.subarray(from, to);
    const cost = new GzipCost(WINDOW + bytes.length);
    cost.bits = whole.bits;
    cost.add(module.subarray(to, to + BEHIND));
    cost.add(module.subarray(Math.max(0, from - (WINDOW - BEHIND)), from));
    let least = cost.of(bytes);
    const kept = [];
    let left = EXCHANGES;
    for (let isBetter = true; isBetter && left > 0; ) {
      isBetter = false;
      shuffle(changes, random);
      for (const change of changes.slice(0, left)) {
        left--;
        change();
        const now = cost.of(bytes);
        if (now < least) {
          least = now;
          isBetter = true;
          kept.push(change);
        } else change();
      }
    }
    if (kept.length > 0)
      isKept(() => {
        for (const change of kept.reverse()) change();
      });
  }
}

/** Whatever comes, of large functions more than of small ones. */
function byGzip(module, functions, random, isKept) {
  const places = functions.flatMap((each) => Array(Math.ceil((each.to - each.from) / TRIALS_A_VISIT)).fill(each));
  for (let left = module.length / BYTES_A_TRIAL; left > 0; left -= TRIALS_A_VISIT) {
    const { from, to, changes } = places[random(places.length)];
    // What comes long after it hardly changes: the whole is compressed only if this is less.
    const dictionary = module.subarray(Math.max(0, from - WINDOW), from);
    const piece = module.subarray(from, to + ALONG);
    const size = () => deflateRawSync(piece, { level: 9, dictionary }).length;
    let least = size();
    for (let trial = 0; trial < TRIALS_A_VISIT; trial++) {
      const change = changes[random(changes.length)];
      change();
      const now = size();
      if (now > least) change();
      else if (isKept(change)) least = now;
    }
  }
}

/** Where each function stands, and what of it can be changed; what is done twice is undone. */
function functionsOf(module) {
  const sections = [...sectionsOf(module)];
  const read = (wanted, one) => {
    const reader = new Reader(sections.find(({ id }) => id === wanted).body);
    return Array.from({ length: reader.number() }, (_, at) => one(reader, at));
  };
  const parameters = read(TYPES, parametersOf);
  const types = read(FUNCTIONS, (reader) => reader.number());
  return read(CODE, (reader, at) => {
    const body = reader.bytes();
    const begin = body.byteOffset - module.byteOffset;
    const from = begin + body.length - withLength(body).length;
    return { from, to: begin + body.length, changes: changesOf(module, body, begin, parameters[types[at]]) };
  });
}

/** Every change finds by itself where things are, since others come between. */
function changesOf(module, body, begin, parameters) {
  const { types } = localsOf(body);
  const instructions = [...instructionsOf(body)];
  const uses = instructions.filter(({ opcode }) => isLocal(opcode)).map(({ from }) => begin + from + 1);
  const exchange = (a, b) => () => {
    for (const use of uses) {
      if (module[use] === a) module[use] = b;
      else if (module[use] === b) module[use] = a;
    }
  };
  const turn = (place) => () => {
    const [first, second, opcode] = [place + 1, place + 3, place + 4];
    [module[first], module[second]] = [module[second], module[first]];
    module[opcode] = TURNED.get(module[opcode]) ?? module[opcode];
  };
  const locals = types
    .flatMap((type, a) =>
      types.flatMap((other, b) => (a < b && type === other ? [[parameters + a, parameters + b]] : [])),
    )
    .filter(([, b]) => b < ONE_BYTE)
    .map(([a, b]) => exchange(a, b));
  const isPlain = ({ opcode, operand }) => opcode === LOCAL_GET && operand < ONE_BYTE;
  const operands = instructions
    .filter(
      ({ opcode }, at) =>
        at > 1 &&
        (COMMUTATIVE.has(opcode) || TURNED.has(opcode)) &&
        isPlain(instructions[at - 1]) &&
        isPlain(instructions[at - 2]),
    )
    .map(({ from }) => turn(begin + from - 4));
  return [...locals, ...operands];
}
