import { readdirSync } from 'node:fs';
import { inRoot } from '../../scripts/lib/paths.mjs';

const MODES = inRoot('bench', 'pages', 'modes');

/**
 * The modes as an app's bundler makes them, minified, by the path that pages load them from: one file each, and what is
 * loaded on demand. So no mode waits for more requests one after the other than it does in an app. The worker and its
 * wasm lie beside them, under `/app/`. `page`: the package's entry.
 */
export async function bundleModes(page) {
  const { build } = await import('esbuild');
  const sources = {};
  for (const file of readdirSync(MODES)) {
    const { outputFiles } = await build({
      entryPoints: [`${MODES}/${file}`],
      outdir: MODES,
      alias: { tabmux: page },
      external: ['/peers/*'],
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    for (const { path, text } of outputFiles) sources[`/app${path.slice(MODES.length)}`] = text;
  }
  return sources;
}
