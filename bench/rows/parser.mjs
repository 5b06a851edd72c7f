import { measured } from '../lib/interleave.mjs';
import { natively, PEERS } from '../lib/parsers.mjs';
import { paired, summary } from '../lib/stats.mjs';

/**
 * The core's parser, natively, beside those of Node; and whether its work grows with the length of a line. EventSources of
 * Node read the same events from a socket: they have no other way in.
 */
export const parser = {
  name: 'parser',
  gives: ['parser_native', 'parser_linear'],
  limit: 100,
  async run(bench) {
    const kinds = { native: () => natively(), ...PEERS };
    const { ratios, raw } = await measured(
      bench,
      Object.keys(kinds),
      (kind) => kinds[kind](bench),
      (samples) => ({
        parser_native: paired(
          samples.native.map((each) => each['200_65536']),
          samples['eventsource-parser'],
        ),
        parser_linear: summary(linear(samples)),
      }),
    );
    return { ratios, raw: { ...raw, native: raw.native.map((each) => each['200_65536']), linear: linear(raw) } };
  },
};

const linear = ({ native }) => native.map((each) => Math.max(each.linear_1400, each.linear_1));
