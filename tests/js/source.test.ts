import assert from 'node:assert/strict';
import test from 'node:test';
import { sourceOf } from '../../js/source.js';
import { LOST, OPENED, RETRYING } from '../../js/told.js';

/** The browser's: as one that goes on dispatching what was on its way when it was closed. */
class FakeEventSource extends EventTarget {
  readyState = 0;

  says(name: string, data: string, lastEventId = ''): void {
    this.dispatchEvent(new MessageEvent(name, { data, lastEventId }));
  }

  tells(name: 'open' | 'error', readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event(name));
  }

  close(): void {
    this.readyState = 2;
  }
}

function make() {
  const browsers = new FakeEventSource();
  const heard: unknown[] = [];
  const told = (...word: unknown[]) => heard.push(word);
  const source = sourceOf(browsers as unknown as EventSource, 7, told, told);
  return { browsers, source, heard: () => heard.splice(0) };
}

test('it tells that it opened, was lost for good, or is tried again', () => {
  const { browsers, heard } = make();
  browsers.tells('open', 1);
  browsers.tells('error', 0);
  browsers.tells('error', 2);
  assert.deepEqual(heard(), [
    [OPENED, 7],
    [RETRYING, 7],
    [LOST, 7],
  ]);
});

test('events named open and error are events, and what the browser says is none', () => {
  const { browsers, source, heard } = make();
  source.listen(0, 'open');
  source.listen(3, 'error');
  browsers.says('open', 'a', '1');
  browsers.says('error', '');
  assert.deepEqual(heard(), [
    [7, 0, '1', 'a'],
    [7, 3, '', ''],
  ]);
  browsers.tells('open', 1);
  browsers.tells('error', 2);
  assert.deepEqual(heard(), [
    [OPENED, 7],
    [LOST, 7],
  ]);
});

test('a channel that is let go of is heard no more, and of a closed one nothing', () => {
  const { browsers, source, heard } = make();
  source.listen(1, 'a');
  source.listen(2, 'b');
  source.unlisten(1);
  source.unlisten(9);
  browsers.says('a', 'x');
  browsers.says('b', 'y', '2');
  assert.deepEqual(heard(), [[7, 2, '2', 'y']]);
  source.close();
  assert.equal(browsers.readyState, 2);
  browsers.says('b', 'z');
  browsers.tells('open', 1);
  browsers.tells('error', 2);
  assert.deepEqual(heard(), []);
});
