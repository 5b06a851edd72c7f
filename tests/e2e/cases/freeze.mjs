import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'a frozen tab delays nobody, and catches up or is told when it thaws';
/** The other drivers can't freeze a tab. */
export const browsers = ['chromium'];

const BOUND = 20;

export async function run(scene) {
  const { stream } = scene;
  const frozen = await scene.connect(['settle', 'chat'], { buffer: { events: BOUND } });
  const other = await scene.connect(['settle', 'chat']);
  await scene.connected([frozen, other]);
  const sent = [];
  const push = (count) => {
    for (let n = 0; n < count; n++) {
      const id = String(sent.length + 1);
      sent.push(['chat', id, `data ${id}`]);
      stream.push({ event: 'chat', id, data: `data ${id}` });
    }
  };
  /** One by one: what a tab may be sent without an answer is spent. */
  const slowly = async (count) => {
    for (let n = 0; n < count; n++) {
      push(1);
      await other.waitFor('the event', (all) => t.events.length === all, sent.length);
    }
  };

  await slowly(2);
  await frozen.freeze(other);
  await slowly(3);
  push(10);
  await other.waitFor('all events', (all) => t.events.length === all, sent.length);
  await frozen.thaw();
  await scene.received(frozen, sent);
  assert.deepEqual(await frozen.eval(() => t.gaps), []);

  await frozen.freeze(other);
  await slowly(3);
  push(100);
  await scene.received(other, sent);
  const { queued } = await other.eval(() => t.hub.stats());
  assert.ok(queued <= BOUND, `${queued} wait`);
  await frozen.thaw();
  await frozen.waitFor('the last event', (id) => t.events.some(([, seen]) => seen === id), sent.at(-1)[1]);
  await waitFor('the gap is told', () => frozen.eval(() => t.gaps.length > 0));
  const [had, gaps] = await frozen.eval(() => [t.events.map(([channel, id, data]) => [channel, id, data]), t.gaps]);
  assert.ok(
    gaps.every(({ channel, cause }) => channel === 'chat' && cause === 'overflow'),
    JSON.stringify(gaps),
  );
  const dropped = gaps.reduce((sum, gap) => sum + gap.dropped, 0);
  assert.equal(had.length + dropped, sent.length, 'every event came, or is counted');
  // The bound counts what has left and is to be acknowledged: two batches of one event.
  const kept = BOUND - 2;
  assert.deepEqual(had.slice(-kept), sent.slice(-kept), 'the newest are kept, in order');
  assert.deepEqual(await other.eval(() => t.gaps), []);
}
