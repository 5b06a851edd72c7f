import { Browser } from '../../tests/e2e/driver/browser.mjs';
import { cpuOf, threadsCpuOf } from './proc.mjs';
import { idle } from './rest.mjs';

const NAMES = { firefox: 'Firefox', webkit: 'WebKitGTK' };
/** How the kernel calls the threads on which SharedWorkers run: WebKit cuts a name from the left. */
const WORKERS = { firefox: 'DOM Worker', webkit: 'e: SharedWorker' };

/** Firefox or WebKitGTK, as far as `launchChromium` goes by WebDriver. One profile at a time: it is the browser's. */
export async function launchByDriver(name) {
  const browser = await Browser.launch(name, {});
  return {
    name,
    version: `${NAMES[name]} ${browser.version}`,
    async profile() {
      return {
        async open(url) {
          return pageOf(await browser.open(url));
        },
        async blank(count) {
          const pages = [];
          for (let n = 0; n < count; n++) pages.push(pageOf(await browser.open('about:blank')));
          await idle(() => cpuOf(browser.driverPid));
          return pages;
        },
        close: () => browser.closeTabs(),
      };
    },
    cpu: () => cpuOf(browser.driverPid),
    workerCpu: () => threadsCpuOf(browser.driverPid, WORKERS[name]),
    close: () => browser.quit(),
  };
}

const pageOf = (tab) => ({
  evaluate: (fn, arg) => tab.eval(fn, arg),
  waitForFunction: (fn, arg) => tab.waitFor(`${fn}`, fn, arg),
  goto: (url) => tab.goto(url),
  bringToFront: () => tab.show(),
});
