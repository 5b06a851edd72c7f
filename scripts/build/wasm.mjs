import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { capture, Failure, run } from '../lib/run.mjs';
import { arranged } from './arrange.mjs';
import { withoutDeadEntries } from './table.mjs';

/** Where wasm-pack puts the glue and the module; the names are known to tsconfig.worker.json as well. */
export const WASM_OUT = inRoot('target', 'wasm');

/** The modules that ship: name, and folder of the crate. */
export const MODULES = [
  ['hub', '.'],
  ['fetch', 'fetch'],
];

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
    // Of a module that is started anew after a trap; this worker ends. And what is caught: see `withTimerAlone`.
    `--remove-exports=__abort_handler,__instance_terminated${name === 'hub' ? ',__wbindgen_exn_store' : ''}`,
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
  writeFileSync(output, arranged(readFileSync(output)));
  const { imports, exports } = JSON.parse(printed);
  let glue = readFileSync(`${WASM_OUT}/${name}.js`, 'utf8');
  const replace = (before, after) => {
    const pieces = glue.split(before);
    if (pieces.length !== 2)
      throw new Failure(`the glue is to have ${before} once, and has it ${pieces.length - 1} times`);
    glue = pieces.join(after);
  };
  // wasm-opt calls the module they come from `a`.
  replace(`"./${name}_bg.js": import0`, 'a: import0');
  for (const [, long, short] of imports) replace(` ${long}: function(`, ` ${short}: function(`);
  glue = withoutUnused(glue);
  if (name === 'hub') glue = withTimerAlone(glue);
  const shortOf = new Map(exports);
  glue = withoutOldEngines(glue)
    // Bytes are handed over by one of the modules alone.
    .replace(/function getArrayU8FromWasm0\([\s\S]*?\n\}\n/, '')
    .replaceAll('getArrayU8FromWasm0(', 'memory.bytes(')
    .replace(/\bwasm\.(\w+)/g, (_, long) => {
      if (!shortOf.has(long)) throw new Failure(`the glue uses ${long}, which the module does not export`);
      return `wasm.${shortOf.get(long)}`;
    });
  writeFileSync(gluePath(name), glue);
  return glue;
}

/**
 * What the module no longer imports has kept its long name; and none of the others is more than its result, but for those
 * that catch.
 */
const withoutUnused = (glue) =>
  glue
    .replace(/ {8}__wb\w+: function\([\s\S]*?\n {8}\}(, arguments\); \})?,\n/g, '')
    .replace(/^( {8}\S+: )function(\((?:arg.*|)\)) \{$/gm, '$1$2 => {');

/** gloo-timers' `setTimeout` is one that may throw, which it does for no function and no number. Whatever else catches goes on to. */
function withTimerAlone(glue) {
  const shorter = glue
    .replace(
      /function\(\) \{ return handleError\(function (\(arg0, arg1\)) \{\n(\s*const ret = setTimeout\(arg0, arg1\);[\s\S]*?\n {8}\}), arguments\); \}/,
      '$1 => {\n$2',
    )
    .replace(/function handleError\([\s\S]*?\n\}\n/, '')
    // The timer's closure, the only one, is dropped by its owner: nothing is left for a collector to find.
    .replace(/const CLOSURE_DTORS = [\s\S]*?\);\n/, '')
    .replace(/ +CLOSURE_DTORS\.\w+\([^)]*\);\n/g, '');
  for (const name of ['handleError', 'CLOSURE_DTORS'])
    if (shorter.includes(name)) throw new Failure(`the glue of the hub has ${name} beside the timer's`);
  return shorter;
}

/**
 * The glue without what it has for engines older than any that has a SharedWorker and es2022, and for callers other than
 * `js/wasm.ts`: a third of it. What is taken out has to be there.
 */
function withoutOldEngines(glue) {
  const parts = [
    // `js/memory.ts` does for both modules what the glue of each would, but for what it makes of it.
    [
      /let cachedTextDecoder = [\s\S]*?\nfunction decodeText\([\s\S]*?\n\}\n/,
      `import { memoryOf } from ${JSON.stringify(inRoot('js', 'memory.ts'))};\nlet memory;\n`,
    ],
    [/let cachedDataViewMemory0 = null;\nfunction getDataViewMemory0\([\s\S]*?\n\}\n/, ''],
    [/let cachedUint8ArrayMemory0 = null;\nfunction getUint8ArrayMemory0\([\s\S]*?\n\}\n/, ''],
    [/function getStringFromWasm0\([\s\S]*?\n\}\n/, ''],
    [/function passStringToWasm0\([\s\S]*?\n\}\n/, ''],
    [/function isLikeNone\([\s\S]*?\n\}\n/, ''],
    [/const cachedTextEncoder = [\s\S]*?\nlet WASM_VECTOR_LEN = 0;\n/, ''],
    [/\bgetStringFromWasm0\(/g, 'memory.text('],
    [
      /const obj = arg1;\n *const ret = typeof\(obj\) === 'number' [\s\S]*?true\);\n.*\n/,
      'memory.putNumber(arg0, arg1);\n',
    ],
    [/const obj = arg1;\n *const ret = typeof\(obj\) === 'string' .*\n/, 'const ret = arg1;\n'],
    [/const ret = (.*);\n *var ptr1 = isLikeNone\(ret\)[\s\S]*?true\);\n.*\n/g, 'memory.putText(arg0, $1);\n'],
    [
      /( {4}wasm = instance\.exports;\n)/,
      '$1    memory = memoryOf(wasm.memory, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);\n',
    ],
    [/ {4}if \(module !== undefined\) \{[\s\S]*?\n {4}\}\n(?=\n {4}const imports)/, ''],
    [/ {4}if \(!\(module instanceof WebAssembly\.Module\)\) \{[\s\S]*?\n {4}\}\n(?= {4}const instance)/, ''],
    // It is called once, and what it makes is held by its exports.
    [/ {4}if \(wasm !== undefined\) return wasm;\n(?=[\s\S]*const imports)/, ''],
    [/let wasmModule, wasmInstance, wasm;/, 'let wasm;'],
    [/ {4}wasmInstance = instance;\n/, ''],
    [/ {4}wasmModule = module;\n/, ''],
    [/ {4}cachedDataViewMemory0 = null;\n {4}cachedUint8ArrayMemory0 = null;\n/, ''],
    [/ {8}__proto__: null,\n([\s\S]*?) {8}__proto__: null,\n/, '$1'],
  ];
  return parts.reduce((text, [pattern, instead]) => {
    const shorter = text.replace(pattern, instead);
    if (shorter === text) throw new Failure(`the glue has nothing like ${pattern} any more`);
    return shorter;
  }, glue);
}
