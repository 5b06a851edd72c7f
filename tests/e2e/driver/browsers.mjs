import { findBinaries } from './binaries.mjs';
import { freePort, start, stop } from './process.mjs';
import { waitFor } from './wait.mjs';
import { Session, send } from './webdriver.mjs';

/** A host name that every browser is told to find on the loopback: plain http, so no secure context. */
export const PLAIN_HOST = 'app.test';

export const BROWSERS = ['chromium', 'firefox', 'webkit'];

/**
 * Start the driver and one browser. `proxyPort` is the test server's: WebKitGTK cannot be told to map a name, so it
 * reaches `PLAIN_HOST` through the server as its proxy; without one it knows localhost alone.
 * Gives `{ session, pid, stop }`; `pid` is the driver's, which has started the browser.
 */
export async function startBrowser(name, { proxyPort }) {
  const found = findBinaries(name);
  for (const [role, file] of Object.entries(found)) {
    if (!file) throw new Error(`${name}: no ${role} on this machine; run \`npm test\`, which installs or names it`);
  }
  const programs = [];
  const stopAll = async () => {
    for (const program of programs.reverse()) await stop(program);
  };
  try {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const launch = {
      chromium: () => start(found.driver, [`--port=${port}`, '--allowed-ips=127.0.0.1']),
      firefox: () => start(found.driver, ['--port', String(port), '--binary', found.browser]),
      webkit: async () => {
        const display = await startDisplay(found.display, programs);
        return start(found.driver, ['-p', String(port)], {
          DISPLAY: display,
          // A container has no user namespaces for WebKit's sandbox, and no GPU.
          WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
          WEBKIT_DISABLE_COMPOSITING_MODE: '1',
          LIBGL_ALWAYS_SOFTWARE: '1',
        });
      },
    }[name];
    const driver = await launch();
    programs.push(driver);
    await waitFor(
      `${name} driver answers`,
      () => {
        if (driver.ended) throw new Error(`${driver.command} ended: ${driver.output}`);
        return send('GET', `${base}/status`).catch(() => false);
      },
      { state: () => driver.output },
    );
    const session = await Session.create(base, capabilities(name, found.browser, proxyPort));
    return {
      session,
      pid: driver.child.pid,
      stop: async () => {
        // Asking first lets the browser remove its profile; the group is killed whether it answers or not.
        await session.command('DELETE', '').catch(() => undefined);
        await stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

function capabilities(name, binary, proxyPort) {
  const common = { timeouts: { script: 30_000, pageLoad: 30_000 } };
  switch (name) {
    case 'chromium':
      return {
        ...common,
        'goog:chromeOptions': {
          binary,
          args: [
            '--headless=new',
            '--no-sandbox',
            '--disable-gpu',
            '--disable-dev-shm-usage',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            '--no-first-run',
            `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
          ],
        },
      };
    case 'firefox':
      return {
        ...common,
        'moz:firefoxOptions': {
          binary,
          args: ['-headless'],
          prefs: {
            'network.dns.localDomains': PLAIN_HOST,
            // Firefox loads the page of a name without a known suffix by https first.
            'dom.security.https_first': false,
          },
        },
      };
    case 'webkit':
      return {
        ...common,
        browserName: 'MiniBrowser',
        // No `noProxy`: with one, MiniBrowser 2.50 crashes in one start of ten (measured). localhost takes the same way then.
        ...(proxyPort && { proxy: { proxyType: 'manual', httpProxy: `127.0.0.1:${proxyPort}` } }),
        'webkitgtk:browserOptions': { binary, args: ['--automation'] },
      };
  }
}

/** An X server on a display number of its own choice; gives `:N`. */
async function startDisplay(xvfb, programs) {
  const server = start(xvfb, ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp']);
  programs.push(server);
  const number = await waitFor(
    'Xvfb names its display',
    () => {
      if (server.ended) throw new Error(`Xvfb ended: ${server.output}`);
      return /^(\d+)$/m.exec(server.output)?.[1];
    },
    { state: () => server.output },
  );
  return `:${number}`;
}
