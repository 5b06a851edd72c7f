import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { capture, Failure, run } from '../lib/run.mjs';
import { arranged } from './arrange.mjs';
import { glueOf } from './glue.mjs';
import { withExport } from './sections.mjs';
import { withoutDeadEntries } from './table.mjs';

/** Where wasm-pack puts the glue and the module; the names are known to tsconfig.worker.json as well. */
export const WASM_OUT = inRoot('target', 'wasm');

/** The modules that ship: name, and folder of the crate. */
export const MODULES = [
  ['hub', '.'],
  ['fetch', 'fetch'],
];

/**
 * Exports that nobody uses. Of a module that is started anew after a trap: this worker ends. What an import has thrown: none
 * does. Texts that are given away: none are. The start: all that it does is done by `js/memory.ts`.
 */
const UNUSED = [
  '__abort_handler',
  '__instance_terminated',
  '__wbindgen_exn_store',
  '__externref_table_alloc',
  '__wbindgen_free',
  '__wbindgen_start',
];

/**
 * The table of values has the package's version in its name: a worker that has outlived a deploy, or whose wasm comes from an older
 * cache, does not find it, and says so.
 */
const VALUES = '__wbindgen_externrefs';
const { version: VERSION } = JSON.parse(readFileSync(inRoot('pkg-template', 'package.json'), 'utf8'));

/** The glue that fits the module that ships: `npm run bench` runs it without the rest of the worker. */
export const gluePath = (name) => `${WASM_OUT}/${name}-glue.js`;

const optimized = (name) => inRoot('target', `${name}-optimized.wasm`);

/**
 * Compile a module and its glue into target/wasm (`hub.js`, `hub.d.ts`, `hub_bg.wasm`).
 *
 * The standard library is built along, for size and with panics that trap at once: its precompiled form brings the
 * formatting of panic messages and the paths of its sources, a sixth of the whole (decisions/0004). That is still an
 * unstable feature of cargo, hence RUSTC_BOOTSTRAP; the pinned toolchain makes it repeatable.
 */
export async function buildWasm(name, folder) {
  await run(
    'wasm-pack',
    [
      ...['build', folder, '--target', 'web', '--no-pack', '--profile', 'hub'],
      ...['--out-dir', WASM_OUT, '--out-name', name, '--'],
      ...['-Z', 'build-std=std,panic_abort', '-Z', 'build-std-features=optimize_for_size'],
    ],
    {
      env: {
        // Only warnings and errors: the rest is progress that a log does not need.
        WASM_PACK_LOG: 'warn',
        RUSTC_BOOTSTRAP: '1',
        RUSTFLAGS: '-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none',
      },
    },
  );
  // wasm-pack leaves files for a package of its own making; ours is written by hand.
  for (const file of ['.gitignore', 'README.md']) rmSync(`${WASM_OUT}/${file}`, { force: true });
}

/** Shrink a module. wasm-opt reads from it which features it may use. */
export async function optimizeWasm(name) {
  const linked = `${WASM_OUT}/${name}_bg.wasm`;
  writeFileSync(optimized(name), withoutDeadEntries(readFileSync(linked)));
  await run('wasm-opt', [
    // Flat code first finds more to share: a quarter of a per cent.
    ...['--flatten', '--local-cse', '--rereloop', '-Oz', '--converge'],
    // What converged is not the least: two more rounds give half a per cent.
    ...['-Oz', '-Oz'],
    // Below 1,024 lies the far end of the stack and no object, so an offset can go into the load.
    '--low-memory-unused',
    // What is large and used once stays a function: with few locals of its own it compresses better.
    '--one-caller-inline-max-function-size=40',
    // What is as short as a call goes into its callers.
    '--always-inline-max-function-size=5',
    `--remove-exports=${UNUSED.join()}`,
    ...['-g', optimized(name), '-o', optimized(name)],
  ]);
}

/**
 * Put the module into the package, with short names for what it imports and exports. wasm-bindgen's carry a hash each,
 * which does not compress: with their like in the glue 2.4 KB (decisions/0032).
 *
 * @returns the glue with those names.
 */
export function shortenNames(name, output) {
  const names = [
    '--minify-imports-and-exports-and-modules',
    '--strip-debug',
    '--strip-producers',
    '--strip-target-features',
  ];
  // With no pass but that one; the levels are for how it is written.
  const levels = ['--optimize-level=2', '--shrink-level=2'];
  const printed = capture('wasm-opt', [optimized(name), ...levels, ...names, '-o', output]);
  if (printed === null) throw new Failure('wasm-opt could not shorten the names of imports and exports');
  const { imports, exports } = JSON.parse(printed);
  const exported = new Map(exports);
  const short = exported.get(VALUES);
  exported.set(VALUES, short + VERSION);
  writeFileSync(output, arranged(withExport(readFileSync(output), short, short + VERSION)));
  const glue = glueOf(
    readFileSync(`${WASM_OUT}/${name}.js`, 'utf8'),
    name,
    new Map(imports.map(([, ...names]) => names)),
    exported,
  );
  writeFileSync(gluePath(name), glue);
  return glue;
}
