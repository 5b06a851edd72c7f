import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these programs that is on PATH or, given as a path, exists; null when none does. */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(process.env.HOME ?? '/', '.cargo/bin')];
  for (const name of names) {
    for (const file of name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))) {
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch (error) {
        if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR' && error.code !== 'EACCES') throw error;
      }
    }
  }
  return null;
}

/** WebKitGTK's own browser lies in a directory with the machine's architecture and the library's version in its name. */
function findMiniBrowser() {
  const candidates = [];
  for (const base of ['/usr/lib', '/usr/libexec']) {
    for (const folder of list(base)) {
      if (folder.startsWith('webkit2gtk-') || folder.startsWith('webkitgtk-')) {
        candidates.push(join(base, folder, 'MiniBrowser'));
      }
      if (!folder.includes('linux-gnu')) continue;
      for (const inner of list(join(base, folder))) {
        if (/^webkit2?gtk-/.test(inner)) candidates.push(join(base, folder, inner, 'MiniBrowser'));
      }
    }
  }
  return findProgram(...candidates, 'MiniBrowser', 'epiphany');
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EACCES') return [];
    throw error;
  }
}

/**
 * What each browser's tests need, found by any of the names that distributions use. The setup asks the same table, so
 * what it reports as missing is what a test would miss.
 */
export function findBinaries(browser) {
  switch (browser) {
    case 'chromium':
      return {
        browser: findProgram(
          'chromium',
          'chromium-browser',
          '/snap/bin/chromium',
          'google-chrome',
          'google-chrome-stable',
        ),
        driver: findProgram(
          'chromedriver',
          '/usr/lib/chromium-browser/chromedriver',
          '/usr/lib/chromium/chromedriver',
          '/snap/bin/chromium.chromedriver',
        ),
      };
    case 'firefox':
      return {
        browser: findProgram('firefox-esr', 'firefox'),
        driver: findProgram('geckodriver', '/snap/bin/geckodriver'),
      };
    case 'webkit':
      return {
        browser: findMiniBrowser(),
        driver: findProgram('WebKitWebDriver'),
        display: findProgram('Xvfb'),
      };
    default:
      throw new Error(`unknown browser: ${browser}`);
  }
}
