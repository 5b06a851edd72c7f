import { BROWSERS } from './browsers.mjs';

/** The browsers to test: all, or those that the environment variable `E2E_BROWSERS` names (`chromium,firefox`). */
export function browsersUnderTest() {
  const asked = process.env.E2E_BROWSERS?.split(',').filter(Boolean) ?? BROWSERS;
  for (const name of asked) {
    if (!BROWSERS.includes(name)) throw new Error(`E2E_BROWSERS names ${name}; known: ${BROWSERS.join(', ')}`);
  }
  return asked;
}
