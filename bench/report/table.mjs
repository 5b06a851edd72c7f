import { reached } from '../goals.mjs';

/** The ratios as lines of text. */
export function table({ machine, ratios, failed }) {
  const cells = [
    ['', 'value', '95 % of the median', 'goal', ''],
    ...Object.entries(ratios).map(([name, ratio]) => [
      name,
      number(ratio.value),
      ratio.spread[0] === ratio.spread[1] ? '' : `${number(ratio.spread[0])} to ${number(ratio.spread[1])}`,
      `${ratio.better === 'higher' ? '>=' : '<='} ${ratio.goal}`,
      reached(name, ratio) ? 'reached' : 'missed',
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const lines = cells.map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join('  '),
  );
  const { cpu, cores, memory, browser, node } = machine;
  return [
    ...lines,
    ...Object.entries(failed).map(([name, reason]) => `${name}: not measured: ${reason}`),
    `${browser}, Node ${node}, ${cores} x ${cpu}, ${memory}`,
  ].join('\n');
}

/** Three digits that mean something. */
export function number(value) {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}
