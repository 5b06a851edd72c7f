import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';
import { exitCode } from './run.mjs';

/** What a stage gives: how many test cases passed and failed, what these said, and whether its command ended well. */
const none = () => ({ passed: 0, failed: 0, skipped: 0, failures: [], ok: true });

/** Run test files with node:test; each file is a process of its own, one at a time. */
export async function nodeTests(patterns, { env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tabmux-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const code = await exitCode(
      process.execPath,
      [
        '--test',
        '--test-concurrency=1',
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${inRoot('scripts/lib/count-reporter.mjs')}`,
        `--test-reporter-destination=${file}`,
        ...patterns,
      ],
      { env },
    );
    const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8') || '{}') : {};
    return { ...none(), ...counts, ok: code === 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Run a command whose tests report in the way of Rust's libtest, as wasm-bindgen's runner does too. */
export async function rustTests(command, args, { env = {} } = {}) {
  const counts = none();
  const onLine = (line) => {
    const [, name] = /^---- (.+) (?:stdout|output) ----/.exec(line) ?? [];
    if (name) counts.failures.push(name);
    const result = /^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
    if (!result) return;
    counts.passed += Number(result[1]);
    counts.failed += Number(result[2]);
    counts.skipped += Number(result[3]);
  };
  const code = await exitCode(command, args, { env, onLine });
  return { ...counts, ok: code === 0 };
}

/** Compile the TypeScript unit tests with what they import, so that Node 20 runs them; gives the compiled files. */
export async function compileTests(sources, outdir) {
  const { build } = await import('esbuild');
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const { metafile } = await build({
    entryPoints: sources,
    outdir,
    bundle: true,
    splitting: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    outExtension: { '.js': '.mjs' },
    metafile: true,
    logLevel: 'warning',
    absWorkingDir: inRoot(),
  });
  return Object.keys(metafile.outputs).map((file) => inRoot(file));
}
