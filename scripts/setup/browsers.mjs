import { findBinaries } from '../../tests/e2e/driver/binaries.mjs';
import { BROWSERS } from '../../tests/e2e/driver/browsers.mjs';
import { Failure } from '../lib/run.mjs';
import { distribution, installPackages } from './system.mjs';

/** Package by what is missing. Ubuntu's chromium and firefox are transitional packages that bring the snaps. */
const PACKAGES = {
  debian: {
    chromium: { browser: ['chromium'], driver: ['chromium-driver'] },
    firefox: { browser: ['firefox-esr'] },
    webkit: { browser: ['libwebkit2gtk-4.1-0'], driver: ['webkit2gtk-driver'], display: ['xvfb'] },
  },
  ubuntu: {
    chromium: { browser: ['chromium-browser'], driver: ['chromium-chromedriver'] },
    firefox: { browser: ['firefox'] },
    webkit: { browser: ['libwebkit2gtk-4.1-0'], driver: ['webkit2gtk-driver'], display: ['xvfb'] },
  },
};

/** The three browsers with their drivers. geckodriver is not a package of Debian's: it comes by `cargo install`. */
export async function setupBrowsers(browsers = BROWSERS) {
  const missing = missingParts(browsers);
  if (missing.length === 0) return;
  const names = PACKAGES[distribution()] ?? PACKAGES.debian;
  const packages = new Set(missing.flatMap(({ browser, role }) => names[browser][role] ?? []));
  await installPackages([...packages], `browsers for the tests (${describe(missing)})`);
  const still = missingParts(browsers);
  if (still.length > 0) {
    throw new Failure(
      `Still missing after the installation of ${[...packages].join(', ')}: ${describe(still)}. ` +
        'Where the system offers a browser only as a snap, `snap install chromium firefox` brings it with its driver.',
    );
  }
}

function missingParts(browsers) {
  return browsers.flatMap((browser) =>
    Object.entries(findBinaries(browser))
      .filter(([role, file]) => file === null && PACKAGES.debian[browser][role])
      .map(([role]) => ({ browser, role })),
  );
}

function describe(parts) {
  return parts.map(({ browser, role }) => `${browser} ${role}`).join(', ');
}
