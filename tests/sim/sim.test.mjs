import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import test from 'node:test';
import { walk } from './walk.mjs';

// A stream of bytes is aborted by more listeners than Node expects.
setMaxListeners(0);

/** Walks of each kind: so many of them, from the first seed on. `SIM_SEEDS=500 SIM_FROM=1000` goes where none has been. */
const SEEDS = Number(process.env.SIM_SEEDS ?? 6);
const FROM = Number(process.env.SIM_FROM ?? 1);

const isPlain = { withLocks: false };
const breaks = { cuts: 0.005, refusals: 0.001, gaps: ['no-id'], errors: ['NETWORK', 'HTTP_STATUS'] };
const dies = { deaths: 2, gaps: ['worker'] };

const KINDS = {
  'by EventSource, many pages that only listen': { transport: 'eventsource', isCalm: true },
  'by EventSource, pages come, go and sleep': { transport: 'eventsource' },
  'by fetch, without locks, some hear all': { transport: 'fetch', catchesAll: true, ...isPlain },
  'messages of BroadcastChannels are lost': { transport: 'eventsource', losses: 0.02 },
  'EventSources break': { transport: 'eventsource', ...breaks, ...isPlain },
  'fetches break': { transport: 'fetch', catchesAll: true, ...breaks },
  'the worker dies, with locks': { transport: 'eventsource', ...dies },
  'the worker dies, without locks': { transport: 'fetch', catchesAll: true, ...dies, ...isPlain },
};

for (const [kind, options] of Object.entries(KINDS))
  test(`nothing is lost or told twice, and all in order: ${kind}`, async () => {
    let received = 0;
    let aired = 0;
    for (let seed = FROM; seed < FROM + SEEDS; seed++) {
      const world = await walk(seed, options);
      assert.deepEqual(world.problems.slice(0, 5), [], `SIM_FROM=${seed} SIM_SEEDS=1`);
      received += world.received;
      aired += world.wires.aired;
    }
    assert.ok(received > SEEDS * 5000 && aired > 0, `${received} events, ${aired} messages on the air`);
  });
