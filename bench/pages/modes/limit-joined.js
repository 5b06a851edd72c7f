import { openLimit } from './limit.js';

/** The same with one joined string a batch, and a transferred table of lengths. */
export const open = (options) => openLimit('joined', options);
