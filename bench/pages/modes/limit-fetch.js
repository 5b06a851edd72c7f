import { openLimit } from './limit.js';

/** Flat arrays over fetch with eventsource-parser. */
export const open = (options) => openLimit('fetch', options);
