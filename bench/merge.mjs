import { ROWS } from './rows/index.mjs';

/**
 * A run's result with what an earlier one has and this one did not measure. The machine is the earlier one's, with the peers of
 * both and those that are missing now; `later` says of each row measured now when that was, and at which load. A row that is
 * void now has no figures, not those of another day.
 */
export function merge(before, now) {
  const result = { ...now, machine: laterOn(before.machine, now) };
  for (const key of ['ratios', 'raw', 'runs']) result[key] = { ...before[key], ...now[key] };
  for (const own of Object.keys(now.failed)) {
    const [name, at] = own.split('@');
    for (const part of [result.raw, result.runs, result.machine.later]) delete part[own];
    for (const given of ROWS.find((row) => row.name === name).gives)
      delete result.ratios[at ? `${given}@${at}` : given];
  }
  return result;
}

function laterOn(before, { machine: { browsers, peers, absent, date, load }, raw }) {
  const rows = Object.keys(raw).map((row) => [row, { date, load }]);
  return {
    ...before,
    browsers: { ...before.browsers, ...browsers },
    peers: { ...before.peers, ...peers },
    absent,
    later: { ...before.later, ...Object.fromEntries(rows) },
  };
}
