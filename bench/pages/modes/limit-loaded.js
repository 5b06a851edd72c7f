import { connect } from 'tabmux';
import { open as openLimit } from './limit-joined.js';

/** The package's limit in a page: its two scripts are loaded as it loads them, nothing of them is called, and what is done is the limit's. */
export async function open(options) {
  globalThis.unused = [connect, await import('tabmux-lifecycle')];
  openLimit(options);
}
