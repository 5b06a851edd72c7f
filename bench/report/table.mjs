import { GOALS, reached } from '../goals.mjs';
import { number, setting } from './labels.mjs';

/**
 * The ratios as lines of cells: name, value, its interval, goal, what it is over, state. Those of Chromium are all there,
 * with the reason where there is nothing to measure; of other browsers those that were measured.
 */
export function lines({ ratios }) {
  const others = Object.keys(ratios).filter((name) => name.includes('@'));
  return [...Object.keys(GOALS), ...others].map((name) => {
    const { goal, better, peer, absent } = GOALS[name.split('@')[0]];
    const ratio = ratios[name];
    const isExact = !ratio || ratio.spread[0] === ratio.spread[1];
    return {
      name,
      value: ratio ? number(ratio.value) : '',
      spread: isExact ? '' : ratio.spread.map(number).join(' to '),
      goal: `${better === 'higher' ? '≥' : '≤'} ${goal}`,
      peer: peer ?? '',
      state: ratio ? (reached(name, ratio) ? 'reached' : 'missed') : absent ? `n/a: ${absent}` : 'not measured',
    };
  });
}

/** The ratios as text. */
export function table(result) {
  const cells = [
    ['', 'value', '95 % of the median', 'goal', ''],
    ...lines(result)
      .filter(({ state }) => state !== 'not measured')
      .map(({ name, value, spread, goal, state }) => [name, value, spread, goal, state]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const text = cells.map((line) =>
    line
      .map((cell, n) => (n === 0 || n === 4 ? cell.padEnd(widths[n]) : cell.padStart(widths[n])))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...text,
    ...Object.entries(result.failed ?? {}).map(([name, reason]) => `${name}: not measured: ${reason}`),
    `Peers that are not in the registry: ${result.machine.absent.join(', ')}`,
    setting(result.machine),
  ].join('\n');
}
