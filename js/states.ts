/**
 * Where a page stands with its worker, and whether it may show what it hears: two total tables of state and event. What
 * comes of a step (ports, timers, locks) is `lifecycle.ts`; a state or event that is not thought through does not compile.
 */

/** The page's tie to a worker. */
export type Tie =
  /** A port is made, the worker's script has not spoken on it. */
  | 'starting'
  /** The script has the port, the hub has not answered the hello. */
  | 'greeted'
  /** The hub has answered. */
  | 'ready'
  /** The third death in a minute: no port, but the script may run anew yet. */
  | 'ending'
  /** In the back/forward cache: no port. */
  | 'away'
  /** Given up, until someone tries again: no port. */
  | 'down';

export type TieEvent =
  /** The script has said that it runs. */
  | 'connected'
  | 'welcome'
  /** Not answered in time: another port may reach another worker. */
  | 'late'
  /** Another tab has found this worker. */
  | 'found'
  /** There is a successor, by another tab's word. */
  | 'succeeded'
  /** `move-to` another worker. */
  | 'move-to'
  /** The worker has died or hangs. */
  | 'died'
  /** So it has for the third time, and nothing has said why: its script may run anew. */
  | 'died-again'
  /** So it has, and that is the end. */
  | 'ended'
  /** Its script or the constructor has failed, or it is not coming. */
  | 'error'
  /** It has said itself that it can't. */
  | 'refused'
  /** `pagehide` into the back/forward cache. */
  | 'hide'
  /** `pageshow` from there. */
  | 'show'
  /** The hub does not know this tab any more, or another tab has found its worker dead. */
  | 'rejoin'
  /** `reconnect()`, or a new `connect()`. */
  | 'revive';

/** What is done on the way: nothing, a fresh port, the hub is joined, all is told of the end, the port is let go. */
export type Deed = 'none' | 'again' | 'join' | 'give' | 'leave';

/** `null`: the event means nothing in that state. */
type Table<State extends string, Event extends string, Step> = Record<State, Record<Event, Step | null>>;

type Step = readonly [to: Tie, deed: Deed];
const again: Step = ['starting', 'again'];
const give: Step = ['down', 'give'];
const leave: Step = ['away', 'leave'];
const join: Step = ['ready', 'join'];

export const TIE: Table<Tie, TieEvent, Step> = {
  starting: {
    connected: ['greeted', 'none'],
    welcome: join,
    late: again,
    found: again,
    succeeded: again,
    'move-to': again,
    // From one that ends, on a port made meanwhile: the next try may reach another.
    died: null,
    'died-again': null,
    ended: null,
    error: give,
    refused: give,
    hide: leave,
    show: again,
    rejoin: again,
    revive: null,
  },
  greeted: {
    // Another run of the script has the port: whatever the last one knew of this page, and heard of it since, is lost.
    connected: again,
    welcome: join,
    late: again,
    found: null,
    succeeded: again,
    'move-to': again,
    died: again,
    'died-again': ['ending', 'leave'],
    ended: give,
    error: give,
    refused: give,
    hide: leave,
    show: again,
    rejoin: again,
    revive: null,
  },
  ready: {
    connected: again,
    // To the hello with the lock.
    welcome: null,
    late: null,
    found: null,
    succeeded: null,
    'move-to': again,
    died: again,
    'died-again': ['ending', 'leave'],
    ended: give,
    // Some exception of the worker's; deaths are found otherwise.
    error: null,
    refused: give,
    hide: leave,
    show: again,
    rejoin: again,
    revive: null,
  },
  ending: {
    connected: again,
    welcome: null,
    late: null,
    found: null,
    succeeded: again,
    'move-to': null,
    died: null,
    'died-again': null,
    ended: give,
    error: null,
    refused: null,
    hide: leave,
    show: again,
    rejoin: null,
    revive: null,
  },
  away: {
    connected: null,
    welcome: null,
    late: null,
    found: null,
    succeeded: null,
    'move-to': null,
    died: null,
    'died-again': null,
    ended: null,
    error: null,
    refused: null,
    hide: null,
    show: again,
    rejoin: null,
    revive: null,
  },
  // Nothing but the application's own word: what it was told is final until then.
  down: {
    connected: null,
    welcome: null,
    late: null,
    found: null,
    succeeded: null,
    'move-to': null,
    died: null,
    'died-again': null,
    ended: null,
    error: null,
    refused: null,
    hide: null,
    show: null,
    rejoin: null,
    revive: again,
  },
};

/**
 * What reached this page before or while it slept may be of a session that was closed everywhere meanwhile. It is held until
 * one round trip has told: `ended` comes before the pong.
 */
export type Sleep =
  | 'awake'
  /** It slept, and has not asked whether its session goes on. */
  | 'asleep'
  /** It has asked, and has not heard. */
  | 'asking';

export type SleepEvent =
  /** It is frozen, goes into the back/forward cache, or has run nothing for too long. */
  | 'sleep'
  /** It runs, and can ask. */
  | 'look'
  /** The answer, the end of the session, or that there will be none. */
  | 'told'
  /** The port is let go, and the answer with it. */
  | 'leave';

export const SLEEP: Table<Sleep, SleepEvent, Sleep> = {
  awake: { sleep: 'asleep', look: null, told: null, leave: null },
  asleep: { sleep: null, look: 'asking', told: 'awake', leave: null },
  // Once more: what was asked before this sleep says nothing of it.
  asking: { sleep: 'asleep', look: null, told: 'awake', leave: 'asleep' },
};
