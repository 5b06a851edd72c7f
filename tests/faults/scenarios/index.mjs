import { IMPLEMENTATIONS } from '../adapters/index.mjs';
import { chaos } from './chaos.mjs';
import { network } from './network.mjs';
import { server } from './server.mjs';
import { tabs } from './tabs.mjs';

/**
 * Every scenario: `{ name, title, run(scene) }`, and as needed
 * - `options` for the implementation (see the adapters) and for the stream (`hasIds`),
 * - `names(n)`: the channels of tab n,
 * - `browsers` that can do it, `needsWorker`, `needsNames`: what has none of these has no part in it,
 * - `knownOf`: by browser, the figure that the engine's own EventSource spoils for whoever leaves it to retry; it is shown,
 *   and is no failure of the implementation. tabmux does not leave it,
 * - `isQuick`: part of the subset that `npm test` runs.
 */
export const SCENARIOS = [...network, ...server, ...tabs, ...chaos];

export function isApplicable({ browsers, needsWorker, needsNames }, implementation, browser, host) {
  const { worker, isNamed, needsSecureContext } = IMPLEMENTATIONS[implementation];
  return (
    (browsers?.includes(browser) ?? true) &&
    (!needsWorker || worker !== undefined) &&
    (!needsNames || isNamed) &&
    (!needsSecureContext || host === 'localhost')
  );
}
