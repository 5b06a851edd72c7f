import assert from 'node:assert/strict';
import test from 'node:test';
import { closureOf, exportsOf } from '../../js/memory.js';

type Helpers = Record<'putText' | 'putNumber', (at: number, value: unknown) => void> & {
  text(at: number, length: number): string;
};

/** A module with one page of memory and a table, which gives out the imports `x` and `y` again. */
const MODULE = new WebAssembly.Module(
  Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 15, 2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f],
    ...[2, 13, 2, 1, 0x61, 1, 0x78, 0, 0, 1, 0x61, 1, 0x79, 0, 1],
    ...[4, 5, 1, 0x6f, 0, 0x84, 8],
    ...[5, 3, 1, 0, 1],
    ...[7, 17, 4, 1, 0x6d, 2, 0, 1, 0x78, 0, 0, 1, 0x79, 0, 1, 1, 0x74, 1, 0],
  ]),
);

function made() {
  let helpers = {} as Helpers;
  const moves: number[][] = [];
  const grow = () => void (exports.m as WebAssembly.Memory).grow(1);
  const importsOf = (given: object) => {
    helpers = given as Helpers;
    const x = () => {
      grow();
      return 64;
    };
    const y = (...asked: number[]) => {
      grow();
      moves.push(asked);
      return 128;
    };
    return { x, y };
  };
  const exports = exportsOf(MODULE, importsOf, 'm', 'x', 'y', 't');
  const words = (at: number) => {
    const view = new DataView((exports.m as WebAssembly.Memory).buffer);
    return [view.getInt32(at, true), view.getInt32(at + 4, true)] as const;
  };
  return { exports, helpers, moves, words };
}

test('a text is put where the allocator says, in a memory that grew for it', () => {
  const { helpers, words } = made();
  helpers.putText(8, undefined);
  assert.deepEqual(words(8), [0, 0]);
  helpers.putText(8, 'plain');
  assert.deepEqual(words(8), [64, 5]);
  assert.equal(helpers.text(64, 5), 'plain');
});

test('a text that is not all ASCII is moved and put as a whole', () => {
  const { helpers, moves, words } = made();
  helpers.putText(8, 'aä€');
  assert.deepEqual(moves, [[64, 3, 6, 1]]);
  assert.deepEqual(words(8), [128, 6]);
  assert.equal(helpers.text(128, 6), 'aä€');
});

test('a number is put with a word that says whether it is one', () => {
  const { exports, helpers, words } = made();
  helpers.putNumber(16, '1');
  assert.equal(words(16)[0], 0);
  helpers.putNumber(16, 1.5);
  assert.equal(words(16)[0], 1);
  assert.equal(new DataView((exports.m as WebAssembly.Memory).buffer).getFloat64(24, true), 1.5);
});

test('the values that each module knows are where wasm-bindgen has them', () => {
  const table = made().exports.t as WebAssembly.Table;
  assert.deepEqual(
    [0, 1024, 1025, 1026, 1027].map((at) => table.get(at)),
    [undefined, undefined, null, true, false],
  );
});

test('a closure that its owner drops while it runs is dropped once it has run', () => {
  const told: string[] = [];
  const drop = (at: number, table: number) => void told.push(`drop ${at} ${table}`);
  const run = closureOf(
    1,
    2,
    () => {
      run.release();
      told.push('called');
    },
    drop,
  );
  run();
  assert.deepEqual(told, ['called', 'drop 1 2']);
});

test('a closure that is called again and again is dropped with its owner, also if a call fails', () => {
  let dropped = 0;
  const run = closureOf(
    1,
    2,
    () => {
      throw new Error('trap');
    },
    () => dropped++,
  );
  for (let calls = 0; calls < 3; calls++) assert.throws(run, /trap/);
  assert.equal(dropped, 0);
  run.release();
  assert.equal(dropped, 1);
});
