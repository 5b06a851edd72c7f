import { connect } from 'tabmux';
import * as lifecycle from 'tabmux-lifecycle';
import { open as openHandwritten } from './handwritten.js';

/** The package's page side is loaded, all in one script, and makes nothing; the worker is the hand-written one. */
globalThis.unused = [connect, lifecycle];
export const open = openHandwritten;
