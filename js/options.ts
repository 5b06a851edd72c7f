import { TabmuxError } from './errors.js';
import type { Logger, SubscribeOptions } from './types.js';

type Fields = Record<string, unknown>;

/**
 * What an option takes: `typeof` words (and `null`, `array`: of strings) joined by ' or ', or in quotes the texts themselves.
 * One table is both check and text, because it is in the first chunk of every page. A group takes as well what it has under
 * ''. Ranges are the hub's to check: it says `BAD_OPTION` too.
 */
export type Rule = string | { [name: string]: Rule };

// In this order it compresses best.
const CONNECT: Rule = {
  resume: {
    header: 'boolean',
    persist: { '': 'boolean', maxAge: 'number' },
    param: 'string or null',
    lostEvent: 'string',
  },
  reconnect: { jitter: 'boolean', initialDelay: 'number', maxDelay: 'number', factor: 'number', maxAttempts: 'number' },
  principal: 'string or null',
  logger: 'object',
  headers: 'object or function',
  heartbeat: { event: 'string' },
  hiddenTimeout: 'number',
  topics: { ids: "'global' or 'connection'", format: "'repeat' or 'comma'", param: 'string' },
  mode: "'shared-worker'",
  heartbeatTimeout: 'number',
  connectTimeout: 'number',
  channel: { json: 'string' },
  method: 'string',
  body: 'string',
  // A TrustedScriptURL is an object, and so is a URL.
  workerUrl: 'string or object',
  replay: { events: 'number' },
  transport: 'string',
  buffer: { overflow: 'string', bytes: 'number', events: 'number' },
  limits: { line: 'number', replayTotal: 'number', channels: 'number', event: 'number' },
  key: 'string',
  withCredentials: 'boolean',
  maxStreamsPerOrigin: 'number',
  channels: 'array',
};

const SUBSCRIBE: Rule = { signal: 'object', replay: 'number', topic: 'string' };

/** Checks `value` against `rule` and gives it back as plain data of its own, which can cross a port. */
export function take(name: string, value: unknown, rule: Rule = '', prefix = ''): unknown {
  const kind =
    value === null
      ? 'null'
      : Array.isArray(value) && value.every((item) => `${item}` === item)
        ? 'array'
        : typeof value;
  const message =
    typeof rule === 'object'
      ? kind !== 'object' && kind !== rule[''] && 'must be object'
      : !rule
        ? 'is no option'
        : !rule.includes(rule[0] === "'" ? `'${value}'` : kind) && `must be ${rule}`;
  // The one value that a later version may have more of.
  if (message) throw new TabmuxError(/'s/.test(message) ? 'UNSUPPORTED' : 'BAD_OPTION', `${name} ${message}`);
  if (typeof rule !== 'object' || kind !== 'object') return value;
  const copy: Fields = {};
  // Sorted, so that options written in another order are the same stream.
  for (const key of Object.keys(value as Fields).sort()) {
    const inner = (value as Fields)[key];
    if (inner !== undefined)
      copy[key] = take(prefix + key, inner, Object.hasOwn(rule, key) ? rule[key] : '', `${prefix}${key}.`);
  }
  return copy;
}

/** What the page itself looks at of the options of `connect()`. */
interface Known {
  workerUrl?: unknown;
  logger?: Logger;
  key?: string;
  principal?: string | null;
  transport?: string;
  heartbeat?: { event: string };
  heartbeatTimeout?: number;
  headers?: unknown;
  topics?: { param: string };
  asks?: number;
}

const isFunction = (value: unknown) => +(typeof value === 'function');

/** Options of `connect()`: `sent` goes to the hub, the rest stays on the page. */
export function connectOptions(
  url: unknown,
  options: unknown,
): [sent: Fields, asks: number, workerUrl: unknown, logger: Logger | undefined] {
  const { workerUrl, logger, headers, ...sent } = take('options', options, CONNECT) as Known & Fields;
  // What the hub asks for before it connects: 1 the URL, 2 the headers.
  const asks = isFunction(url) + 2 * isFunction(headers);
  if (asks) sent.asks = asks;
  if (asks % 2) take('key', sent.key, 'string');
  if (sent.topics) take('topics.param', sent.topics.param, 'string');
  if ((asks || headers) && sent.principal === undefined)
    throw new TabmuxError('PRINCIPAL_REQUIRED', 'pass principal or null');
  if (headers && asks < 2)
    try {
      // A line each; no name has a comma.
      (sent as Known).headers = [...new Headers(headers as HeadersInit)].join('\n');
    } catch (error) {
      throw new TabmuxError('BAD_OPTION', `${error}`);
    }
  // EventSource hides comments: there it would cut what is merely quiet.
  if (sent.heartbeatTimeout && !headers && sent.transport !== 'fetch')
    take('heartbeat.event', sent.heartbeat?.event, 'string');
  return [sent, asks, workerUrl, logger];
}

/** Options of `subscribe()` and `events()`. */
export function subscribeOptions(options: unknown): SubscribeOptions {
  const checked = take('options', options, SUBSCRIBE) as SubscribeOptions;
  const { replay = 0 } = checked;
  take('replay', replay, replay >>> 0 === replay ? 'number' : 'whole');
  return checked;
}
