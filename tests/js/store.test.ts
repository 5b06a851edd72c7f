import assert from 'node:assert/strict';
import test from 'node:test';
import { store } from '../../js/store.js';

/** IndexedDB as far as the store uses it: what happens, and when, a test says. */
class FakeStorage {
  readonly opened: FakeRequest[] = [];
  readonly transactions: FakeTransaction[] = [];
  entries = new Map<unknown, unknown>();

  open(): FakeRequest {
    const request = new FakeRequest();
    this.opened.push(request);
    return request;
  }

  database() {
    return {
      transaction: () => {
        const transaction = new FakeTransaction(this.entries);
        this.transactions.push(transaction);
        return transaction;
      },
      close() {},
    };
  }
}

class FakeRequest {
  onsuccess?: () => void;
  onerror?: () => void;
  result: unknown;
  error: unknown;
}

class FakeTransaction {
  oncomplete?: () => void;
  onabort?: () => void;
  error: unknown;
  readonly entries: Map<unknown, unknown>;

  constructor(entries: Map<unknown, unknown>) {
    this.entries = entries;
  }

  objectStore() {
    return {
      put: (value: unknown, key: unknown) => this.entries.set(key, value),
      clear: () => this.entries.clear(),
      openCursor: () => {
        const request = new FakeRequest();
        const keys = [...this.entries.keys()];
        const next = () => {
          const key = keys.shift();
          const cursor = { key, value: this.entries.get(key), delete: () => this.entries.delete(key), continue: next };
          request.result = key === undefined ? null : cursor;
          request.onsuccess?.();
        };
        queueMicrotask(next);
        return request;
      },
    };
  }
}

function open(key: number, value?: string) {
  const storage = new FakeStorage();
  Object.assign(globalThis, { indexedDB: storage });
  const answers: unknown[] = [];
  store(key, value, 1000, (answer) => answers.push(answer));
  const request = storage.opened[0] as FakeRequest;
  const succeed = () => {
    request.result = storage.database();
    request.onsuccess?.();
    return storage.transactions[0] as FakeTransaction;
  };
  const fail = (name: string) => {
    request.error = new DOMException('', name);
    request.onerror?.();
  };
  return { storage, answers, succeed, fail };
}

test('what is written is answered once, by nothing where it went well', async () => {
  const { storage, answers, succeed } = open(5, 'id');
  const transaction = succeed();
  assert.deepEqual(answers, []);
  transaction.oncomplete?.();
  assert.deepEqual(answers, [undefined]);
  assert.equal((storage.entries.get(5) as unknown[])[0], 'id');
});

test('what is read is answered with its age, nothing with nothing', async () => {
  for (const [entries, answer] of [
    [[[5, ['id', Date.now(), 60_000]]], 'id'],
    [[[7, ['other', Date.now(), 60_000]]], undefined],
  ] as const) {
    const { storage, answers, succeed } = open(5);
    storage.entries = new Map<unknown, unknown>(entries as never);
    const transaction = succeed();
    await null;
    transaction.oncomplete?.();
    assert.equal(answers.length, 1);
    assert.equal((answers[0] as unknown[] | undefined)?.[0], answer);
  }
});

test('what is no entry, and what is too old, goes', async () => {
  const { storage, succeed } = open(5);
  storage.entries = new Map<unknown, unknown>([
    [1, 'not ours'],
    [2, ['old', Date.now() - 2000, 1000]],
    [3, ['fresh', Date.now(), 60_000]],
  ]);
  succeed();
  await null;
  assert.deepEqual([...storage.entries.keys()], [3]);
});

test('an error is answered by its name, and nothing is after it', async () => {
  const { answers, succeed, fail } = open(5, 'id');
  fail('UnknownError');
  // An engine that reports a database as lost and opens it then.
  succeed().oncomplete?.();
  assert.deepEqual(answers, ['UnknownError']);
});

test('a transaction that aborts after it has failed is one answer', async () => {
  const { answers, succeed } = open(5, 'id');
  const transaction = succeed();
  transaction.error = new DOMException('', 'QuotaExceededError');
  transaction.onabort?.();
  transaction.onabort?.();
  transaction.oncomplete?.();
  assert.deepEqual(answers, ['QuotaExceededError']);
});

test('storage that is forbidden is answered later, like every other', async () => {
  Object.defineProperty(globalThis, 'indexedDB', {
    configurable: true,
    get() {
      throw new DOMException('', 'SecurityError');
    },
  });
  const answers: unknown[] = [];
  store(5, undefined, 0, (answer) => answers.push(answer));
  assert.deepEqual(answers, []);
  await null;
  assert.deepEqual(answers, ['SecurityError']);
});
