import assert from 'node:assert/strict';
import { SILENT_CLOSE } from '../context.mjs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title = 'the connection opens with the first subscriber and closes with the last';

/** The grace (SPEC D-7). */
const GRACE = 5_000;

export async function run(scene) {
  const { stream } = scene;
  // Keeps the worker alive through the reload below, without a subscription of its own.
  const idle = await scene.connect(['elsewhere']);
  await idle.eval(() => t.unsubscribe('elsewhere'));
  await waitFor('nobody subscribes', () => stream.connections === 0);
  await idle.waitFor('idle', () => t.hub.status === 'idle');
  const before = stream.total;
  const reader = await scene.connect(['chat']);
  await scene.connected([reader]);

  // A page that reloads subscribes again within the grace: the server sees nothing of it.
  const began = performance.now();
  await reader.reload();
  await scene.ready(reader);
  await scene.join(reader, ['chat']);
  const took = performance.now() - began;
  await scene.connected([reader]);
  stream.push({ event: 'chat', id: '1', data: 'after the reload' });
  await scene.received(reader, [['chat', '1', 'after the reload']]);
  // Of a machine that took longer than the grace nothing can be asked.
  if (took < GRACE) assert.equal(stream.total, before + 1);
  const asked = stream.total;

  await reader.eval(() => t.unsubscribe('chat'));
  const limit = scene.secure ? LIMIT : SILENT_CLOSE;
  await waitFor('the connection closes after the grace', () => stream.connections === 0, { limit });
  await reader.waitFor('idle again', () => t.hub.status === 'idle');
  await reader.eval(() => t.subscribe('chat'));
  await waitFor('and opens again', () => stream.connections === 1);
  assert.equal(stream.total, asked + 1);
}
