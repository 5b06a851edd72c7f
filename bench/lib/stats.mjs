export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/**
 * Median with its 95 % interval: by bootstrap, with a generator of its own so that the same samples give the same
 * interval.
 */
export function summary(values) {
  let state = 1;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  const medians = Array.from({ length: 2000 }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)])),
  );
  return { value: median(values), spread: [quantile(medians, 0.025), quantile(medians, 0.975)] };
}

/** Ratios of what was measured in the same round: what disturbs the machine then disturbs both. */
export const paired = (samples, over, f = (a, b) => a / b) => summary(samples.map((value, n) => f(value, over[n])));

export const difference = (a, b) => a - b;
