import { Browser } from '../../tests/e2e/driver/browser.mjs';
import { cpuOf } from './proc.mjs';

const NAMES = { firefox: 'Firefox', webkit: 'WebKitGTK' };

/** Firefox or WebKitGTK, as far as `launchChromium` goes by WebDriver. One profile at a time: it is the browser's. */
export async function launchByDriver(name) {
  const browser = await Browser.launch(name, {});
  return {
    name,
    version: `${NAMES[name]} ${browser.version}`,
    async profile() {
      return {
        async open(url) {
          const tab = await browser.open(url);
          return {
            evaluate: (fn, arg) => tab.eval(fn, arg),
            waitForFunction: (fn, arg) => tab.waitFor(`${fn}`, fn, arg),
          };
        },
        close: () => browser.closeTabs(),
      };
    },
    cpu: () => cpuOf(browser.driverPid),
    close: () => browser.quit(),
  };
}
