import { cold } from './cold.mjs';
import { fanout, fanout2k } from './fanout.mjs';
import { latency } from './latency.mjs';
import { parser } from './parser.mjs';
import { recovery } from './recovery.mjs';
import { sizes } from './sizes.mjs';

/** All rows, in the order in which they run. `quick`: part of `--quick` too. */
export const ROWS = [{ ...fanout, quick: true }, fanout2k, { ...sizes, quick: true }, cold, latency, recovery, parser];
