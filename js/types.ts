/// <reference lib="esnext.disposable" preserve="true" />
// Why the reference: `Symbol.dispose` stands in these types, and an application's own `lib` need not have it.
import type { TabmuxError } from './errors.js';
import type { ChannelEvent } from './event.js';
import type { Stats } from './protocol.js';

/**
 * What a stream is doing. `idle`: nobody subscribes, or every tab has been hidden for longer than `hiddenTimeout`.
 * `closed`: nothing more comes unless `reconnect()` is called (and not even then after `close()`).
 */
export type Status = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed';

/**
 * Why the status changed.
 *
 * Told by the hub: `subscribed` the first subscriber; `opened` the server answered; `network` the connection was lost or
 * could not be made; `refused` the server refused it; `stopped` it said that there is nothing more (204); `credentials` no
 * tab gave what `url` or `headers` as a function is asked for; `timeout` no answer within `connectTimeout`; `silent` no sign of life
 * within `heartbeatTimeout`; `retry` the wait between two attempts is over; `online`, `woke` the machine is back;
 * `reconnect` it was called; `topics` others are asked for; `unused` no subscriber is left; `hidden` all tabs are; `max-attempts`; `principal-changed`
 * another one has connected; `replaced` to make room for another stream; `worker-died` a fresh worker resumes.
 *
 * Told by this page: `closed` by `close()`; `everywhere` by `close({ everywhere: true })` in any tab; `rejected` the hub did
 * not take the stream (the error says why); `worker-load`, `worker-died`, `protocol-version` as the errors of these names.
 */
export type StatusReason =
  | 'subscribed'
  | 'opened'
  | 'network'
  | 'refused'
  | 'stopped'
  | 'credentials'
  | 'timeout'
  | 'silent'
  | 'retry'
  | 'online'
  | 'woke'
  | 'reconnect'
  | 'topics'
  | 'unused'
  | 'hidden'
  | 'max-attempts'
  | 'principal-changed'
  | 'replaced'
  | 'worker-died'
  | 'closed'
  | 'everywhere'
  | 'rejected'
  | 'worker-load'
  | 'protocol-version';

/**
 * Whether the stream was taken up where it had ended: `yes` proven, `no` it was not (there is a `gap` for every
 * subscription), `unknown` the id was presented and nothing contradicts it. `null` where the status is not `open` or
 * there was nothing to take up.
 */
export type Resumed = 'yes' | 'no' | 'unknown' | null;

/** `detail` of a `status` event. */
export interface StatusDetail {
  status: Status;
  previous: Status;
  reason: StatusReason;
  resumed: Resumed;
}

/**
 * Why events are missing: `overflow` a bounded queue was full, `no-id` the stream resumed without an id, `server` it said
 * so (`resume.lostEvent`), `worker` the worker died before this tab had them, `replay-limit` they are no longer held.
 */
export type GapCause = 'overflow' | 'no-id' | 'server' | 'worker' | 'replay-limit';

/** `detail` of a `gap` event. */
export interface GapDetail {
  /** The channel that misses events; `*` for all. */
  channel: string;
  /** How many, or null where that can't be known. */
  dropped: number | null;
  cause: GapCause;
}

/** The events of a hub object. */
export interface HubEventMap {
  status: CustomEvent<StatusDetail>;
  gap: CustomEvent<GapDetail>;
  error: CustomEvent<TabmuxError>;
}

/** Gets state changes, never payloads, tokens or queries. `console` is one. */
export interface Logger {
  debug?: ((message: string, facts?: object) => void) | undefined;
  info?: ((message: string, facts?: object) => void) | undefined;
  warn?: ((message: string, facts?: object) => void) | undefined;
  error?: ((message: string, facts?: object) => void) | undefined;
}

/** What a function of `url` or `headers` is told. */
export interface Asked {
  /** The server has refused what it was given last: get it anew, not from a cache. */
  refused: boolean;
}

/** Gives the URL of the next connection. */
export type UrlFunction = (asked: Asked) => string | URL | Promise<string | URL>;

/**
 * Options of `connect()`. Times are milliseconds, sizes are UTF-16 units (`data.length`). A stream's options come from
 * the tab that opens it; a tab that differs is served with those and gets `OPTIONS_CONFLICT`.
 */
