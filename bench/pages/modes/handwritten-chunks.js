import { connect } from 'tabmux';
import { open as openHandwritten } from './handwritten.js';

/** The same in the two scripts that it comes in: an event waits for the second one. */
globalThis.unused = connect;
export const open = (options) => openHandwritten({ held: import('tabmux-lifecycle'), ...options });
