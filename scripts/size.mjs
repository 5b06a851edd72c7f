#!/usr/bin/env node
/** `npm run size`: prints the sizes of the built package and fails when one is over its budget (size-budget.json). */
import { Failure, main } from './lib/run.mjs';
import { exceeded, measure, report } from './size/measure.mjs';

await main(async () => {
  const rows = await measure();
  report(rows);
  const over = exceeded(rows);
  if (over.length > 0) {
    throw new Failure(
      over.map(({ name, gzip, limit }) => `${name}: ${gzip} bytes is over its limit of ${limit}`).join('\n'),
    );
  }
});
