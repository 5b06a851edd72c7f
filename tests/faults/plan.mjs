import { PLAIN_HOST } from '../e2e/driver/browser.mjs';
import { IMPLEMENTATIONS } from './adapters/index.mjs';
import { isApplicable, SCENARIOS } from './scenarios/index.mjs';

export const HOSTS = ['localhost', PLAIN_HOST];

/**
 * What to run, one browser after the other: `[{ browser, implementations, runs: [{ host, implementation, scenario }] }]`.
 * WebKitGTK runs on localhost alone: it reaches another name only by taking the proxy for an HTTP proxy.
 *
 * @param {object} options
 * @param {string[]} options.browsers
 * @param {string[]} [options.hosts]
 * @param {string[]} [options.implementations]
 * @param {string[]} [options.only] names of scenarios
 * @param {boolean} [options.isQuick] the subset, and on localhost alone
 */
export function plan({ browsers, hosts = HOSTS, implementations = ['tabmux'], only, isQuick = false }) {
  return browsers.map((browser) => {
    const runs = [];
    for (const host of isQuick || browser === 'webkit' ? hosts.slice(0, 1) : hosts) {
      for (const implementation of implementations) {
        for (const scenario of SCENARIOS) {
          if (only ? !only.includes(scenario.name) : isQuick && !scenario.isQuick) continue;
          if (isApplicable(scenario, implementation, browser, host)) runs.push({ host, implementation, scenario });
        }
      }
    }
    return { browser, implementations, runs };
  });
}

export const PEERS = Object.keys(IMPLEMENTATIONS).filter((name) => IMPLEMENTATIONS[name].isPeer);
