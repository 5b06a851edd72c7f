import assert from 'node:assert/strict';
import { waitFor } from '../e2e/driver/wait.mjs';

/** The app at `url` in two tabs: events of `stream` reach both over one connection, and nothing is complained of. */
export async function twoTabs(browser, url, stream) {
  const tabs = [await browser.open(url), await browser.open(url)];
  try {
    await waitFor('one connection', () => stream.connections === 1, {
      state: () => tabs[0].eval(() => window.problems).catch(String),
    });
    // The second tab may subscribe later than the first event is sent: push until both have one.
    let n = 0;
    for (const tab of tabs) {
      await waitFor('an event', async () => {
        stream.push({ event: 'tick', id: String(++n), data: JSON.stringify({ n }) });
        // Vite's dev server reloads a page once when it finds a dependency: the question is then asked again.
        return tab.eval(() => window.events.length > 0 && typeof window.events[0].n === 'number').catch(() => false);
      });
    }
    for (const tab of tabs) {
      assert.deepEqual(await tab.eval(() => window.problems), []);
      // Behind such a reload it comes once more.
      await tab.waitFor('tabmux/auto', () => window.installed === true);
    }
    assert.equal(stream.connections, 1);
  } finally {
    await browser.closeTabs();
  }
}
