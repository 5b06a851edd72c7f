import { measure } from '../../scripts/size/measure.mjs';

/** Bytes as a visitor loads them, minified and gzip. */
export const sizes = {
  name: 'sizes',
  gives: ['page_bytes', 'worker_bytes'],
  quick: true,
  async run({ folder }) {
    const parts = await measure(folder);
    const gzip = (name) => parts.find((part) => part.name === name).gzip;
    const exact = (value) => ({ value, spread: [value, value] });
    return {
      ratios: {
        page_bytes: exact(gzip('page, first chunk')),
        worker_bytes: exact(gzip('worker.js + hub.wasm')),
      },
      raw: parts,
    };
  },
};
