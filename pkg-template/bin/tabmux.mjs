#!/usr/bin/env node
/**
 * `npx tabmux init <dir> [--save] [--force]`: copies worker.js and its wasm files into a directory that the app serves, for
 * apps without a bundler that handles workers. `--save` notes the directory in the app's package.json, after which
 * `npx tabmux init` alone copies again (after an upgrade, or in a build script).
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const USAGE = `Usage: tabmux init <dir> [--save] [--force]

Copies worker.js, hub.wasm and fetch.wasm into <dir>, a directory that your app serves (public/tabmux, say).

  --save   note <dir> in package.json; \`tabmux init\` without <dir> then copies again
  --force  overwrite files that are not tabmux's, or were changed after they were copied
  --help   this text`;

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const FILES = ['worker.js', 'hub.wasm', 'fetch.wasm'];
/** Begins every worker.js that tabmux has shipped; a wasm file is known by the worker it lies beside. */
const BANNER = '/*! tabmux worker';

class UsageError extends Error {}

try {
  init(process.argv.slice(2));
} catch (error) {
  const misuse = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS');
  if (!misuse && error.code === undefined) throw error;
  console.error(`tabmux: ${error.message}`);
  if (misuse) console.error(`\n${USAGE}`);
  process.exitCode = 1;
}

function init(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { save: { type: 'boolean' }, force: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help || (positionals.length === 0 && args.length === 0)) {
    console.log(USAGE);
    return;
  }
  const [command, given, ...rest] = positionals;
  if (command !== 'init') throw new UsageError(`there is no command "${command ?? ''}"`);
  if (rest.length > 0) throw new UsageError(`one directory, please; what is "${rest.join(' ')}"?`);

  const app = findApp(process.cwd());
  const saved = app?.manifest.tabmux;
  if (given === undefined && saved?.directory === undefined) {
    throw new UsageError('no directory given, and none was saved in package.json (init <dir> --save)');
  }
  if (values.save && !app) throw new UsageError('--save needs a package.json in this directory or above it');
  const target = given === undefined ? resolve(app.root, saved.directory) : resolve(given);

  const files = FILES.map((name) => ({ name, contents: readFileSync(join(PACKAGE, name)) }));
  const record =
    saved?.directory !== undefined && resolve(app.root, saved.directory) === target ? saved.files : undefined;
  if (!values.force) refuseForeign(target, files, record);

  mkdirSync(target, { recursive: true });
  for (const { name, contents } of files) {
    const file = join(target, name);
    const same = existsSync(file) && hash(readFileSync(file)) === hash(contents);
    if (!same) writeFileSync(file, contents);
    console.log(`${same ? 'up to date' : 'copied    '}  ${relative(process.cwd(), file) || file}`);
  }
  if (app && (values.save || record !== undefined)) save(app, target, files);
  console.log(
    `\nTell the page where it is: connect(url, { workerUrl: '${servedAt(app?.root ?? process.cwd(), target)}' })`,
  );
}

/** Nothing of the user's is overwritten: neither files that were never ours nor copies that were edited. */
function refuseForeign(target, files, record) {
  if (existsSync(target) && !statSync(target).isDirectory()) throw new UsageError(`${target} is not a directory`);
  const worker = join(target, 'worker.js');
  const ours = existsSync(worker) && readFileSync(worker, 'utf8').startsWith(BANNER);
  for (const { name, contents } of files) {
    const file = join(target, name);
    if (!existsSync(file)) continue;
    const found = hash(readFileSync(file));
    if (found === hash(contents) || found === record?.[name]) continue;
    if (!ours) throw new UsageError(`${file} is not tabmux's; take another directory, or --force to overwrite it`);
    if (record?.[name]) throw new UsageError(`${file} was changed since it was copied; --force overwrites it`);
  }
}

function save({ file, text, manifest }, target, files) {
  manifest.tabmux = {
    directory: relative(dirname(file), target).split(sep).join('/') || '.',
    files: Object.fromEntries(files.map(({ name, contents }) => [name, hash(contents)])),
  };
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? 2;
  const written = `${JSON.stringify(manifest, null, indent)}\n`;
  if (written !== text) writeFileSync(file, written);
}

/** The nearest package.json from `from` upwards. */
function findApp(from) {
  for (let root = from; ; root = dirname(root)) {
    const file = join(root, 'package.json');
    if (existsSync(file)) {
      const text = readFileSync(file, 'utf8');
      try {
        return { root, file, text, manifest: JSON.parse(text) };
      } catch (error) {
        throw new UsageError(`${file} is not valid JSON: ${error.message}`);
      }
    }
    if (dirname(root) === root) return null;
  }
}

/** A guess at the URL: the directories that frameworks serve as the root drop out of it. */
function servedAt(root, target) {
  const parts = relative(root, target)
    .split(sep)
    .filter((part) => part !== '' && part !== '..');
  if (['public', 'static', 'dist', 'www'].includes(parts[0])) parts.shift();
  return `/${[...parts, 'worker.js'].join('/')}`;
}

function hash(contents) {
  return `sha256-${createHash('sha256').update(contents).digest('base64')}`;
}
