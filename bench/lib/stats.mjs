export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/**
 * Median with its 95 % interval: from the k-th smallest to the k-th largest value, whatever their distribution. Of five
 * values and fewer it is all of them (of five 94 %, of three 75 %).
 */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const beyond = Math.max(0, rank(values.length) - 1);
  return { value: median(values), spread: [sorted[beyond], sorted[sorted.length - 1 - beyond]] };
}

/** The largest k for which fewer than k values lie below the median in no more than 2.5 % of cases: each does by a coin. */
function rank(count) {
  let ways = 1;
  let below = 1;
  let k = 0;
  for (; below <= 0.025 * 2 ** count; k++) {
    ways *= (count - k) / (k + 1);
    below += ways;
  }
  return k;
}

/** Ratios of what was measured in the same round: what disturbs the machine then disturbs both. */
export const paired = (samples, over, f = (a, b) => a / b) => summary(samples.map((value, n) => f(value, over[n])));

export const difference = (a, b) => a - b;
