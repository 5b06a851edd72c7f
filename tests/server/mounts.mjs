import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const directory = (path) => fileURLToPath(new URL(path, root)).replace(/\/$/, '');

/** Where the browser tests find things: the built package as an app would serve it, and the test pages. */
export const mounts = {
  '/tabmux/': directory('pkg'),
  '/demo/': directory('examples/demo'),
  '/fixtures/': directory('tests/e2e/fixtures'),
  '/': directory('tests/e2e/pages'),
};
