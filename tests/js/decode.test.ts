import assert from 'node:assert/strict';
import test from 'node:test';

const GIB = 2 ** 30;

/** As Safari's up to 18.4. */
class LimitedDecoder {
  private had = 0;

  constructor() {
    decoders++;
  }

  decode({ length }: Uint8Array): string {
    this.had += length;
    if (this.had > 2 * GIB) throw new RangeError('Bad value');
    return 'text';
  }
}
let decoders = 0;
globalThis.TextDecoder = LimitedDecoder as unknown as typeof TextDecoder;

test('D-1: a decoder is let go of before it has had as much as Safari lets one have', async () => {
  const { decode } = await import('../../js/decode.js');
  // No bytes: only their number is looked at.
  const chunk = { length: GIB / 16 } as Uint8Array;
  for (let n = 0; n < 100; n++) assert.equal(decode(chunk), 'text');
  assert.ok(decoders > 4 && decoders < 10, `${decoders}`);
});
