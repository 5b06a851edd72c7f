import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { TabmuxError } from '../../js/errors.js';

test('a URL that does not parse or is not http(s) is BAD_URL', () => {
  for (const url of ['http://', 'ftp://app.test/x', 'data:text/plain,x', 'javascript:0'])
    assert.throws(
      () => connect(url),
      (error) => error instanceof TabmuxError && error.code === 'BAD_URL' && /http\(s\)/.test(error.message),
    );
});

test('an empty channel, and one that is no string', () => {
  const hub = connect('/events');
  for (const channel of ['', undefined, null, 5, {}])
    assert.throws(() => hub.subscribe(channel as never, () => {}), { code: 'BAD_CHANNEL' });
  assert.throws(() => hub.events(''), { code: 'BAD_CHANNEL' });
});

test('a handler that is no function', () => {
  const hub = connect('/events');
  for (const handler of [undefined, null, 'f', {}])
    assert.throws(() => hub.subscribe('a', handler as never), { code: 'BAD_HANDLER' });
});

test('used after close', async () => {
  const hub = connect('/events');
  hub.close();
  hub.close();
  assert.equal(hub.status, 'closed');
  assert.throws(() => hub.subscribe('a', () => {}), { code: 'CLOSED' });
  assert.throws(() => hub.events('a'), { code: 'CLOSED' });
  await assert.rejects(hub.stats(), { code: 'CLOSED' });
  hub.reconnect();
});

test('a browser without SharedWorker', () => {
  const { SharedWorker } = globalThis;
  Reflect.deleteProperty(globalThis, 'SharedWorker');
  try {
    assert.throws(() => connect('/events'), { code: 'UNSUPPORTED' });
  } finally {
    globalThis.SharedWorker = SharedWorker;
  }
});
