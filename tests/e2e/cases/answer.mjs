import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'one streamed answer to many tabs: each cancels for itself, the last one ends the request at once';

/** Less than the grace of a stream that a reload may come back to (SPEC D-7); at once on a busy machine. */
const AT_ONCE = 4_500;

const data = (content) => JSON.stringify({ choices: [{ delta: { content } }] });

export async function run(scene) {
  const { stream, url } = scene;
  const open = async () => {
    const tab = await scene.browser.open(`${scene.server.origin(scene.host)}/answer.html`);
    await scene.ready(tab);
    return tab;
  };
  const ask = (tab, prompt) => tab.eval((...args) => t.ask(...args), url, prompt);
  const reads = (tab, text) => tab.waitFor(text, (wanted) => t.text === wanted, text);
  const ends = async (tab, how) => assert.equal(await tab.waitFor('the end', () => t.end), how);
  const freed = () => waitFor('the request is freed', () => stream.connections === 0, { limit: AT_ONCE });

  // Two tabs ask the same; one more comes while the answer runs, and reads it from its first word on.
  const tabs = [await open(), await open(), await open()];
  const [first, second, late] = tabs;
  await ask(first, 'why?');
  await ask(second, 'why?');
  await waitFor('one request', () => stream.connections === 1);
  assert.deepEqual([stream.last.method, stream.last.body], ['POST', '{"prompt":"why?"}']);
  assert.match(stream.last.headers['content-type'], /^application\/json/);
  // The role comes first, without text, as servers of language models have it.
  stream.push({ data: JSON.stringify({ choices: [{ delta: { role: 'assistant' } }] }) });
  stream.push({ data: data('Be') }).push({ data: data('cause') });
  await reads(first, 'Because');
  await ask(late, 'why?');
  await reads(late, 'Because');

  // One cancels: it ends, the others read on.
  await first.eval(() => t.cancel());
  await ends(first, 'read');
  stream.push({ data: data(' so.') });
  for (const tab of [second, late]) await reads(tab, 'Because so.');
  assert.equal(await first.eval(() => t.text), 'Because');
  assert.deepEqual([stream.connections, stream.total], [1, 1]);

  // All cancel: the server sees it at once.
  await second.eval(() => t.cancel());
  await late.eval(() => t.cancel());
  await freed();
  assert.equal(stream.total, 1);

  // Asked again, it is asked anew; `[DONE]` ends it in every tab, and nobody asks once more.
  await ask(first, 'why?');
  await ask(second, 'why?');
  await waitFor('another request', () => stream.connections === 1);
  stream.push({ data: data('Again.') });
  // Both read it before it ends: who asks behind the end has asked for another one.
  for (const tab of [first, second]) await reads(tab, 'Again.');
  stream.push({ data: '[DONE]' });
  for (const tab of [first, second]) {
    await ends(tab, 'read');
    assert.equal(await tab.eval(() => t.text), 'Again.');
  }
  await freed();
  assert.equal(stream.total, 2);

  // A long one, of which a tab that comes late gets all at once.
  await ask(first, 'at length?');
  await waitFor('a request for it', () => stream.connections === 1);
  const words = Array.from({ length: 3_000 }, (_, at) => `${at} `);
  for (const word of words) stream.push({ data: data(word) });
  await reads(first, words.join(''));
  await ask(second, 'at length?');
  await reads(second, words.join(''));
  stream.push({ data: '[DONE]' });
  for (const tab of [first, second]) await ends(tab, 'read');
  await freed();

  // What breaks off and can't be taken up, there being no ids, is an error and no answer that begins twice.
  await ask(first, 'and then?');
  await waitFor('a fourth request', () => stream.connections === 1);
  stream.push({ data: data('Half') });
  await reads(first, 'Half');
  stream.drop();
  await ends(first, 'Error: The answer broke off.');
  await freed();

  // What the server refuses is an error too.
  stream.respond({ status: 400 });
  await ask(first, 'no');
  assert.match(await first.waitFor('the end', () => t.end), /HTTP_STATUS/);
}
