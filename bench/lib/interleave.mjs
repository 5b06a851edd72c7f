/**
 * `sample(what, round)` for every one of `kinds` once a round, the first one another each time: a busy minute falls on all
 * of them. Gives the samples by kind.
 */
export async function interleave({ rounds, progress }, kinds, sample) {
  const samples = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < kinds.length; n++) {
      const kind = kinds[(n + round) % kinds.length];
      progress(`round ${round + 1} of ${rounds}, ${kind}`);
      samples[kind].push(await sample(kind, round));
    }
  }
  return samples;
}
