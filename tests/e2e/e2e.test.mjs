import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Context } from './context.mjs';
import { PLAIN_HOST } from './driver/browser.mjs';
import { browsersUnderTest } from './driver/selection.mjs';

// Every case runs in every browser that can, on localhost (a secure context) and on a plain-http host name (none); one
// that names `browsers` or `hosts` in those alone.
const cases = await Promise.all(
  readdirSync(new URL('./cases/', import.meta.url))
    .filter((file) => process.env.E2E_CASES?.split(',').includes(file.replace('.mjs', '')) ?? true)
    .sort()
    .map((file) => import(`./cases/${file}`)),
);

for (const name of browsersUnderTest()) {
  describe(`tabmux on ${name}`, () => {
    let context;
    before(async () => {
      context = await Context.start(name);
    });
    after(() => context?.stop());

    for (const host of ['localhost', PLAIN_HOST]) {
      for (const { title, run, browsers, hosts } of cases) {
        if (browsers && !browsers.includes(name)) continue;
        if (hosts && !hosts.includes(host)) continue;
        test(`${host}: ${title}`, { timeout: 300_000 }, () => context.run(host, run));
      }
    }
  });
}
