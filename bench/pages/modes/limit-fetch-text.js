import { openLimit } from './limit.js';

/** The text of each chunk over fetch, and where the events are in it. */
export const open = (options) => openLimit('fetch-text', options);