export interface ConnectOptions {
  /** Send cookies to another origin. Default false. */
  withCredentials?: boolean | undefined;
  /**
   * How to connect. `auto` (the default): EventSource, and where the browser gives up on it, a stream of the page's own
   * origin goes on by fetch. `eventsource` never fetches: no status is seen, every refusal is tried again. `fetch` sees
   * statuses, headers and comments; `method`, `body` and `headers` imply it.
   */
  transport?: 'auto' | 'eventsource' | 'fetch' | undefined;
  /** Method of the request. Default GET, with a body POST. Part of the stream's identity. */
  method?: string | undefined;
  /**
   * Body of the request, the same for every connection: a question whose answer is the stream. The answer ends with the
   * last tab that closes it, at once. Part of the stream's identity.
   */
  body?: string | undefined;
  /**
   * Headers of the request, or a function that gives them: called in one tab before every connection, once more when the
   * server refuses (401, 403). Needs `principal`. No part of the identity: those of the tab that joined last count.
   */
  headers?: Record<string, string> | ((asked: Asked) => HeadersInit | Promise<HeadersInit>) | undefined;
  /** Identity of the stream in place of its URL, for URLs that differ from tab to tab. */
  key?: string | undefined;
  /** Who is signed in, as an opaque text; `null` (the default) for a public stream. Streams are never shared between two. */
  principal?: string | null | undefined;
  /** The connections that the hub makes; the browser's own retry keeps its timing. */
  reconnect?:
    | {
        /** Wait before the first try. Default 1000. */
        initialDelay?: number | undefined;
        /** Longest wait. Default 30000. */
        maxDelay?: number | undefined;
        /** Growth from try to try, 1 to 100. Default 2. */
        factor?: number | undefined;
        /** Spread the tries at random. Default true. */
        jitter?: boolean | undefined;
        /** Failed attempts in a row before `MAX_ATTEMPTS`, the first try not counted. Default Infinity. */
        maxAttempts?: number | undefined;
      }
    | undefined;
  /** An attempt without an answer by then has failed (`NETWORK`). Default 30000. */
  connectTimeout?: number | undefined;
  /** An event that the server sends at intervals, where it sends no comments or EventSource hides them, to tell a dead connection from a quiet one. */
  heartbeat?: { event: string } | undefined;
  /** Longest silence in ms before a new connection is made. Default: 45000, or three times the longest interval seen
   * where that is more, from the first heartbeat or (fetch) comment on. A value counts from `open` on, and on EventSource
   * needs `heartbeat`; 0 is off. */
  heartbeatTimeout?: number | undefined;
  resume?:
    | {
        /** Query parameter that carries the last event id on a new connection; null for none. Default `lastEventId`. */
        param?: string | null | undefined;
        /** Whether a fetch sends the header `Last-Event-ID` instead. Default: to the page's own origin, since another one
         * would have to answer a CORS preflight and allow it. */
        header?: boolean | undefined;
        /** Event by which the server says that it can't resume. */
        lostEvent?: string | undefined;
        /** Keep the last event id (and nothing else) in IndexedDB, so that a tab opened after all were closed goes on from
         * there. `true`: for 5 minutes; `maxAge` in ms. Default false. */
        persist?: boolean | { maxAge?: number | undefined } | undefined;
      }
    | undefined;
  /** Past events kept per channel for late subscribers. Default 100. */
  replay?: { events?: number | undefined } | undefined;
  /** Bound of this tab's queue in the hub. Defaults: 50000 events, 16 MiB, `drop-oldest`. */
  buffer?:
    | {
        events?: number | undefined;
        bytes?: number | undefined;
        /** `latest`: of a full queue, only the newest event of each channel is kept. */
        overflow?: 'drop-oldest' | 'latest' | undefined;
      }
    | undefined;
  /** Event names that `'*'` covers though nobody subscribes to them by name. */
  channels?: readonly string[] | undefined;
  /**
   * For servers that send only unnamed events: the top-level field of the JSON in `data` that names the channel, if it is
   * a string. Without such a field the channel is `message`; an event that has a name keeps it. Part of what makes two
   * streams the same.
   */
  channel?: { json: string } | undefined;
  /**
   * For servers that send what the URL asks for: what the tabs hold together goes into it. Without `'*'`, a subscription
   * asks for its channel, or for its option `topic`. Part of what makes two streams the same.
   */
  topics?:
    | {
        /** Query parameter. */
        param: string;
        /** One parameter for each topic, or one for all, joined by commas. Default `repeat`. */
        format?: 'repeat' | 'comma' | undefined;
        /**
         * Whether an id can be presented with another list of topics than it was got by (`global`, the default: a second
         * connection takes the place of the first, and nothing is missed), or not (`connection`: the first one closes
         * before, and there is a `gap`).
         */
        ids?: 'global' | 'connection' | undefined;
      }
    | undefined;
  /** Close the connection once every tab has been hidden that long. Default 0: never. */
  hiddenTimeout?: number | undefined;
  /** Different streams to one server that may be open at once. Default 1. */
  maxStreamsPerOrigin?: number | undefined;
  /** Defaults: line (of a fetched body) and event 16 MiB, channels 10000, replayTotal 32 MiB. */
  limits?:
    | {
        line?: number | undefined;
        event?: number | undefined;
        channels?: number | undefined;
        replayTotal?: number | undefined;
      }
    | undefined;
  /** Where the worker script is, same-origin, if the bundler does not find it by itself (see `npx tabmux init`). */
  workerUrl?: string | URL | { toString(): string } | undefined;
  /** How the hub is reached. This version has `shared-worker`. */
  mode?: 'shared-worker' | undefined;
  /** Gets state changes of the hub object made by this call. */
  logger?: Logger | undefined;
}

