/**
 * The invariant: what a tab received on a channel is what the server sent on it, in order, nothing twice, or the tab was
 * told of the hole where it is, with the exact count where a count is given.
 *
 * @typedef {object} Verdict
 * @property {number} sent events that the tab had to get
 * @property {number} delivered of these, each counted once
 * @property {number} twice deliveries beyond the first
 * @property {number} lost missing, and the tab was told nothing
 * @property {number} hinted of the lost, those where the tab saw an error of the connection between its neighbours
 * @property {number} told missing, and the tab was told by a gap at that place
 * @property {number} late delivered after a later one of the channel
 * @property {number} wrong holes that were told with another count than theirs
 * @property {number} needless gaps told where nothing was missing
 */

export const nothing = () => ({
  sent: 0,
  delivered: 0,
  twice: 0,
  lost: 0,
  hinted: 0,
  told: 0,
  late: 0,
  wrong: 0,
  needless: 0,
});

/** Adds the figures of a verdict to those of `sum`, whatever else the two hold. */
export function add(sum, verdict) {
  for (const key of Object.keys(nothing())) sum[key] += verdict[key] ?? 0;
  return sum;
}

/** What breaks the invariant. */
export const isBroken = ({ twice, lost, late, wrong, corrupt = 0, connectionsLeft = 0 }) =>
  twice + lost + late + wrong + corrupt + connectionsLeft > 0;

/**
 * @param {Array} items what a tab was handed on one channel, as `Record` writes it
 * @param {number} first the first event that it had to get
 * @param {number | null} last the last one; null for a tab that has gone: then what it has is the end
 * @returns {Verdict}
 */
export function judge(items, first, last) {
  const verdict = nothing();
  /** Holes, in order: `{ from, to, gaps, isHinted }`. */
  const holes = [];
  let next = first;
  let gaps = [];
  let isHinted = false;
  const hole = (to) => {
    if (to >= next) holes.push({ from: next, to, gaps, isHinted });
    else verdict.needless += gaps.length;
    gaps = [];
    isHinted = false;
  };
  for (const [from, to, ...rest] of items) {
    if (from === 'gap') gaps.push({ dropped: to, cause: rest[0] });
    else if (from === 'error') isHinted = true;
    else if (to >= first) {
      const start = Math.max(from, first);
      // A gap that was told before something old comes stands for a hole that is still to show.
      if (to >= next) hole(start - 1);
      verdict.sent += Math.max(0, to + 1 - next);
      verdict.delivered += Math.max(0, to + 1 - Math.max(start, next));
      again(start, Math.min(to, next - 1));
      next = Math.max(next, to + 1);
    }
  }
  if (last !== null) {
    hole(last);
    verdict.sent += Math.max(0, last + 1 - next);
  }
  for (const { from, to, gaps: told, isHinted: hinted } of holes) {
    const missing = to + 1 - from;
    if (missing <= 0) continue;
    if (told.length === 0) {
      verdict.lost += missing;
      if (hinted) verdict.hinted += missing;
      continue;
    }
    verdict.told += missing;
    const counts = told.map(({ dropped }) => dropped);
    if (!counts.includes(null) && counts.reduce((sum, count) => sum + count, 0) !== missing) verdict.wrong += 1;
  }
  return verdict;

  /** Events of before `next`: each fills a hole, late, or is a repeat. */
  function again(from, to) {
    for (let seq = from; seq <= to; seq++) {
      const at = holes.findIndex((each) => seq >= each.from && seq <= each.to);
      if (at < 0) {
        verdict.twice += 1;
        continue;
      }
      verdict.late += 1;
      verdict.delivered += 1;
      const { from: start, to: end, ...rest } = holes[at];
      holes.splice(at, 1, { ...rest, from: start, to: seq - 1 }, { ...rest, from: seq + 1, to: end });
    }
  }
}
