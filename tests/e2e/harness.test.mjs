import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mounts } from '../server/mounts.mjs';
import { startServer } from '../server/server.mjs';
import { Browser, PLAIN_HOST } from './driver/browser.mjs';
import { browsersUnderTest } from './driver/selection.mjs';
import { waitFor } from './driver/wait.mjs';

// The harness proves itself with pages that know nothing of tabmux, so that a red test elsewhere is tabmux's.
for (const name of browsersUnderTest()) {
  describe(`harness on ${name}`, () => {
    let server;
    let browser;
    before(async () => {
      server = await startServer({ mounts });
      browser = await Browser.launch(name, { proxyPort: server.port });
    });
    after(async () => {
      await browser?.quit();
      await server?.close();
    });

    for (const host of ['localhost', PLAIN_HOST]) {
      test(`tabs on ${host} are counted, share a worker and close`, async () => {
        const stream = server.stream(`shared-${host}`);
        const url = `${server.origin(host)}/fixtures/shared.html?${stream.name}`;
        const tabs = [];
        for (let n = 0; n < 3; n++) tabs.push(await browser.open(url));
        for (const tab of tabs) await tab.waitFor('the worker answers', () => window.got.includes('ready'));
        await waitFor('one connection', () => stream.connections === 1);
        stream.push({ data: 'hello' });
        for (const tab of tabs) await tab.waitFor('the event arrives', () => window.got.includes('hello'));
        assert.equal(stream.total, 1);
        assert.equal(await tabs[0].eval(() => isSecureContext), host === 'localhost');
        for (const tab of tabs) await tab.close();
        await waitFor('the connection ends with the last tab', () => stream.connections === 0);
      });
    }

    test('a reload runs the page again, and an error in the page comes back', async () => {
      const stream = server.stream('plain');
      const tab = await browser.open(`${server.origin()}/fixtures/plain.html?plain`);
      await tab.waitFor('open', () => window.got.includes('ready'));
      await tab.eval((mark) => {
        window.mark = mark;
      }, 7);
      assert.equal(await tab.eval(() => window.mark), 7);
      await tab.reload();
      await tab.waitFor('open again', () => window.got.includes('ready'));
      assert.equal(await tab.eval(() => window.mark ?? 'gone'), 'gone');
      assert.equal(stream.total, 2);
      await assert.rejects(
        tab.eval(async () => {
          throw new TypeError('from the page');
        }),
        { name: 'TypeError', message: 'from the page' },
      );
      await tab.close();
    });

    if (name === 'chromium') {
      test('a renderer crashes alone, a SharedWorker is killed alone', async () => {
        const stream = server.stream('crash');
        const url = `${server.origin()}/fixtures/shared.html?crash`;
        const [a, b] = [
          await browser.open(url),
          await browser.open(`${server.origin(PLAIN_HOST)}/fixtures/plain.html?x`),
        ];
        await a.waitFor('ready', () => window.got.includes('ready'));
        await waitFor('connected', () => stream.connections === 1);
        await b.crash();
        await waitFor('the crashed page lost its connection', () => server.stream('x').connections === 0);
        assert.equal(stream.connections, 1);
        // Those of the tests before may be on their way out.
        await waitFor('one worker', async () => (await browser.sharedWorkers()).length === 1);
        assert.equal(await browser.killSharedWorkers(), 1);
        await waitFor('the worker lost its connection', () => stream.connections === 0);
        assert.equal(await a.eval(() => window.got.length), 1, 'the page lives');
        await a.close();
      });
    }
  });
}
