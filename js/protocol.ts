/**
 * The wire between a page and the hub in the SharedWorker: every message, in both directions, and nothing else.
 * Mirrored by `src/wire.rs`; `tests/js/protocol.test.ts` and the wasm tests hold the two together.
 *
 * A port carries, in order, a `hello`, then anything; another `hello` where the page's lock is held later than that.
 * Control messages are flat objects tagged by `t`. Events travel as a `Batch` and are acknowledged by an `Ack`: plain
 * arrays, because they are the hot path.
 */

/** Raised when a message changes its meaning. A hub answers a hello of another version with `refused`. */
export const VERSION = 5;

/** Name of the worker of generation 0. Generation n is `tabmux:n`, at the URL the worker told in `welcome` with `?tabmux=n`. */
export const WORKER_NAME = 'tabmux';

/** Where a tab stands in a stream: what it had processed. Ordered by (epoch, seq); ids are opaque text and have no order. */
export interface Position {
  epoch: number;
  seq: number;
  /** Last event id of the connection at `seq`; '' where none was seen. */
  id: string;
  /** The last batch this tab has processed on this stream (0: none). */
  batch: number;
}

/** A first subscription that travels with `attach`, or alone as `sub`. */
export interface SubscribeRequest {
  /** Chosen by the page, unique within (tab, stream), never used again. */
  sub: number;
  /** '*' is every channel. */
  channel: string;
  /** How many past events of the channel to hand over first. */
  replay: number;
  /** What the server is to be asked for, where that is not the channel's name. */
  topic?: string | undefined;
}

export type ToHub =
  | {
      t: 'hello';
      v: number;
      build: string;
      /** Unique per document (128 random bits); the same again after bfcache and after a worker's death. */
      tab: string;
      /** Web Lock this tab holds for as long as it lives; absent before it does, and where there are no locks (plain http). */
      lock?: string | undefined;
      visible: boolean;
      /** Opaque text from `move-to`, handed back to the successor. */
      state?: string | undefined;
    }
  | {
      t: 'attach';
      /** The page's own small number for this stream, unique per page, never used again. */
      s: number;
      kind: 'channel' | 'drop-in';
      /** Absolute, without fragment. */
      url: string;
      /** As the application gave them, checked on the page for type; the hub checks range and meaning. */
      options: Record<string, unknown>;
      subs: SubscribeRequest[];
      /** Present when the page had this stream before (worker died, bfcache, hub forgot the tab). */
      position?: Position;
      /** With `position`: the last events, newest last, at most 1,000, name, id and data of each: what this tab is to be spared. */
      had?: string[];
      /** With `position`: the connect epoch that `attached` told; a lower one than the principal's present one is refused. */
      term?: number;
    }
  | { t: 'detach'; s: number }
  | ({ t: 'sub'; s: number } & SubscribeRequest)
  | { t: 'unsub'; s: number; sub: number }
  | { t: 'visible'; visible: boolean }
  /**
   * The page goes; `persisted`: into bfcache, where it keeps its queue. Positions are given, stream and batch of each, because
   * messages in flight are lost.
   */
  | { t: 'bye'; persisted: boolean; at?: number[] }
  | { t: 'reconnect'; s: number }
  /** Answer to `ask`: headers a line each, name and value joined by a comma. Without `given` the functions have failed. */
  | { t: 'answer'; s: number; r: number; given?: { url?: string; headers?: string } }
  | { t: 'stats'; s: number; r: number }
  | { t: 'close-everywhere'; r: number }
  /** Answer to `ended`. */
  | { t: 'ended'; session: number }
  | { t: 'ping' }
  | { t: 'pong' };

/** Acknowledges batch `n` of stream `s`, and with it all before. */
export type Ack = [s: number, n: number];

/** Facts of an error; the page's `errors` chunk turns code and facts into a message with the remedy. */
export interface WireError {
  code: string;
  /** What the message is made of: an option's name, the stream that was first, a limit. Never a token, a query or a payload. */
  detail: string;
}

