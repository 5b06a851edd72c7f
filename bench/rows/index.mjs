import { fanout, fanout2k } from './fanout.mjs';
import { sizes } from './sizes.mjs';

/** All rows, in the order in which they run. `quick`: part of `--quick` too. */
export const ROWS = [{ ...fanout, quick: true }, fanout2k, { ...sizes, quick: true }];