/** Options of `subscribe()` and `events()`. */
export interface SubscribeOptions {
  /** Ends the subscription. `ready` rejects with its reason if it was not ready yet. */
  signal?: AbortSignal | undefined;
  /** How many past events of the channel to hand over first, marked `replayed`. Default 0; at most `replay.events`. */
  replay?: number | undefined;
  /** With the option `topics`: what the server is asked for, where that is not the channel's name. */
  topic?: string | undefined;
}

/** A subscription. Where the engine has `Symbol.dispose`, `using` ends it too. */
export interface Subscription extends Disposable {
  readonly channel: string;
  /**
   * Resolves once the hub has it (with `topics`: once the server was asked for it): from then on no event is missed. Rejects with a `TabmuxError`, or with the signal's
   * reason. Never an unhandled rejection.
   */
  readonly ready: Promise<void>;
  /** Ends it at once, also in the middle of a batch. Calling it again does nothing. */
  unsubscribe(): void;
}

type Name<Events> = keyof Events & string;

/** The event of any channel of `Events`: a union told apart by `channel`. */
export type AnyChannelEvent<Events> = { [C in Name<Events>]: ChannelEvent<Events[C], C> }[Name<Events>];

/**
 * One application's view of a stream: an EventTarget with `status`, `gap` and `error`. Every `connect()` makes its own;
 * equal ones share what lies below. An `error` that nobody listens to goes to `console.error`.
 *
 * @typeParam Events channel names and what `json()` of their events gives.
 */
export interface TabmuxHub<Events extends object = Record<string, unknown>> extends EventTarget, Disposable {
  readonly status: Status;
  /** How the hub is reached. On a server (no document) it is `direct`, and nothing ever happens. */
  readonly mode: 'shared-worker' | 'leader' | 'direct';
  /** Last event id of the connection, as far as this tab has processed it; '' where there is none. */
  readonly lastEventId: string;
  /** The stream's URL, its query left out: it may hold a token. */
  readonly url: string;

  /**
   * Hears a channel: an SSE `event:` name, `message` for unnamed events, `'*'` for all that the connection listens to.
   * What a handler throws is reported as uncaught and stops nobody.
   *
   * @throws TabmuxError `BAD_CHANNEL`, `BAD_HANDLER`, `BAD_OPTION`, `UNSUPPORTED`, `CLOSED`
   */
  subscribe(channel: '*', handler: (event: AnyChannelEvent<Events>) => void, options?: SubscribeOptions): Subscription;
  subscribe<C extends Name<Events>>(
    channel: C,
    handler: (event: ChannelEvent<Events[C], C>) => void,
    options?: SubscribeOptions,
  ): Subscription;

  /**
   * The same as an async iterator. Subscribes when called, ends when aborted, closed or left. Holds at most 1,000 events
   * (`replay`, if that is more): then the oldest goes, with a `gap` (`overflow`). A slow reader never slows the tab down.
   *
   * @throws TabmuxError as `subscribe`
   */
  events(channel: '*', options?: SubscribeOptions): AsyncIterableIterator<AnyChannelEvent<Events>>;
  events<C extends Name<Events>>(
    channel: C,
    options?: SubscribeOptions,
  ): AsyncIterableIterator<ChannelEvent<Events[C], C>>;

  /** Figures of the stream, over all tabs. Rejects with `CLOSED` after `close()`. */
  stats(): Promise<Stats>;
  /** Connects anew, for all tabs, at most once a second. Also the way back from `closed` with reason
   * `max-attempts`, `worker-load` or `worker-died`; every other end is final. */
  reconnect(): void;
  /** Ends this object's subscriptions. The connection stays while others need it. */
  close(): void;
  /** Ends every stream of this origin in all tabs (sign-out). Resolves when every tab that is awake has confirmed. */
  close(how: { everywhere: true }): Promise<void>;

  addEventListener<K extends keyof HubEventMap>(
    type: K,
    listener: ((event: HubEventMap[K]) => void) | { handleEvent(event: HubEventMap[K]): void } | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof HubEventMap>(
    type: K,
    listener: ((event: HubEventMap[K]) => void) | { handleEvent(event: HubEventMap[K]): void } | null,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}
