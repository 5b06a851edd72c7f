import { startServer } from '../server/server.mjs';

/** Tried first, so that the URL compiled into the tests stays the same from run to run. */
const PORT = 45_871;

/**
 * The SSE server of the wasm tests (`src/tests`), which run in a SharedWorker and can't drive one: what it holds is
 * said here, once. A request that presents the id `start` gets all that follows it.
 */
export async function startWasmTestServer() {
  const server = await startServer({ port: PORT }).catch(() => startServer());
  const stream = server.stream('wasm');
  stream.replay = true;
  stream.cors = { origin: true };
  stream.push({ id: 'start' });
  stream.push({ event: 'greeting', id: '1', data: 'hello' });
  stream.push({ event: 'greeting', data: 'no id of its own' });
  stream.push({ event: 'greeting', id: '2', data: 'two\nlines' });
  stream.push({ event: 'open', id: '3', data: 'named open' });
  stream.push({ event: 'error', id: '4', data: 'named error' });
  stream.push({ event: '__proto__', id: '5', data: 'named __proto__' });
  stream.push({ id: '6', data: 'unnamed' });
  return server;
}
