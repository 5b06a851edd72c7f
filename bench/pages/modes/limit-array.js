import { openLimit } from './limit.js';

/** The hand-tuned limit: acknowledged batches, one flat array each, in plain JS over EventSource. */
export const open = (options) => openLimit('array', options);