export type FromHub =
  /**
   * The worker's script has this port; said before the wasm runs, once by each run of the script. A second one on the same
   * port is another run's: WebKit moves a worker whose tab closed to another process, where it knows nothing of before.
   * `lock`: of the run's own, '' where there are none. Who was granted it already is heard by one that ends.
   */
  | { t: 'connected'; lock: string }
  | {
      t: 'welcome';
      v: number;
      build: string;
      epoch: number;
      gen: number;
      /** Web Lock the worker holds for as long as it lives. */
      lock?: string;
      /** The worker script's own URL: base of the successor's. */
      href: string;
    }
  /** Another protocol version: nothing this port says is heard. */
  | { t: 'refused'; v: number; build: string }
  /** The stream is joined; `term` is the connect epoch to hand back on a rejoin. */
  | { t: 'attached'; s: number; term: number }
  /**
   * The hub is about to connect and needs what the application's functions give. `refused`: the server has refused what it
   * was given last.
   */
  | { t: 'ask'; s: number; r: number; refused: boolean }
  /** Where a stream is whose URL is a function, without its query. */
  | { t: 'located'; s: number; url: string }
  /**
   * The stream is not joined: `STREAM_LIMIT`, `BAD_OPTION`, `BAD_URL`, `CLOSED`. The page's stream `s` is closed, with
   * `reason` where the hub gives one (`principal-changed`).
   */
  | ({ t: 'detached'; s: number; reason?: string } & WireError)
  /** Something this tab said was not taken; `sub` names the subscription that ends by it (`CHANNEL_LIMIT`, `BAD_CHANNEL`). */
  | ({ t: 'error'; s?: number; sub?: number } & WireError)
  | { t: 'stats'; r: number; stats: Stats }
  /** The session is over for all tabs: close every stream, answer `ended`, do not rejoin. */
  | { t: 'ended'; session: number }
  /** To the tab that asked for `close-everywhere`: every awake tab has answered. */
  | { t: 'closed-everywhere'; r: number }
  /** The hub does not know this port's tab (it was silent too long): say hello and attach again. */
  | { t: 'rejoin' }
  /** Leave this worker and join that one; `state` goes into the next hello. */
  | { t: 'move-to'; url: string; name: string; gen: number; state: string }
  /** The wasm could not be loaded: final for this worker. */
  | ({ t: 'load-failed' } & WireError)
  /** The hub has panicked and ends itself; a fresh worker is to be started. */
  | { t: 'died'; detail: string }
  | { t: 'ping' }
  | { t: 'pong' };

export interface Stats {
  /** Tabs that hold this stream now. */
  tabs: number;
  /** Streams of all tabs in this worker. */
  streams: number;
  channels: number;
  subscriptions: number;
  status: string;
  /** Connections made for this stream so far. */
  connections: number;
  received: number;
  /** Deliveries handed to tabs (events times tabs). */
  delivered: number;
  /** Repeats removed after a resume. */
  repeats: number;
  /** Events dropped from full queues, all tabs. */
  dropped: number;
  /** Events and bytes (UTF-16 units) now waiting or unacknowledged in this tab's queue. */
  queued: number;
  queuedUnits: number;
  replayUnits: number;
  epoch: number;
  lastEventId: string;
  resumed: 'yes' | 'no' | 'unknown' | null;
  generation: number;
}

/** Where things lie in a `Batch`: a header, then entries of `STRIDE` slots. */
export const HEADER = 6;
export const STRIDE = 3;

/**
 * `[s, batch, epoch, seq, lastId, asks, ...entries]`
 * `epoch, seq, lastId`: the connection's position once this batch is processed. `asks`: it is to be acknowledged, and
 * all before it with it.
 * An entry is `(channel index >= 0, id, data)` for an event, `id` null where it is that of the entry's predecessor event
 * in this batch; or `(op < 0, a, b)`.
 */
export type Batch = unknown[];

/** (CHANNEL, index, name): told once per attach, before the index is used. */
export const OP_CHANNEL = -1;
/** (READY, sub, null): from the next entry on the subscription hears live events. */
export const OP_READY = -2;
/** (REPLAYED, sub, [index, id, data]): a past event, for this subscription alone; comes before its READY. */
export const OP_REPLAYED = -3;
/** (GAP, channel name, [dropped | null, cause]) */
export const OP_GAP = -4;
/** (STATUS, StatusUpdate, null) */
export const OP_STATUS = -5;
/** (ERROR, WireError, null): of the stream, such as a failed attempt. */
export const OP_ERROR = -6;
/** (RUN, Run, null): events in one piece, made once for all tabs that get them. */
export const OP_RUN = -7;
/**
 * `[ends, text]`: of each event the channel index and where its id and its data end in `text`, which has them one behind the other,
 * the id always.
 */
export type Run = [ends: Uint32Array, text: string];

/**
 * (CIRCLE, key, name): the page is to listen to the BroadcastChannel of that name, in place of one it was told before, and to say
 * `key` there. Once that is heard, long runs may come by it.
 */
export const OP_CIRCLE = -8;
/** (AIRED, number, null): in place of a run, one that came or will come as `Aired`. */
export const OP_AIRED = -9;
/** What the worker says on that BroadcastChannel: runs, each behind its number. All else there is pages' keys. */
export type Aired = (number | Run)[];

export interface StatusUpdate {
  status: 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed';
  reason: string;
  resumed: 'yes' | 'no' | 'unknown' | null;
  /** This update tells of a connection lost or an attempt failed: one native `error` event. */
  failed: boolean;
}
