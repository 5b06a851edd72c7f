import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inRoot } from '../lib/paths.mjs';
import { Failure } from '../lib/run.mjs';

/**
 * Sizes as a user's visitors load them: what ships is not minified, so each part is minified here as an app's bundler
 * would, and compressed at gzip's level 9.
 *
 * `page` is the first chunk of an app that only says `import { connect } from 'tabmux'`, with what it imports
 * statically; chunks loaded on demand do not count. `worker` is worker.js and hub.wasm together; fetch.wasm is loaded with
 * the first fetch. `folder`: the package, as built or installed.
 */
export async function measure(folder = inRoot('pkg')) {
  if (!existsSync(join(folder, 'hub.wasm'))) throw new Failure('pkg/ is not built yet: npm run build');
  const { build } = await import('esbuild');
  const page = await build({
    stdin: { contents: "import { connect } from 'tabmux'; globalThis.connect = connect;", resolveDir: inRoot() },
    alias: { tabmux: join(folder, 'index.js') },
    absWorkingDir: inRoot(),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    outdir: 'out',
  });
  const first = staticChunks(page.metafile.outputs);
  const texts = new Map(page.outputFiles.map((file) => [file.path, file.contents]));
  const pageParts = first.map((file) => texts.get(inRoot(file)));
  const lazyParts = page.outputFiles.filter((file) => !first.some((name) => inRoot(name) === file.path));

  const worker = await build({
    entryPoints: [join(folder, 'worker.js')],
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    legalComments: 'none',
  });
  const workerText = worker.outputFiles[0].contents;
  const module = (name) => {
    const wasm = readFileSync(join(folder, name));
    return row(name, wasm, wasm.length);
  };
  const workerRow = row('worker.js', workerText, readFileSync(join(folder, 'worker.js')).length);
  const wasmRow = module('hub.wasm');

  const budget = JSON.parse(readFileSync(inRoot('scripts', 'size-budget.json'), 'utf8'));
  return [
    {
      ...sum(
        'page, first chunk',
        pageParts.map((part) => row('', part)),
      ),
      limit: budget.page.gzip,
    },
    ...lazyParts.map((file) => {
      const [, name] = /(\w+)-[^/]*$/.exec(file.path);
      // One that is new is over its budget until it is given one.
      return { ...row(`page, on demand: ${name}`, file.contents), limit: budget[name]?.gzip ?? 0 };
    }),
    workerRow,
    wasmRow,
    { ...sum('worker.js + hub.wasm', [workerRow, wasmRow]), limit: budget.worker.gzip },
    { ...module('fetch.wasm'), name: 'fetch.wasm, on demand', limit: budget.fetch.gzip },
  ];
}

/** The entry's output and everything it imports statically, found by following the bundler's own record. */
function staticChunks(outputs) {
  const entry = Object.keys(outputs).find((file) => outputs[file].entryPoint?.includes('stdin'));
  const seen = new Set([entry]);
  for (const file of seen) {
    for (const { path, kind } of outputs[file].imports) if (kind === 'import-statement') seen.add(path);
  }
  return [...seen];
}

function row(name, contents, raw = null) {
  return { name, raw, min: contents.length, gzip: gzipSync(contents, { level: 9 }).length };
}

function sum(name, rows) {
  const total = (key) => rows.reduce((bytes, each) => bytes + each[key], 0);
  const raw = rows.some((each) => each.raw === null) ? null : total('raw');
  return { name, raw, min: total('min'), gzip: total('gzip') };
}

/** Print the table. */
export function report(rows) {
  const cells = [
    ['bytes', 'raw', 'min', 'min+gzip', 'limit'],
    ...rows.map(({ name, raw, min, gzip, limit }) => [name, raw ?? '', min, gzip, limit ?? ''].map(String)),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  for (const line of cells) {
    console.log(line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]))).join('  '));
  }
}

/** The rows above their limit. */
export function exceeded(rows) {
  return rows.filter(({ gzip, limit }) => limit !== undefined && gzip > limit);
}
