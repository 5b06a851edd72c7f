/**
 * Every code a `TabmuxError` can have. Codes are stable; messages are for people and may change.
 *
 * - `BAD_URL` the URL does not parse, or is not http(s). Thrown by `connect()`.
 * - `BAD_OPTION` an option is unknown, of the wrong type or out of range; the message names it and what it takes.
 * - `BAD_CHANNEL` a channel name is empty or no string.
 * - `BAD_HANDLER` a handler is no function.
 * - `UNSUPPORTED` this version or this browser can't do it; the message names what to use instead.
 * - `STREAM_LIMIT` another stream to the same server is open already: see `maxStreamsPerOrigin`.
 * - `OPTIONS_CONFLICT` the stream runs with the options of the tab that came first.
 * - `WORKER_LOAD` the worker or its wasm could not be loaded; the message names the URL and the remedy. Where it is
 *   `fetch.wasm` the hub goes on trying.
 * - `WORKER_DIED` the worker ended three times within a minute. `reconnect()` tries again.
 * - `PROTOCOL_VERSION` the worker that other tabs run is of another version: reload the older tabs.
 * - `BAD_MESSAGE` something on the port is not of the protocol; it was ignored.
 * - `PRINCIPAL_REQUIRED` `headers`, or `url` as a function, without `principal`. Thrown by `connect()`.
 * - `HTTP_STATUS` the server answered with it. With 429 and 5xx the hub goes on trying, otherwise `reconnect()` does.
 * - `CONTENT_TYPE` the response is no event stream. `reconnect()` tries again.
 * - `AUTH` the server refused the credentials, fresh ones as well. `reconnect()` tries again.
 * - `CREDENTIALS_TIMEOUT` no tab gave what `url` or `headers` as a function is asked for. The hub goes on asking.
 * - `LINE_TOO_LONG` an event was dropped: see `limits.line`.
 * - `NETWORK` an attempt to connect failed. The hub goes on trying.
 * - `EVENT_TOO_LARGE` an event was dropped: see `limits.event`.
 * - `MAX_ATTEMPTS` `reconnect.maxAttempts` is used up. `reconnect()` tries again.
 * - `CHANNEL_LIMIT` the stream has all the channels it may have: see `limits.channels`.
 * - `STORAGE` the last event id could not be kept: see `resume.persist`.
 * - `CLOSED` used after `close()`.
 */
export type TabmuxErrorCode =
  | 'BAD_URL'
  | 'BAD_OPTION'
  | 'BAD_CHANNEL'
  | 'BAD_HANDLER'
  | 'UNSUPPORTED'
  | 'STREAM_LIMIT'
  | 'OPTIONS_CONFLICT'
  | 'PRINCIPAL_REQUIRED'
  | 'WORKER_LOAD'
  | 'WORKER_DIED'
  | 'PROTOCOL_VERSION'
  | 'BAD_MESSAGE'
  | 'NETWORK'
  | 'HTTP_STATUS'
  | 'CONTENT_TYPE'
  | 'AUTH'
  | 'CREDENTIALS_TIMEOUT'
  | 'LINE_TOO_LONG'
  | 'EVENT_TOO_LARGE'
  | 'MAX_ATTEMPTS'
  | 'CHANNEL_LIMIT'
  | 'STORAGE'
  | 'CLOSED';

/** What tabmux throws, rejects with and gives as `detail` of an `error` event: a stable `code`, a message with the remedy. */
export class TabmuxError extends Error {
  /** Stable, for programs. */
  declare readonly code: TabmuxErrorCode;

  constructor(code: TabmuxErrorCode, message: string) {
    super(`${code}: ${message}`);
    this.name = 'TabmuxError';
    this.code = code;
  }
}
