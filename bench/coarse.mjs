/** What CI fails on, each in a sentence: machines differ, and so do their quiet hours. */
export function coarse({ ratios: { fanout_vs_handwritten: fan }, raw }) {
  const faults = [];
  if (fan?.value < 8) faults.push(`fan-out is ${fan.value.toFixed(1)} times the hand-written worker's, below 8`);
  const { connections = 1 } = raw.fanout?.tabmux.find((sample) => sample.connections !== 1) ?? {};
  if (connections !== 1) faults.push(`${connections} connections instead of one`);
  return faults;
}
