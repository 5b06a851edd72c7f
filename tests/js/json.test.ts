import assert from 'node:assert/strict';
import test from 'node:test';
import { field } from '../../js/json.js';

const parsed = (json: string, name: string): unknown => {
  const value = JSON.parse(json);
  const own = typeof value === 'object' && value && !Array.isArray(value) && Object.hasOwn(value, name);
  return own && typeof value[name] === 'string' ? value[name] : undefined;
};

test('a top-level string is found wherever it stands, as JSON.parse has it', () => {
  for (const json of [
    '{"type":"a"}',
    ' {\n"type" : "a" , "b" : 1 } ',
    '{"x":{"type":"b"},"type":"a"}',
    '{"x":["type",":","b",{"type":"c"}],"type":"a"}',
    '{"x":"\\"type\\":\\"b\\"","type":"a"}',
    '{"x":"{[\\\\","type":"a"}',
    '{"type":"b","type":"a"}',
    '{"type":"a","type":1}',
    '{"type":"a","type":{"type":"b"}}',
    '{"type":"a","type":["b"]}',
    '{"t\\u0079pe":"a\\n\\u00e4"}',
    '{"type":{"type":"a"}}',
    '{"x":"type"}',
    '{"type":null}',
    '{"type":""}',
    '{}',
    '[]',
    '["type","a"]',
    '[{"type":"a"}]',
    '"type"',
    '"{\\"type\\":\\"a\\"}"',
    '12',
    'null',
    '{"__proto__":"b","type":"a"}',
  ])
    for (const name of ['type', '__proto__', 'x', 'toString'])
      assert.equal(field(json, name), parsed(json, name), `${json} ${name}`);
});

test('what is cut off gives nothing, and nothing throws', () => {
  const json = '{"x":{"type":"b"},"type":"a\\"","y":[1,"\\\\"]}';
  for (let end = 0; end < json.length; end++) assert.equal(field(json.slice(0, end), 'type'), undefined);
  for (const bad of ['', 'x', '"', '{"type":"\\x"}', '{"\\u00":"a"}', '}', '{"type"', '\\"', '{"a":"\\'])
    assert.equal(field(bad, 'type'), undefined, bad);
});

test('what JSON.stringify writes is read as JSON.parse reads it', () => {
  // A small generator of its own: the same documents each time.
  let seed = 7;
  const below = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % n;
  };
  const TEXTS = ['type', 'a', '"', '\\', '{', '}', '[', ':', ',', '\n', '\\"', 'ä😀', '\u2028', ''];
  const text = () => Array.from({ length: below(4) }, () => TEXTS[below(TEXTS.length)]).join('');
  const value = (depth: number): unknown => {
    const kind = below(depth ? 6 : 4);
    if (kind === 4) return Array.from({ length: below(4) }, () => value(depth - 1));
    if (kind === 5) return object(depth - 1);
    return [text(), below(100) / 7, null, true][kind];
  };
  const object = (depth: number) =>
    Object.fromEntries(Array.from({ length: below(5) }, () => [text() || 'type', value(depth)]));
  for (let n = 0; n < 5000; n++) {
    const json = JSON.stringify(object(3), null, below(3));
    for (const name of ['type', '"', '\\', 'typea']) assert.equal(field(json, name), parsed(json, name), json);
  }
});
