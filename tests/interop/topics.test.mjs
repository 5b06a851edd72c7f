import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Browser } from '../e2e/driver/browser.mjs';
import { browsersUnderTest } from '../e2e/driver/selection.mjs';
import { mounts } from '../server/mounts.mjs';
import { startServer } from '../server/server.mjs';

// tabmux as it ships, in real tabs, against servers that filter by topics. INTEROP_CASES names some of them.
const cases = await Promise.all(
  readdirSync(new URL('./cases/', import.meta.url))
    .filter((file) => process.env.INTEROP_CASES?.split(',').includes(file.replace('.mjs', '')) ?? true)
    .sort()
    .map((file) => import(`./cases/${file}`)),
);

for (const name of browsersUnderTest()) {
  describe(`topics on ${name}`, () => {
    let server;
    let browser;
    before(async () => {
      server = await startServer({ mounts });
      // Without a proxy: the servers are on localhost, and WebKitGTK would ask the proxy for them.
      browser = await Browser.launch(name, {});
    });
    after(async () => {
      await browser?.quit();
      await server?.close();
    });
    for (const { title, run } of cases) {
      test(title, { timeout: 120_000 }, async () => {
        try {
          await run({ server, browser });
        } finally {
          await browser.closeTabs();
        }
      });
    }
  });
}
