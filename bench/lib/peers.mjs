import { inRoot } from '../../scripts/lib/paths.mjs';

const ENTRIES = {
  '/peers/eventsource-parser.js': "export { createParser } from 'eventsource-parser';",
  '/peers/fetch-event-source.js': "export { fetchEventSource } from '@microsoft/fetch-event-source';",
  '/peers/shared-event-source.js': "export { SharedEventSource } from 'shared-event-source';",
};

/** The peers as one script each, bundled in memory, by the path that pages load them from. */
export async function bundlePeers() {
  const { build } = await import('esbuild');
  const sources = {};
  for (const [path, contents] of Object.entries(ENTRIES)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: inRoot('tests', 'peers') },
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
