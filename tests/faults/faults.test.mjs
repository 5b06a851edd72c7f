import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browsersUnderTest } from '../e2e/driver/selection.mjs';
import { plan } from './plan.mjs';
import { Rig } from './rig.mjs';

// The quick subset, on the built package: nothing lost in silence, nothing twice.
for (const { browser, implementations, runs } of plan({ browsers: browsersUnderTest(), isQuick: true })) {
  describe(`faults on ${browser}`, () => {
    let rig;
    before(async () => {
      rig = await Rig.start(browser, implementations);
    });
    after(() => rig?.stop());

    for (const { scenario, implementation, host } of runs) {
      test(`${host}: ${scenario.title}`, { timeout: 180_000 }, async () => {
        const result = await rig.run(scenario, implementation, host);
        assert.ok(result.sent > 0);
        assert.ok(!result.isBroken, JSON.stringify(result));
      });
    }
  });
}
