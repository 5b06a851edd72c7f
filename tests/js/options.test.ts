import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { workers } from './page.js';

const refused = (options: unknown, code: string, ...words: string[]) =>
  assert.throws(
    () => connect('/events', options as object),
    (error: Error & { code: string }) => {
      assert.equal(error.code, code, error.message);
      for (const word of words) assert.ok(error.message.includes(word), error.message);
      return true;
    },
  );

test('an unknown option is refused by its full name', () => {
  refused({ withCredential: true }, 'BAD_OPTION', 'withCredential', 'no option');
  refused({ reconnect: { initialdelay: 1 } }, 'BAD_OPTION', 'reconnect.initialdelay');
  refused({ constructor: 1 }, 'BAD_OPTION', 'constructor');
  refused(JSON.parse('{"__proto__": {}}'), 'BAD_OPTION', '__proto__');
});

test('a wrong type is refused with what is expected', () => {
  refused({ withCredentials: 1 }, 'BAD_OPTION', 'withCredentials must be boolean');
  refused({ reconnect: 5 }, 'BAD_OPTION', 'reconnect must be object');
  refused({ reconnect: { maxDelay: '1s' } }, 'BAD_OPTION', 'reconnect.maxDelay must be number');
  refused({ channels: ['a', 1] }, 'BAD_OPTION', 'channels must be array');
  refused({ principal: 7 }, 'BAD_OPTION', 'principal must be string or null');
  refused({ key: null }, 'BAD_OPTION', 'key must be string');
  refused(null, 'BAD_OPTION', 'options must be object');
  refused([], 'BAD_OPTION', 'options must be object');
});

test('nothing is left running by a refused call', () => {
  assert.equal(workers.length, 0);
});

test('heartbeatTimeout takes a heartbeat, or fetch, which sees comments', () => {
  connect('/beat', { heartbeatTimeout: 1000, transport: 'fetch' });
  connect('/beat', { heartbeatTimeout: 1000, headers: { a: 'b' }, principal: null });
  refused({ heartbeatTimeout: 1000 }, 'BAD_OPTION', 'heartbeat.event must be string');
  refused({ heartbeatTimeout: 1000, heartbeat: {} }, 'BAD_OPTION', 'heartbeat.event');
});

test('what a request is made of', () => {
  refused({ transport: 1 }, 'BAD_OPTION', 'transport must be string');
  refused({ headers: 'a: b', principal: null }, 'BAD_OPTION', 'headers must be object or function');
  refused({ headers: { 'a b': 'c' }, principal: null }, 'BAD_OPTION', 'a b');
  refused({ headers: { a: 'ä€' }, principal: null }, 'BAD_OPTION');
  refused({ method: 1 }, 'BAD_OPTION', 'method must be string');
  refused({ body: {} }, 'BAD_OPTION', 'body must be string');
  refused({ url: () => '/events' }, 'BAD_OPTION', 'url is no option');
});

test('credentials take a principal, and a function url a key', () => {
  refused({ headers: { a: 'b' } }, 'PRINCIPAL_REQUIRED', 'principal');
  refused({ headers: () => ({}) }, 'PRINCIPAL_REQUIRED');
  assert.throws(() => connect(() => '/e', { principal: 'ann' }), { code: 'BAD_OPTION', message: /key must be string/ });
  assert.throws(() => connect(() => '/e', { key: 'e' }), { code: 'PRINCIPAL_REQUIRED' });
});

test('what later versions bring is refused, with what to use instead', () => {
  for (const mode of ['leader', 'direct']) refused({ mode }, 'UNSUPPORTED', "mode must be 'shared-worker'");
});

test('topics name their parameter', () => {
  refused({ topics: 'topic' }, 'BAD_OPTION', 'topics must be object');
  refused({ topics: {} }, 'BAD_OPTION', 'topics.param must be string');
  refused({ topics: { format: 'comma' } }, 'BAD_OPTION', 'topics.param must be string');
  refused({ topics: { param: 'topic', ids: 1 } }, 'BAD_OPTION', "topics.ids must be 'global' or 'connection'");
  refused({ topics: { param: 'topic', format: 'or' } }, 'BAD_OPTION', "topics.format must be 'repeat' or 'comma'");
  refused({ topics: { param: 'topic', list: [] } }, 'BAD_OPTION', 'topics.list is no option');
});

test('channel takes the name of a field', () => {
  refused({ channel: 'type' }, 'BAD_OPTION', 'channel must be object');
  refused({ channel: { json: 1 } }, 'BAD_OPTION', 'channel.json must be string');
  refused({ channel: { xml: 'a' } }, 'BAD_OPTION', 'channel.xml is no option');
});

test('resume.persist takes a boolean or a maxAge', () => {
  for (const persist of [1, 'yes', null, []]) refused({ resume: { persist } }, 'BAD_OPTION', 'resume.persist');
  refused({ resume: { persist: { maxAge: '1' } } }, 'BAD_OPTION', 'resume.persist.maxAge must be number');
  refused({ resume: { persist: { max: 1 } } }, 'BAD_OPTION', 'resume.persist.max is no option');
  refused({ resume: true }, 'BAD_OPTION', 'resume must be object');
});

test('subscribe checks its own options', () => {
  const hub = connect('/events');
  for (const replay of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, '1'])
    assert.throws(() => hub.subscribe('a', () => {}, { replay } as object), { code: 'BAD_OPTION' });
  assert.throws(() => hub.subscribe('a', () => {}, { topic: 1 } as object), { code: 'BAD_OPTION' });
  assert.throws(() => hub.subscribe('a', () => {}, { once: true } as object), { code: 'BAD_OPTION' });
  hub.subscribe('a', () => {}, { replay: 3, signal: undefined });
  hub.close();
});
