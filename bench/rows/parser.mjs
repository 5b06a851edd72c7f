import { measured } from '../lib/interleave.mjs';
import { natively, PEERS } from '../lib/parsers.mjs';
import { paired, summary } from '../lib/stats.mjs';

/** Chunks of eventsource-stream: that of the goal, and one that suits it better, since it moves what is left at each line. */
const CRATE = [1_400, 65_536];

/**
 * The core's parser, natively, beside a crate and those of Node; and whether its work grows with the length of a line.
 * EventSources of Node read the same events from a socket: they have no other way in.
 */
export const parser = {
  name: 'parser',
  gives: ['parser_native', 'parser_linear'],
  limit: 100,
  async run(bench) {
    const kinds = {
      native: () => natively('sse'),
      'eventsource-stream': () => natively('eventsource_stream'),
      ...PEERS,
    };
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
    const { native, 'eventsource-stream': crate, ...peers } = raw;
    const sized = CRATE.map((size) => [`eventsource-stream ${size}`, crate.map((each) => each[`200_${size}`])]);
    return {
      ratios,
      raw: {
        native: native.map((each) => each['200_65536']),
        ...Object.fromEntries(sized),
        ...peers,
        linear: linear(raw),
      },
    };
  },
};

const linear = ({ native }) => native.map((each) => Math.max(each.linear_1400, each.linear_1));
