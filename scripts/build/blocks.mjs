import { gzipSync } from 'node:zlib';
import { transformSync } from 'esbuild';
import { randomly } from './random.mjs';

/** Orders that are tried. */
const TRIALS = 600;

/**
 * A bundle with its modules in an order that is smaller, minified and for gzip (decisions/0111). The entry stays last. The others
 * may stand anywhere, since none does anything when it is evaluated, or uses there what another one declares.
 *
 * @param {string} code as esbuild writes it: a comment with its path before each module
 */
export function withBlocksInOrder(code) {
  const [head, ...blocks] = code.split(/\n(?=\/\/ (?:js|target)\/)/);
  const entry = blocks.pop();
  const text = (order) => [head, ...order, entry].join('\n');
  const size = (order) => {
    const { code } = transformSync(text(order), {
      minify: true,
      format: 'esm',
      target: 'es2022',
      legalComments: 'none',
    });
    return gzipSync(code, { level: 9 }).length;
  };
  const random = randomly();
  let best = blocks;
  let least = size(best);
  for (let trial = 0; trial < TRIALS; trial++) {
    const order = [...best];
    const [moved] = order.splice(random(order.length), 1);
    order.splice(random(order.length + 1), 0, moved);
    const now = size(order);
    if (now > least) continue;
    least = now;
    best = order;
  }
  return text(best);
}
