/**
 * What gzip would write for a piece of a text, by a model of it that is quick enough to be asked ten thousand times: bytes
 * cost what their frequency says, references what their length and distance say.
 */

const SHORTEST = 3;
const LONGEST = 258;
const WINDOW = 32_768;
/** Places with the same three bytes that are looked at. */
const PLACES = 48;
/** Bits of a reference, without what its length and its distance take more. */
const REFERENCE = 8;

/** Up to that length, so many bits more. */
const LENGTHS = [
  [4, 0],
  [6, 1],
  [10, 2],
  [18, 4],
  [LONGEST, 6],
];
const lengthBits = Array.from(
  { length: LONGEST + 1 },
  (_, length) => REFERENCE + LENGTHS.find(([most]) => length <= most)[1],
);
const distanceBits = Uint8Array.from({ length: WINDOW + 1 }, (_, distance) => Math.max(0, 30 - Math.clz32(distance)));

export class GzipCost {
  /** @param {number} most bytes of all text */
  constructor(most) {
    this.text = Buffer.alloc(most + SHORTEST);
    this.end = 0;
    this.heads = new Int32Array(1 << 16).fill(-1);
    this.before = new Int32Array(most).fill(-1);
    this.bits = new Float64Array(256).fill(REFERENCE);
    this.costs = new Float64Array(most + 1);
    this.steps = new Uint16Array(most + 1);
  }

  /** What comes next is told apart from the costs of single bytes in this text. */
  learn(sample) {
    this.of(sample);
    const counts = new Float64Array(256).fill(1);
    let all = 256;
    for (let at = sample.length; at > 0; at -= this.steps[at]) {
      if (this.steps[at] > 1) continue;
      counts[sample[at - 1]]++;
      all++;
    }
    // Beside a byte's code stand those of references, in about a third of all places.
    this.bits = counts.map((count) => Math.log2((all * 1.6) / count));
  }

  /** Bits for `bytes` after all that was added. */
  of(bytes) {
    const { text, end: from, heads, before, bits, costs, steps } = this;
    text.set(bytes, from);
    const { length } = bytes;
    costs.fill(Number.POSITIVE_INFINITY, 0, length + 1);
    costs[0] = 0;
    for (let at = 0; at < length; at++) {
      const place = from + at;
      const cost = costs[at] + bits[text[place]];
      if (cost < costs[at + 1]) {
        costs[at + 1] = cost;
        steps[at + 1] = 1;
      }
      if (at + SHORTEST > length) continue;
      const hash = this.hash(place);
      this.refer(place, at, Math.min(LONGEST, length - at), heads[hash]);
      before[place] = heads[hash];
      heads[hash] = place;
    }
    for (let place = from + length - SHORTEST; place >= from; place--) heads[this.hash(place)] = before[place];
    return costs[length];
  }

  refer(place, at, most, first) {
    const { text, before, costs, steps } = this;
    let longest = SHORTEST - 1;
    let left = PLACES;
    for (let other = first; other >= 0 && place - other < WINDOW && left > 0; other = before[other], left--) {
      if (text[other + longest] !== text[place + longest]) continue;
      let length = 0;
      while (length < most && text[other + length] === text[place + length]) length++;
      if (length <= longest) continue;
      const base = costs[at] + distanceBits[place - other];
      for (let each = longest + 1; each <= length; each++) {
        const cost = base + lengthBits[each];
        if (cost >= costs[at + each]) continue;
        costs[at + each] = cost;
        steps[at + each] = each;
      }
      longest = length;
      if (length === most) return;
    }
  }

  /** `bytes` are there from now on. */
  add(bytes) {
    const from = Math.max(0, this.end - SHORTEST + 1);
    this.text.set(bytes, this.end);
    this.end += bytes.length;
    for (let place = from; place + SHORTEST <= this.end; place++) {
      const hash = this.hash(place);
      this.before[place] = this.heads[hash];
      this.heads[hash] = place;
    }
  }

  hash(place) {
    const { text } = this;
    return ((text[place] * 2654435761) ^ (text[place + 1] * 283521) ^ (text[place + 2] * 65599)) & 0xffff;
  }
}
