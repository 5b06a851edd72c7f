import { pathToFileURL } from 'node:url';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { capture } from '../../scripts/lib/run.mjs';
import { paired, summary } from '../lib/stats.mjs';

const CHUNK = 65_536;
const RUNS = 7;

/** The core's parser, natively, beside eventsource-parser in Node; and whether its work grows with the length of a line. */
export const parser = {
  name: 'parser',
  gives: ['parser_native', 'parser_linear'],
  async run({ rounds, progress }) {
    const entry = inRoot('tests', 'peers', 'node_modules', 'eventsource-parser', 'dist', 'index.js');
    const { createParser } = await import(pathToFileURL(entry));
    const chunks = stream();
    const raw = { native: [], peer: [], linear: [] };
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      progress(`round ${round + 1}`);
      raw.peer.push(peer(createParser, chunks));
      const printed = capture('cargo', ['bench', '-q', '-p', 'tabmux-core', '--bench', 'sse']);
      if (printed === null) throw new Error('cargo bench failed');
      const figure = (name) => Number(new RegExp(`^${name} +([\\d.]+)`, 'm').exec(printed)[1]);
      raw.native.push(figure('200_65536'));
      raw.linear.push(Math.max(figure('linear_1400'), figure('linear_1')));
    }
    return {
      ratios: { parser_native: paired(raw.native, raw.peer), parser_linear: summary(raw.linear) },
      raw,
    };
  },
};

/** The same bytes as `core/benches/sse.rs` has. */
function stream() {
  let text = '';
  for (let id = 0; text.length < 1 << 20; id++) text += `id: ${id}\nevent: order_update\ndata: ${'x'.repeat(200)}\n\n`;
  const bytes = new TextEncoder().encode(text);
  return Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, n) => bytes.subarray(n * CHUNK, (n + 1) * CHUNK));
}

/** MB/s, the best of so many runs, as there. Both are given bytes: the peer takes text, so decoding is part of its way. */
function peer(createParser, chunks) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let best = 0;
  for (let run = 0; run < 3 * RUNS; run++) {
    let units = 0;
    const { feed } = createParser({
      onEvent({ data }) {
        units += data.length;
      },
    });
    const decoder = new TextDecoder();
    const began = performance.now();
    for (const chunk of chunks) feed(decoder.decode(chunk, { stream: true }));
    const time = performance.now() - began;
    if (units === 0) throw new Error('void: the peer gave no events');
    best = Math.max(best, length / time / 1000);
  }
  return best;
}
