import * as tabmux from 'tabmux';
import { open as openDirect } from './direct.js';

/** One EventSource per tab, in a page that has all of the package's code and calls nothing of it. */
export async function open(options) {
  globalThis.unused = [tabmux, await import('tabmux-lifecycle')];
  openDirect(options);
}
