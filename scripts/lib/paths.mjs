import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root directory. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** A path inside the repository. */
export const inRoot = (...parts) => join(ROOT, ...parts);

/** Cargo tools of the pinned versions are installed here, not into the user's own ~/.cargo/bin. */
export const TOOLS = inRoot('.tools');

// Every script finds the same programs, run by npm or by hand: npm's, ours, then cargo's (which a shell that was open
// before rustup came does not have on PATH yet).
process.env.PATH = [
  inRoot('node_modules', '.bin'),
  join(TOOLS, 'bin'),
  process.env.PATH ?? '',
  join(process.env.CARGO_HOME ?? join(process.env.HOME ?? '/', '.cargo'), 'bin'),
].join(delimiter);
