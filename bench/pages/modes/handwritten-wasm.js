import { open as openHandwritten } from './handwritten.js';

/** And that has the package's wasm compiled, of which it makes no use, before it says anything. */
export const open = (options) => openHandwritten({ ...options, script: '/workers/handwritten-wasm.js' });
