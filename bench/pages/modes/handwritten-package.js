import { open as openChunks } from './handwritten-chunks.js';

/** The package's limit: its scripts and its wasm are loaded as it loads them, and what is done is the hand-written worker's. */
export const open = (options) => openChunks({ ...options, script: '/workers/handwritten-package.js' });
