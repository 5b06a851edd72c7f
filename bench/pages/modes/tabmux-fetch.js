import { open as openTabmux } from './tabmux.js';

/** tabmux over fetch. */
export const open = (options) => openTabmux({ ...options, transport: 'fetch' });
