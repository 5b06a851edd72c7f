#!/usr/bin/env node
/**
 * The test server by hand: `node tests/server/cli.mjs [--port N]`. Every line typed is pushed to the stream `demo`
 * as `[event] data`, so a page can be tried in any browser.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { mounts } from './mounts.mjs';
import { startServer } from './server.mjs';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const server = await startServer({ port: Number(values.port), mounts });
const stream = server.stream('demo');
stream.replay = true;
console.log(`Listening on ${server.origin()}/ (stream: ${server.origin()}/sse/demo). Type: [event] data`);

let id = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const [, event, data] = /^(?:\[([^\]]+)\] ?)?(.*)$/.exec(line);
  stream.push({ id: String(++id), data, ...(event ? { event } : {}) });
  console.log(`event ${id} to ${stream.connections} connection(s), ${stream.total} request(s) so far`);
}
await server.close();
