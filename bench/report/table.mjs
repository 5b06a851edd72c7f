import { GOALS, reached } from '../goals.mjs';
import { limitOf } from '../limits.mjs';
import { isNarrow } from '../precision.mjs';
import { ROWS } from '../rows/index.mjs';
import { company, number, setting } from './labels.mjs';

/**
 * The ratios as lines of cells: name, value, its interval, goal, what the platform's limit itself got in
 * that run where that was measured, what it is over, state, and whether it wanted more rounds than there was time for (`doubt`). Those of Chromium are all there,
 * with the reason where there is nothing to measure; of other browsers those that were measured.
 */
export function lines({ ratios, raw, runs = {} }) {
  const others = Object.keys(ratios).filter((name) => name.includes('@'));
  return [...Object.keys(GOALS), ...others].map((name) => {
    const { goal, better, peer, absent } = GOALS[name.split('@')[0]];
    const ratio = ratios[name];
    const limit = ratio && limitOf(raw, name);
    return {
      name,
      value: ratio ? number(ratio.value) : '',
      spread: interval(ratio),
      goal: `${better === 'higher' ? '≥' : '≤'} ${goal}`,
      limit: limit ? number(limit.value) : '',
      limitSpread: interval(limit),
      peer: peer ?? '',
      state: ratio ? (reached(name, ratio) ? 'reached' : 'missed') : absent ? `n/a: ${absent}` : 'not measured',
      doubt: ratio ? doubt(name, ratio, runs) : '',
    };
  });
}

/** Whether a ratio's row ended with its interval still wide, for want of time; '' if not. */
function doubt(name, ratio, runs) {
  const [ratioName, browser] = name.split('@');
  const { name: row } = ROWS.find(({ gives }) => gives.includes(ratioName));
  const { rounds, ended } = runs[browser ? `${row}@${browser}` : row] ?? {};
  if (ended !== 'time' || isNarrow(ratioName, ratio)) return '';
  return `still wide: no time for more than ${rounds} rounds`;
}

const interval = (ratio) =>
  !ratio || ratio.spread[0] === ratio.spread[1] ? '' : ratio.spread.map(number).join(' to ');

/** The ratios as text. */
export function table(result) {
  const cells = [
    ['', 'value', '95 % of the median', 'goal', "limit's own", ''],
    ...lines(result)
      .filter(({ state }) => state !== 'not measured')
      .map(({ name, value, spread, goal, limit, state, doubt }) => [
        name,
        value,
        spread,
        goal,
        limit,
        doubt ? `${state} (${doubt})` : state,
      ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const text = cells.map((line) =>
    line
      .map((cell, n) => (n === 0 || n === 5 ? cell.padEnd(widths[n]) : cell.padStart(widths[n])))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...text,
    ...Object.entries(result.failed ?? {}).map(([name, reason]) => `${name}: not measured: ${reason}`),
    `Peers that are not in the registry: ${result.machine.absent.join(', ')}`,
    setting(result.machine),
    company(result.runs),
  ]
    .filter(Boolean)
    .join('\n');
}
