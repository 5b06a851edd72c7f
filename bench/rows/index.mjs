import { cold } from './cold.mjs';
import { fanout, fanout2k, fanoutFetch } from './fanout.mjs';
import { latency } from './latency.mjs';
import { memoryFrozen, memoryTab } from './memory.mjs';
import { parser } from './parser.mjs';
import { parserWasm } from './parser-wasm.mjs';
import { recovery } from './recovery.mjs';
import { scale } from './scale.mjs';
import { server } from './server.mjs';
import { sizes } from './sizes.mjs';

/**
 * All rows, in the order in which they run. `gives`: the names of its ratios; `browsers`: where it works (Chromium);
 * `quick`: part of `--quick` too.
 */
export const ROWS = [
  fanout,
  fanout2k,
  fanoutFetch,
  server,
  sizes,
  cold,
  latency,
  recovery,
  parserWasm,
  parser,
  scale,
  memoryTab,
  memoryFrozen,
];
