/** A ratio is known well enough once half its interval is no more than this share of it. */
const SHARE = 0.08;

/** Differences lie near 0, where a share says nothing: half the interval in their own unit, ms or KB. */
const AMOUNTS = {
  latency_p50_over_handwritten_ms: 0.05,
  latency_p99_over_handwritten_ms: 0.2,
  latency_under_frozen_ms: 0.05,
  memory_tab_kb: 75,
};

/** Whether a ratio's interval is as narrow as was asked for beforehand. It is not told of any goal. */
export function isNarrow(name, { value, spread: [low, high] }) {
  return (high - low) / 2 <= (AMOUNTS[name] ?? SHARE * Math.abs(value));
}
