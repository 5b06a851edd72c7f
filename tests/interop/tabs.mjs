import assert from 'node:assert/strict';

/** A tab at `origin` that is connected to `url`. */
export async function connected(browser, origin, url, options) {
  const tab = await browser.open(`${origin}/client.html`);
  await tab.waitFor('the client page has loaded', () => window.t !== undefined);
  await tab.eval((...args) => t.connect(...args), url, options);
  return tab;
}

/** Subscribes, and waits until it is ready. */
export const subscribe = (tab, channel, options = {}) => tab.eval((...args) => t.subscribe(...args), channel, options);

/** The same of several, all at once. */
export const subscribeEach = (tab, channels) =>
  tab.eval((names) => Promise.all(names.map((name) => t.subscribe(name))).then(() => {}), channels);

/** Waits for as many events as expected, and holds that they are these: `[channel, data]`, in order. */
export async function received(tab, expected) {
  await tab
    .waitFor(`${expected.length} events`, (count) => t.events.length >= count, expected.length)
    .catch(async (error) => {
      error.message += `; it has ${JSON.stringify(await tab.eval(() => t.events))}`;
      throw error;
    });
  assert.deepEqual(await tab.eval(() => t.events.map(([channel, , data]) => [channel, data])), expected);
}

/** Nothing was told as missing, and nothing as wrong. */
export async function undisturbed(tab) {
  assert.deepEqual(await tab.eval(() => t.gaps), []);
  assert.deepEqual(await tab.eval(() => t.errors), []);
}
