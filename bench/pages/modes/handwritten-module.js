import { open as openHandwritten } from './handwritten.js';

/** The hand-written worker as a module: what a worker has to be whose wasm a bundler finds. */
export const open = (options) => openHandwritten({ ...options, script: '/workers/handwritten.js' });
