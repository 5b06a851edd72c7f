import { inRoot } from '../lib/paths.mjs';
import { Failure } from '../lib/run.mjs';

/** Of `js/memory.ts`, what an import calls. */
const HELPERS = ['bytes', 'text', 'putNumber', 'putText'];
/** Exports that `js/memory.ts` works with, in the order of its parameters. */
const OWN = ['memory', '__wbindgen_malloc', '__wbindgen_realloc', '__wbindgen_externrefs'];

/**
 * The glue as it is bundled: of wasm-bindgen's the imports, under their short names. All else that it does is done for both
 * modules by `js/memory.ts`, and what a module exports is exported as it is.
 *
 * @param {string} written by wasm-bindgen
 * @param {string} name of the module
 * @param {Map<string, string>} imports short names by those that wasm-bindgen gave
 * @param {Map<string, string>} exports the same
 */
export function glueOf(written, name, imports, exports) {
  const found = /const import0 = \{\n {8}__proto__: null,\n([\s\S]*?\n) {4}\};\n/.exec(written);
  if (!found) throw new Failure(`the glue of ${name} has no imports as it had`);
  let functions = found[1];
  for (const [long, short] of imports) {
    const pieces = functions.split(` ${long}: function(`);
    if (pieces.length !== 2)
      throw new Failure(`the glue is to have ${long} once, and has it ${pieces.length - 1} times`);
    functions = pieces.join(` ${short}: function(`);
  }
  functions = [withoutUnused, withHelpers, withClosure, asExpressions, likeBesideLike].reduce(
    (text, change) => change(text),
    functions,
  );
  const isUsed = (name) => new RegExp(`\\b${name}\\b`).test(functions);
  const of = (long) => {
    if (!exports.has(long)) throw new Failure(`the module ${name} does not export ${long}`);
    return exports.get(long);
  };
  const called = [...exports.keys()].filter((long) => isUsed(`wasm.${long}`));
  for (const long of called) functions = functions.replaceAll(`wasm.${long}`, `_${of(long)}`);
  for (const other of ['wasm', 'handleError', 'isLikeNone', 'CLOSURE_DTORS', 'Wasm0', 'ExternrefTable0'])
    if (functions.includes(other)) throw new Failure(`the glue of ${name} uses ${other} in a way that is not known`);
  const offered = offeredBy(written, name);
  return [
    `import { closureOf, exportsOf } from ${JSON.stringify(inRoot('js', 'memory.ts'))};`,
    // `src/text.rs` has it as a global.
    ...(isUsed('tabmuxField')
      ? [`import { field as tabmuxField } from ${JSON.stringify(inRoot('js', 'json.ts'))};`]
      : []),
    `export let ${offered.join(', ')};`,
    ...called.map((long) => `let _${of(long)};`),
    'export function initSync(module) {',
    `    ({ ${[
      ...offered.map((each) => `${of(each)}: ${each}`),
      ...called.map((long) => `${of(long)}: _${of(long)}`),
    ].join(', ')} } = exportsOf(`,
    `        module, ({ ${HELPERS.filter(isUsed).join(', ')} }) => ({\n${functions}        }),`,
    `        ${OWN.map((long) => `'${of(long)}'`).join(', ')},`,
    '    ));',
    '}\n',
  ].join('\n');
}

/** What is called from outside: each is no more than a call of the module's, whose numbers are small. */
function offeredBy(written, name) {
  const functions = [...written.matchAll(/^export function (\w+)(\(.*\)) \{\n([\s\S]*?)^\}/gm)];
  return functions.map(([, each, parameters, body]) => {
    const plain = body.replace(/^ *const ret = ([^\n]*;)\n *return ret(?: >>> 0)?;\n$/, '$1').trim();
    if (plain !== `wasm.${each}${parameters};`) throw new Failure(`the glue of ${name} does more in ${each} than call`);
    return each;
  });
}

/**
 * What the module no longer imports has kept its long name; and none of the others is more than its result, but for those
 * that catch.
 */
const withoutUnused = (functions) =>
  functions
    .replace(/ {8}__wb\w+: function\([\s\S]*?\n {8}\}(, arguments\); \})?,\n/g, '')
    .replace(/^( {8}\S+: )function(\((?:arg.*|)\)) \{$/gm, '$1$2 => {');

/** An import without a result may have one: so all are alike. One that is no more than a call of a helper is that. */
const asExpressions = (functions) =>
  functions
    .replace(/=> \{\n *(?:const ret = )?([^;{}]*);(?:\n *return ret;)?\n *\},/g, (all, expression) =>
      expression.startsWith('throw') ? all : `=> ${expression},`,
    )
    .replace(/: (\([^()]*\)) => (\w+)\1,/g, ': $2,');

/** In the order of what they do. */
const likeBesideLike = (functions) => {
  const does = (one) => one.slice(one.indexOf(':'));
  const each = functions.match(/^ {8}\S+: [\s\S]*?,\n(?= {8}\S|$(?![\s\S]))/gm);
  return each.sort((a, b) => (does(a) < does(b) ? -1 : 1)).join('');
};

/** Texts, bytes and numbers go by `js/memory.ts`. */
const withHelpers = (functions) =>
  functions
    .replaceAll('getStringFromWasm0(', 'text(')
    .replaceAll('getArrayU8FromWasm0(', 'bytes(')
    .replace(
      /const obj = arg1;\n *const ret = typeof\(obj\) === 'number' [\s\S]*?true\);\n.*\n/,
      'putNumber(arg0, arg1);\n',
    )
    .replace(/const obj = arg1;\n *const ret = typeof\(obj\) === 'string' .*\n/, 'const ret = arg1;\n')
    .replace(/const ret = (.*);\n *var ptr1 = isLikeNone\(ret\)[\s\S]*?true\);\n.*\n/g, 'putText(arg0, $1);\n');

/**
 * The only closure is the timer's, which its owner drops: nothing is left for a collector to find. And gloo-timers' `setTimeout` is one
 * that may throw, which it does for no function and no number.
 */
const withClosure = (functions) =>
  functions
    .replace(/\/\/ Cast intrinsic for .*\n\s*/g, '')
    .replace('._wbg_cb_unref()', '.release()')
    .replace(
      /makeMutClosure\(arg0, arg1, (wasm_bindgen_\w+)\)/,
      'closureOf(arg0, arg1, wasm.$1, wasm.__wbindgen_destroy_closure)',
    )
    .replace(
      /function\(\) \{ return handleError\(function (\(arg0, arg1\)) \{\n(\s*const ret = setTimeout\(arg0, arg1\);[\s\S]*?\n {8}\}), arguments\); \}/,
      '$1 => {\n$2',
    );
