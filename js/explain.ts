import type { TabmuxError, TabmuxErrorCode } from './errors.js';
import type { Link } from './link.js';
import type { WireError } from './protocol.js';

/**
 * The error that the hub, or the way to it, tells of. Its text is long and rarely needed: it comes from a chunk of its
 * own. Where that can't be loaded, the bare facts have to do.
 */
export function explain(link: Link, { code, detail }: WireError, url?: string): Promise<TabmuxError> {
  return import('./messages.js').then(
    ({ message }) => new link.Failure(code as TabmuxErrorCode, message(code, detail, url)),
    () => new link.Failure(code as TabmuxErrorCode, detail),
  );
}
