import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { inRoot } from '../lib/paths.mjs';
import { Failure } from '../lib/run.mjs';
import { withBlocksInOrder } from './blocks.mjs';
import { MODULES, WASM_OUT } from './wasm.mjs';

/** The page's entries: each is `js/<name>.ts`, and `exports` of the package names its output. */
const PAGE_ENTRIES = ['index', 'auto'];

const VERSION = JSON.parse(readFileSync(inRoot('pkg-template', 'package.json'), 'utf8')).version;

const common = {
  absWorkingDir: inRoot(),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  // Users' bundlers minify; what ships can be read and debugged.
  minify: false,
  legalComments: 'none',
  // Page and worker tell each other what they are of: a tab of today may meet yesterday's worker.
  define: { TABMUX_BUILD: JSON.stringify(VERSION) },
  logLevel: 'warning',
};

/** The page side: chunks shared by the entries and those loaded on demand lie flat beside them. */
export async function bundlePage(outdir) {
  const { metafile } = await build({
    ...common,
    entryPoints: PAGE_ENTRIES.map((name) => inRoot('js', `${name}.ts`)),
    outdir,
    splitting: true,
    chunkNames: '[name]-[hash]',
    metafile: true,
  });
  const code = Object.keys(metafile.outputs).map((file) => withoutBareImports(inRoot(file)));
  // Bundlers recognise the worker by this literal and nothing else; if it is lost, every app breaks at run time.
  const literal =
    /new SharedWorker\(\s*new URL\(["']\.\/worker\.js["'], import\.meta\.url\),\s*\{[^}]*type: ["']module["']/;
  if (code.filter((text) => literal.test(text)).length !== 1) {
    throw new Failure(
      'the page bundle has to hold the literal `new SharedWorker(new URL("./worker.js", …))` exactly once',
    );
  }
}

/**
 * esbuild keeps the order of evaluation by `import "./chunk-….js"` without a name. No chunk of ours does anything when
 * evaluated (package.json says so in `sideEffects`), and an app's esbuild would warn of each such line.
 */
function withoutBareImports(file) {
  const code = readFileSync(file, 'utf8').replace(/^import "\.\/[\w-]+\.js";\n/gm, '');
  writeFileSync(file, code);
  return code;
}

/** The worker: one classic-safe file, since bundlers turn it into a script without imports. */
export async function bundleWorker(outfile, glue) {
  await build({
    ...common,
    entryPoints: [inRoot('js', 'worker.ts')],
    outfile,
    // `tabmux init` knows its own copies by how this begins.
    banner: { js: `/*! tabmux worker ${VERSION}, made by the package's build */` },
    alias: Object.fromEntries(MODULES.map(([name]) => [`${name}-glue`, `${WASM_OUT}/${name}.js`])),
    plugins: [withGlue(glue)],
    // An `await` before `onconnect` is set would lose the first tab's connect: let esbuild refuse it.
    supported: { 'top-level-await': false },
  });
  const code = withBlocksInOrder(withNumbers(readFileSync(outfile, 'utf8')));
  writeFileSync(outfile, code);
  const assets = [...code.matchAll(/new URL\(\s*["']([^"']+)["'],\s*import\.meta\.url/g)].map(([, url]) => url);
  if (assets.sort().join() !== './fetch.wasm,./hub.wasm') {
    throw new Failure(`worker.js has to name its two wasm files and no other, since bundlers emit them: ${assets}`);
  }
}

/**
 * A number that has a name, in place of its name. esbuild makes a variable of each, which no minifier may look into: a fiftieth
 * of the whole.
 */
function withNumbers(code) {
  const values = new Map();
  const rest = code.replace(/^var ([A-Z][A-Z_]*) = ([\d.e]+|\d+ \*\* \d+);\n/gm, (_, name, value) => {
    values.set(name, value.includes(' ') ? `(${value})` : value);
    return '';
  });
  const named = new RegExp(`(?<![.\\w$])(${[...values.keys()].join('|')})\\b`, 'g');
  const parts = rest.split(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/);
  // Every other part is a text.
  const inlined = parts.map((part, at) =>
    at % 2 ? part : part.replace(named, (name) => `${values.get(name)} /* ${name} */`),
  );
  const left = named.exec(inlined.join('').replace(/ \/\* [A-Z_]+ \*\//g, ''));
  if (left) throw new Failure(`worker.js has ${left[0]} in a place where no number can stand for it`);
  return inlined.join('');
}

/** Each module's glue as it is after `shortenNames`, in place of its file. */
const withGlue = (glue) => ({
  name: 'with-glue',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]target[\\/]wasm[\\/]\w+\.js$/ }, ({ path }) => ({
      contents: glue[basename(path, '.js')],
      loader: 'js',
    }));
  },
});
