import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export const title = "the browser's own EventSource and the fetch transport read the same bytes as the same events";

const vectors = JSON.parse(readFileSync(new URL('../../conformance/vectors.json', import.meta.url), 'utf8'));
const names = [...new Set(vectors.flatMap(({ events }) => events.map(([name]) => name)))];

/** Bytes at a time; the whole goes in one write. */
const CHUNKS = [Number.POSITIVE_INFINITY, 7, 1];

/** Where an engine's own EventSource strays from the standard, and so from the vector and from tabmux. */
const STRAYS = {};

export async function run(scene) {
  const { stream, browser } = scene;
  const tab = await scene.open();
  for (const size of CHUNKS) {
    // A long stream byte by byte takes seconds, and shows nothing that a short one does not.
    const chosen = vectors.filter(({ input }) => size > 1 || input.length < 100);
    stream.respond(({ query }) => ({
      headers: { 'content-type': 'text/event-stream' },
      body: inPieces(Buffer.from(vectors[query.vector].input, 'latin1'), size),
    }));
    for (const vector of chosen) {
      const at = vectors.indexOf(vector);
      const strays = STRAYS[browser.name]?.includes(vector.name);
      const url = `${scene.url}?vector=${at}&size=${size}`;
      const what = `${vector.name}, by ${size}`;
      if (!strays) assert.deepEqual(await tab.eval(native, url, names), vector.events, `EventSource: ${what}`);
      assert.deepEqual(await tab.eval(fetched, url), vector.events, `fetch: ${what}`);
    }
  }
  await tab.close();
}

/** Runs in the page: what EventSource makes of one response. */
function native(url, types) {
  return new Promise((resolve) => {
    const source = new EventSource(url);
    const events = [];
    for (const type of types)
      source.addEventListener(type, ({ data, lastEventId }) => events.push([type, data, lastEventId]));
    source.addEventListener('error', () => {
      source.close();
      resolve(events);
    });
  });
}

/** Runs in the page: the same by way of tabmux. */
async function fetched(url) {
  const { connect } = await import('/tabmux/index.js');
  const hub = connect(url, { transport: 'fetch', maxStreamsPerOrigin: 1000 });
  const events = [];
  const ended = new Promise((resolve) => {
    hub.addEventListener('status', ({ detail }) => {
      // The response has ended; what was before it has been delivered before this.
      if (detail.previous === 'open') resolve();
    });
  });
  hub.subscribe('*', ({ channel, data, id }) => events.push([channel, data, id]));
  await ended;
  hub.close();
  return events;
}

function inPieces(bytes, size) {
  if (size > bytes.length) return [bytes];
  const pieces = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
