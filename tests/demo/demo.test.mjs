import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Browser } from '../e2e/driver/browser.mjs';
import { waitFor } from '../e2e/driver/wait.mjs';
import { FaultProxy } from '../faults/proxy.mjs';
import { Demo } from './server.mjs';

// The demo as a visitor sees it: its server, its pages, the built package, in Chromium.

let demo;
let browser;
before(async () => {
  demo = await Demo.start();
  browser = await Browser.launch('chromium', { proxyPort: demo.port });
});
afterEach(() => browser.closeTabs());
after(async () => {
  await browser?.quit();
  await demo?.stop();
});

const text = (tab, selector) => tab.eval((its) => document.querySelector(its).textContent, selector);
const shows = (tab, selector, pattern) =>
  tab
    .waitFor(
      `${pattern} in ${selector}`,
      (its, source) => new RegExp(source).test(document.querySelector(its)?.textContent),
      selector,
      pattern.source,
    )
    .catch(async (error) => {
      throw new Error(`${error.message}; it shows: ${await text(tab, selector).catch(String)}`);
    });
const press = (tab, selector) => tab.eval((its) => document.querySelector(its).click(), selector);
const fact = (tab, list, label) =>
  tab.eval(
    (within, name) =>
      [...document.querySelectorAll(`${within} dt`)].find((dt) => dt.textContent === name).nextElementSibling
        .textContent,
    list,
    label,
  );

test('one answer: two tabs read one request; one cancels, the other reads to the end', {
  timeout: 60_000,
}, async (context) => {
  // An answer takes two seconds; this one goes on when the test has done amid it what it has to.
  const proxy = await FaultProxy.start(demo.port, '/api/answer');
  context.after(() => proxy.close());
  proxy.holdBehind('six');
  const first = await browser.open(`http://localhost:${proxy.port}/answer.html`);
  await press(first, 'form .primary');
  await shows(first, '#answer', /six/);
  const second = await browser.open(await first.eval(() => document.querySelector('#another').href));
  await shows(second, '#answer', /^A browser opens at most six/);
  await waitFor('two tabs, one request', async () => {
    const seen = [await fact(second, '.facts', 'Tabs that read it'), await fact(second, '.facts', 'Requests made')];
    return seen.join() === '2,1';
  });
  await press(first, '#cancel');
  await shows(first, '#status', /cancelled after \d+ words/);
  proxy.heal();
  await shows(second, '#status', /read to its end/);
  assert.match(await text(second, '#answer'), /\.\s*$/);
  assert.doesNotMatch(await text(second, '#answer'), /[`*[]/);
});

test('who you are: by cookie, token and one-time token, and anew after the server has gone', {
  timeout: 60_000,
}, async () => {
  const tab = await browser.open(`${demo.origin}/who.html`);
  const ways = ['cookie', 'token', 'one-time'].map((_, at) => `#ways section:nth-child(${at + 1})`);
  for (const way of ways) await shows(tab, `${way} .state`, /^open$/);
  await press(tab, '#notify button');
  for (const way of ways) await shows(tab, way, /Heard1 time/);
  await shows(tab, '[data-server]', /Streams of yours3/);

  // Another tab is served by the same three, and asked for nothing.
  const other = await browser.open(`${demo.origin}/who.html`);
  for (const way of ways) await shows(other, `${way} .state`, /^open$/);
  assert.equal(await fact(other, ways[2], 'This tab was asked'), '–');
  await other.close();

  // Connecting anew takes another one-time token: the spent one would be refused.
  await press(tab, `${ways[2]} button`);
  await shows(tab, ways[2], /Connections made2/);
  await shows(tab, `${ways[2]} .state`, /^open$/);
  await shows(tab, ways[2], /asked2 times/);

  // A restarted server knows none of the tokens that it gave: the lasting one is renewed too.
  await demo.stop('SIGKILL');
  for (const way of ways) await shows(tab, `${way} .state`, /reconnecting/);
  await demo.start();
  for (const way of ways) await shows(tab, `${way} .state`, /^open$/);
  await press(tab, '#notify button');
  for (const way of ways) await shows(tab, way, /Heard2 times/);
});

test('the board: two tabs, one connection, also after the server has gone', { timeout: 60_000 }, async () => {
  const tabs = [await browser.open(`${demo.origin}/`), await browser.open(`${demo.origin}/`)];
  for (const tab of tabs) await shows(tab, 'h1', /^2 tabs, one connection$/);
  await demo.stop('SIGKILL');
  for (const tab of tabs) await shows(tab, 'h1', /no connection/);
  await demo.start();
  for (const tab of tabs) await shows(tab, 'h1', /^2 tabs, one connection$/);
  // The other pages' streams have room beside it.
  const answer = await browser.open(`${demo.origin}/answer.html#anything`);
  const who = await browser.open(`${demo.origin}/who.html`);
  await shows(who, '#ways section:nth-child(3) .state', /^open$/);
  await shows(answer, '#status', /read to its end/);
  for (const tab of tabs) await shows(tab, 'h1', /^2 tabs, one connection$/);
});
