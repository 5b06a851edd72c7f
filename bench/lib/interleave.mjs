import { isNarrow } from '../precision.mjs';
import { neighbours } from './neighbours.mjs';

/** Of all CPU time of a round: with more the machine was somebody else's, and the round is made again. */
export const STOLEN = 0.1;
/** Times the rounds that a row has at least. */
const MORE = 3;
/** As often in a row: a machine that is always shared is measured as it is. */
export const AGAIN = 3;

/**
 * `sample(what, round)` for every one of `kinds` once a round, each round in another order: a busy minute falls on all of
 * them. Before each, the browser is at rest.
 *
 * After `rounds` rounds it goes on, unless these are to be `exact`, until every one of `ratios(samples)` is narrow, up to
 * three times as many or as long as another one fits into `limit` seconds. A round of which the hypervisor took more than
 * `STOLEN` is made again, `AGAIN` times at most, if that fits too. The first rule looks at the widths of intervals alone,
 * the second at what was stolen alone.
 *
 * Gives the samples by kind, and tells `note` how it went: `{ rounds, repeated, restless, ended, seconds, neighbours }`,
 * the last by kind, lists with a figure for each sample.
 */
export async function interleave(bench, kinds, sample, ratios = () => ({})) {
  const {
    rounds,
    exact,
    again = AGAIN,
    limit = Number.POSITIVE_INFINITY,
    progress,
    note,
    rest,
    watch = neighbours,
  } = bench;
  const most = exact ? rounds : MORE * rounds;
  const samples = emptyBy(kinds);
  const around = Object.fromEntries(kinds.map((kind) => [kind, {}]));
  const began = performance.now();
  const passed = () => (performance.now() - began) / 1000;
  let longest = 0;
  let repeated = 0;
  let restless = 0;
  let ended;
  for (let round = 0; !ended; ) {
    const from = passed();
    const ofRound = watch();
    const got = [];
    for (const kind of order(kinds, round + repeated)) {
      progress(`round ${round + 1} of ${rounds === most ? most : `${rounds} to ${most}`}, ${kind}`);
      if ((await rest?.()) === false) restless += 1;
      const ofSample = watch();
      got.push([kind, await sample(kind, round + repeated), ofSample()]);
    }
    const { steal } = ofRound();
    longest = Math.max(longest, passed() - from);
    const fits = passed() + longest <= limit;
    if (steal > STOLEN && repeated < again && fits) {
      repeated += 1;
      progress(`round ${round + 1} again: ${Math.round(steal * 100)} % of the machine was taken away`);
      continue;
    }
    for (const [kind, value, seen] of got) {
      samples[kind].push(value);
      for (const [what, share] of Object.entries(seen)) {
        around[kind][what] ??= [];
        around[kind][what].push(share);
      }
    }
    round += 1;
    if (round < rounds) continue;
    const wide = Object.entries(ratios(samples)).filter(([name, ratio]) => !isNarrow(name, ratio));
    if (exact) ended = 'exact';
    else if (wide.length === 0) ended = 'narrow';
    else if (round >= most) ended = 'rounds';
    else if (!fits) ended = 'time';
    else progress(`still wide: ${wide.map(([name]) => name).join(', ')}`);
  }
  note?.({
    rounds: samples[kinds[0]].length,
    repeated,
    restless,
    ended,
    seconds: Math.round(passed()),
    neighbours: around,
  });
  return samples;
}

/** A row of these samples and no others. */
export async function measured(bench, kinds, sample, ratios) {
  const raw = await interleave(bench, kinds, sample, ratios);
  return { ratios: ratios(raw), raw };
}

const emptyBy = (kinds) => Object.fromEntries(kinds.map((kind) => [kind, []]));

/**
 * Each kind in each place, and behind each other one, equally often (a Williams design): in as many rounds as there are
 * kinds, twice as many where they are odd.
 */
export function order(kinds, round) {
  const count = kinds.length;
  const zigzag = kinds.map((_, n) => (n % 2 === 0 ? n / 2 : count - (n + 1) / 2));
  const turned = zigzag.map((n) => kinds[(n + round) % count]);
  return count % 2 === 1 && Math.floor(round / count) % 2 === 1 ? turned.reverse() : turned;
}
