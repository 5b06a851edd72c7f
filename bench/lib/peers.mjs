import { existsSync } from 'node:fs';
import { gluePath } from '../../scripts/build/wasm.mjs';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { Failure } from '../../scripts/lib/run.mjs';

/** Peers that npm does not have: asked for on 2026-11-21 and 2026-11-23, answered by 404. There is a repository of the name. */
export const ABSENT = ['sse-shared-worker'];

const ENTRIES = {
  '/peers/eventsource-parser.js': "export { createParser } from 'eventsource-parser';",
  '/peers/fetch-event-source.js': "export { fetchEventSource } from '@microsoft/fetch-event-source';",
  '/peers/shared-event-source.js': "export { SharedEventSource } from 'shared-event-source';",
};

/**
 * The peers as one script each, bundled in memory, by the path that pages load them from; and the worker's own half of the
 * fetch transport, beside the module that it loads.
 */
export async function bundlePeers() {
  const { build } = await import('esbuild');
  const glue = gluePath('fetch');
  if (!existsSync(glue)) throw new Failure('pkg/ was not built here: without --built it is');
  const sources = {};
  const entries = { ...ENTRIES, '/app/fetch-for.js': "export { fetchFor } from '../../js/fetch.ts';" };
  for (const [path, contents] of Object.entries(entries)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: inRoot('tests', 'peers') },
      alias: { 'fetch-glue': glue },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    sources[path] = outputFiles[0].text;
  }
  return sources;
}
