/** Longest wait for all tabs to have all events. */
const LIMIT = 120_000;
const WARM_UP = 2_000;

let streams = 0;

/**
 * One sample: `tabs` fresh tabs in `mode` get a burst of `count` events, after a smaller one that warms the engine up.
 * Gives deliveries per second by the server's clock, CPU per delivery (µs) of the browser, and the server's figures.
 * A run that lost, repeated or reordered an event throws.
 */
export async function burstSample({ browser, server }, mode, { tabs = 8, count, bytes, warmUp = WARM_UP }) {
  const name = `b${++streams}`;
  const { file, ownPort, channels } = MODES[mode];
  const profile = await browser.profile();
  try {
    const pages = [];
    for (let n = 0; n < tabs; n++) {
      // The browser's limit of six connections to a host and port is not what is compared here.
      const origin = server.origins[ownPort ? 1 + n : 1];
      const query = new URLSearchParams({ mode: file, url: `${origin}/sse/${name}`, bytes, channels });
      pages.push(await profile.open(`${server.origins[0]}/tab.html?${query}`));
    }
    const connections = ownPort ? tabs : 1;
    await ready(server, name, pages, connections);
    const shape = { name, bytes, channels: [channels === 'message' ? '' : channels], pages: tabs, limit: LIMIT };
    await expect(pages, warmUp);
    check(mode, warmUp, await server.call('burst', { ...shape, count: warmUp }));
    await expect(pages, warmUp + count);
    const before = browser.cpu();
    const result = await server.call('burst', { ...shape, first: warmUp + 1, count });
    const cpu = browser.cpu() - before;
    check(mode, warmUp + count, result);
    await sameStill(mode, pages, warmUp + count);
    const deliveries = tabs * count;
    return {
      rate: (deliveries / result.time) * 1000,
      cpu: (cpu * 1000) / deliveries,
      serverCpu: result.cpu,
      serverBytes: result.bytes,
      connections: await server.call('connections', { name }),
    };
  } finally {
    await profile.close();
  }
}

/** Script, whether every tab needs a connection of its own, and what its events are called. */
const MODES = {
  direct: { file: 'direct', ownPort: true, channels: 'tick' },
  'fetch-event-source': { file: 'fetch-event-source', ownPort: true, channels: 'tick' },
  'shared-event-source': { file: 'shared-event-source', channels: 'message' },
  handwritten: { file: 'handwritten', channels: 'tick' },
  'limit-array': { file: 'limit-array', channels: 'tick' },
  'limit-joined': { file: 'limit-joined', channels: 'tick' },
  'limit-fetch': { file: 'limit-fetch', channels: 'tick' },
  tabmux: { file: 'tabmux', channels: 'tick' },
};

async function ready(server, name, pages, connections) {
  for (const page of pages) {
    await page.waitForFunction(() => bench.ready || bench.error);
    const error = await page.evaluate(() => bench.error);
    if (error) throw new Error(error);
  }
  const until = performance.now() + 10_000;
  while ((await server.call('connections', { name })) !== connections) {
    if (performance.now() > until) throw new Error(`${name}: not ${connections} connections`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const expect = (pages, last) =>
  Promise.all(
    pages.map((page) =>
      page.evaluate((number) => {
        bench.last = number;
      }, last),
    ),
  );

function check(mode, count, { reports }) {
  const bad = reports.filter((report) => report.wrong > 0 || report.count !== count);
  if (bad.length > 0) throw new Error(`${mode}: void, events were lost or repeated: ${JSON.stringify(bad)}`);
}

/** Nothing came after the last event. */
async function sameStill(mode, pages, count) {
  for (const page of pages) {
    const now = await page.evaluate(() => ({ count: bench.count, wrong: bench.wrong }));
    check(mode, count, { reports: [now] });
  }
}
