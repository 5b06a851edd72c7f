/**
 * What the page does with its worker once the port is made: how it is answered, found dead, made again, left and closed.
 * Together with the way of the events (`dispatch.ts`) this is a chunk of its own, fetched while the worker starts, so that
 * the application's first chunk stays small. Nothing here runs by being imported.
 */
import { fill, hush } from './circle.js';
import { giveCredentials } from './credentials.js';
import { take } from './dispatch.js';
import { isWebKit } from './engine.js';
import type { TabmuxError } from './errors.js';
import { explain } from './explain.js';
import type { Hub } from './hub.js';
import type { Link } from './link.js';
import { type FromHub, OP_ERROR, OP_GAP, type Stats, type ToHub, type WireError } from './protocol.js';
import { closeRadio, stayTuned, tellDead, tellHere, where } from './radio.js';
import { recentEvents } from './recent.js';
import { type Deed, SLEEP, type Sleep, type SleepEvent, TIE, type Tie, type TieEvent } from './states.js';
import type { Stream } from './stream.js';
import { sayLock } from './tab.js';
import type { GapCause, StatusReason } from './types.js';

const SECOND = 1000;
/** A worker that has not answered by then is not coming. */
const LOAD = 30 * SECOND;
/** Where its script has not spoken, another port is tried: first so soon where there was a worker before, then later each time. */
const TRY = SECOND / 10;
/** After that, or where the script has spoken, only now and then: once where it never answered, for it may have died since. */
const TRIES = 5 * SECOND;
const RETRY = 3 * SECOND;
/** Until then the `error` event of a script that has not spoken may be another tab's: the next port asks anew. */
const DOUBT = 2 * SECOND;
/** One that is known to have died is replaced by one of another name then. */
const GIVE_UP = 9 * SECOND;
const PING_EVERY = 10 * SECOND;
/** After one that was not answered, so that death is found within 30 s. */
const PING_AGAIN = 5 * SECOND;
/** Unanswered pings that mean death. */
const PINGS = 3;
/** Questions to the browser until what it had for this page is here: it tells that it has something, and is asked for it. */
const ROUNDS = 3;
/** A timer this late: the page was frozen or the machine slept, and an answer may be on its way. */
const JUMP = 5 * SECOND;
/** A page that ran nothing for so long, though it pings and is answered in less, has slept. */
const NAP = PING_EVERY + JUMP;
/** What a batch names and has not come by then is not coming. */
const OVERDUE = 5 * SECOND;
/** So many deaths within this time: give up. */
const DEATHS = 3;
const DEATHS_WITHIN = 60 * SECOND;

type Welcome = Extract<FromHub, { t: 'welcome' }>;

/** What is remembered of a link here. */
export interface Life {
  /** The application's `workerUrl`; '' for the bundler's. */
  base: string;
  /** What the worker said last time it answered; its `href` is needed for its successor. */
  welcome?: Welcome;
  tie: Tie;
  sleep: Sleep;
  /** Milliseconds since the worker was asked for. */
  waited: number;
  /** The step of `waited`. */
  step: number;
  timer?: ReturnType<typeof setTimeout>;
  /** Done when the worker has been told of this page. */
  greeting?: Promise<void>;
  /** Ends the wait for the worker's lock. */
  watch?: AbortController | undefined;
  /** The lock of the worker that has died last: it was had. */
  gone?: string;
  /** The worker has said that it dies. */
  isSaid?: boolean;
  /** Of which worker the others have told. */
  told?: number;
  deaths: number[];
  /** The ports to those that died without a word, until the next welcome: their script may run anew. */
  old: MessagePort[];
  pings: number;
  /** It was found dead by pings alone. */
  hangs: boolean;
  answered: boolean;
  due: number;
  /** When this page ran last. */
  seen: number;
  /** Pings on this port without a pong: the hub answers each, in order. */
  pinged: number;
  /** Batches that came before the answer, or before a run that the first of them names. */
  held: unknown[];
  /** The batch that is waited with, and what ends that. */
  waits?: unknown;
  overdue?: ReturnType<typeof setTimeout>;
  asked: Map<number, Asked>;
  /** Why it was given up. */
  end?: Promise<TabmuxError>;
  /** Streams that the hub holds for this page, by their number. */
  seats: Set<number>;
}

interface Asked {
  message: ToHub;
  resolve(answer: never): void;
  reject(error: unknown): void;
}

let requests = 0;

function lifeOf(link: Link): Life {
  if (!link.life) {
    link.life = {
      base: String(link.url ?? ''),
      tie: link.down ? 'down' : 'starting',
      // What came before this file was there has waited, for all that is known through a sleep of the machine.
      sleep: Date.now() - link.made > NAP ? 'asleep' : 'awake',
      waited: 0,
      step: SECOND,
      deaths: [],
      old: [],
      pings: 0,
      hangs: false,
      answered: true,
      due: 0,
      seen: Date.now(),
      pinged: 0,
      held: [],
      asked: new Map(),
      seats: new Set(),
    };
    // Four times: Firefox cuts off what runs while it closes the tab, though not the next listener (decisions/0058).
    for (let n = 0; n < 4; n++) addEventListener('pagehide', ({ persisted }) => hide(link, persisted));
    document.addEventListener('freeze', () => sleep(link));
    addEventListener('pageshow', ({ persisted }) => persisted && show(link));
    const tell = () => link.post({ t: 'visible', visible: !document.hidden });
    document.addEventListener('visibilitychange', tell);
    // It may have been shown since the hello, while there was nobody to see it.
    tell();
  }
  return link.life;
}

/** Takes the step that `event` means now, as far as that needs nothing else. `undefined`: it means nothing. */
function step(link: Link, event: TieEvent): Deed | undefined {
  const life = lifeOf(link);
  const next = TIE[life.tie][event];
  if (!next) return;
  const [tie, deed] = next;
  life.tie = tie;
  if (deed === 'again') again(link);
  if (deed === 'leave') leave(link);
  return deed;
}

/** `false`: it means nothing. */
function slumber(link: Link, event: SleepEvent): boolean {
  const life = lifeOf(link);
  const next = SLEEP[life.sleep][event];
  life.sleep = next ?? life.sleep;
  return !!next;
}

// The worker's start

/** A port is made: from here on it is waited for. */
export function starting(link: Link): void {
  const life = lifeOf(link);
  // The page went into the back/forward cache before this file was there, and has come back.
  if (!link.port) {
    again(link);
    return;
  }
  clearTimeout(life.timer);
  life.timer = setTimeout(() => late(link), life.step);
  life.greeting = sayLock(link);
}

/**
 * Not answered yet. A worker that ends may still take a port, and never says a word on it (Firefox does so for some
 * 100 ms); and a script that does not load may lose its `error` event (Chromium, decisions/0010). Both are mended by
 * another port: the hub hears the last one that a tab made.
 */
function late(link: Link): void {
  const life = lifeOf(link);
  // Counted, not measured: a machine that sleeps is not a worker that does not load.
  const before = life.waited;
  life.waited += life.step;
  life.step = Math.min(life.step * 2, SECOND);
  const { waited } = life;
  const passes = (time: number) => Math.floor(waited / time) > Math.floor(before / time);
  if (waited >= LOAD) {
    fail(link, link.port, 'timeout');
    return;
  }
  seek(link);
  if (life.welcome && passes(RETRY)) {
    // One that hangs goes on taking ports: then the next one has to be another, by name and by URL. That comes second,
    // because without locks a hang looks like a death, after which new tabs are with a fresh worker of the same name. One
    // whose script says nothing on any port by now is one that does not get to its end (Firefox).
    if (life.hangs || life.tie === 'starting' || passes(GIVE_UP)) successor(link);
    life.hangs = false;
    step(link, 'late');
  } else if ((life.tie === 'starting' && waited <= TRIES) || passes(4 * TRIES)) step(link, 'late');
  else life.timer = setTimeout(() => late(link), life.step);
}

/** Others may have found the worker, or its successor. Timers of hidden pages are slow, their messages are not. */
function seek(link: Link): void {
  const life = lifeOf(link);
  where(link, ({ gen, url, name, epoch }) => {
    if (gen > link.gen) move(link, 'succeeded', { url, name, gen, state: '' });
    else if (gen === link.gen && life.told !== epoch && step(link, 'found')) life.told = epoch;
  });
}

/** The worker can't be loaded, or `port` of it gave an error: nothing comes until someone tries again. */
export function fail(link: Link, port: MessagePort | undefined, detail: string): void {
  // Whoever has made this link may have yet to put a stream on it, and listeners on that.
  queueMicrotask(() => {
    if (link.port !== port) return;
    const { tie, waited } = lifeOf(link);
    // The tab that has asked for the script may have gone: then all who wait for it are told so (WebKit, decisions/0069).
    if (detail === 'script' && tie === 'starting' && waited < DOUBT && isWebKit()) return;
    give(link, 'error', 'worker-load', { code: 'WORKER_LOAD', detail });
  });
}

function give(link: Link, event: TieEvent, reason: StatusReason, error: WireError): void {
  if (!step(link, event)) return;
  leave(link);
  link.down = true;
  const life = lifeOf(link);
  const { asked, welcome } = life;
  // No answer is to be had; the drop-ins have to tell of it. What was held is not acknowledged, and comes again.
  slumber(link, 'told');
  life.held = [];
  link.hold?.(false);
  // Where a bundler has put the worker it alone knows; without one it is beside this file. (No `new URL` of a literal: a
  // bundler would take it for a second worker.)
  const url = String(welcome?.href ?? link.url ?? import.meta.url.replace(/[^/]*$/, 'worker.js')).replace(/\?.*/, '');
  const told = explain(link, error, url);
  life.end = told;
  for (const stream of link.streams.values()) {
    stream.update({ status: 'closed', reason, resumed: null, failed: true });
    told.then((error) => {
      for (const sub of stream.subs.values()) if (!sub.live) sub.fail(error);
      stream.each((owner) => owner.fail(error));
    });
  }
  for (const { reject } of asked.values()) told.then(reject);
  asked.clear();
}

/** Lets go of the port; the page and its streams stay. */
function leave(link: Link): void {
  const life = lifeOf(link);
  clearTimeout(life.timer);
  life.watch?.abort();
  life.watch = undefined;
  slumber(link, 'leave');
  life.pinged = 0;
  // Not processed: whoever is joined next is told so.
  life.held = [];
  clearTimeout(life.overdue);
  for (const stream of link.streams.values()) hush(stream);
  link.port?.close();
  link.port = undefined;
}

function forgetOld({ old }: Life): void {
  for (const port of old.splice(0)) port.close();
}

/** A fresh port to the worker as it is named now, told all that this page has had. */
function again(link: Link): void {
  leave(link);
  for (const stream of link.streams.values())
    stream.past = {
      ...(stream.at && { position: { ...stream.at }, had: recentEvents(stream) }),
      ...(stream.term !== undefined && { term: stream.term }),
    };
  link.down = false;
  link.start();
}

/** Tries once more after it was given up. */
export function revive(link: Link): void {
  const life = lifeOf(link);
  if (!TIE[life.tie].revive) return;
  Object.assign(life, { deaths: [], waited: 0, step: SECOND });
  step(link, 'revive');
}

function welcomed(link: Link, welcome: Welcome): void {
  const life = lifeOf(link);
  const isFresh = life.welcome && life.welcome.epoch !== welcome.epoch;
  clearTimeout(life.timer);
  forgetOld(life);
  Object.assign(life, { welcome, waited: 0, step: TRY, pings: 0, hangs: false, answered: true, isSaid: false });
  link.gen = welcome.gen;
  link.state = undefined;
  pingLater(link);
  if (welcome.lock) awaitDeath(link, welcome.lock);
  if (isFresh) tellHere(link, welcome.epoch);
  stayTuned(link, () => step(link, 'rejoin'));
  for (const { message } of life.asked.values()) link.post(message);
  // What was left while there was no port to say so on: the hub has kept its place and queue for this page.
  for (const s of life.seats)
    if (!link.streams.has(s)) {
      life.seats.delete(s);
      link.post({ t: 'detach', s });
    }
}

// Death

/** The worker holds this lock as long as it lives: to be granted it is to learn of its death. */
function awaitDeath(link: Link, lock: string): void {
  const life = lifeOf(link);
  life.watch?.abort();
  const watch = new AbortController();
  life.watch = watch;
  // Shared, so that every tab is granted it at once.
  navigator.locks
    .request(lock, { mode: 'shared', signal: watch.signal }, async () => {
      if (watch.signal.aborted) return;
      lifeOf(link).gone = lock;
      await lastWords();
      if (!watch.signal.aborted) died(link, '');
    })
    .catch(() => {});
}

/**
 * What a worker posted before it died may come behind the grant of its lock (WebKit). It is heard yet: two batches may be more
 * events than tabs may be apart for the next worker. Asked, not timed: timers of hidden pages are slow.
 */
async function lastWords(): Promise<void> {
  for (let n = 0; n < ROUNDS; n++) await navigator.locks.query().catch(() => {});
}

function pingLater(link: Link): void {
  const life = lifeOf(link);
  const wait = life.pings ? PING_AGAIN : PING_EVERY;
  life.due = Date.now() + wait;
  life.timer = setTimeout(() => ping(link), wait);
}

function sayPing(link: Link): void {
  lifeOf(link).pinged++;
  link.post({ t: 'ping' });
}

function ping(link: Link): void {
  const life = lifeOf(link);
  look(link);
  const jumped = Date.now() - life.due > JUMP;
  if (life.answered || jumped || document.hidden) life.pings = 0;
  else if (++life.pings >= PINGS) {
    life.hangs = true;
    if (life.welcome) tellDead(link, life.welcome.epoch);
    died(link, 'no answer');
    return;
  }
  life.answered = document.hidden;
  if (!document.hidden) sayPing(link);
  pingLater(link);
}

function successor(link: Link): void {
  const { welcome } = lifeOf(link);
  if (!welcome) return;
  link.gen++;
  link.name = link.name.replace(/(:.*)?$/, `:${link.gen}`);
  const url = new URL(welcome.href);
  url.searchParams.set('tabmux', `${link.gen}`);
  link.url = url.href;
}

function died(link: Link, detail: string): void {
  const life = lifeOf(link);
  if (!TIE[life.tie].died) return;
  const now = Date.now();
  life.deaths = [...life.deaths.filter((then) => now - then < DEATHS_WITHIN), now];
  seek(link);
  const { port } = link;
  const ends = () => give(link, 'ended', 'worker-died', { code: 'WORKER_DIED', detail });
  const isLast = life.deaths.length >= DEATHS;
  if (port && !detail) {
    // Unless the script runs anew: WebKit ends a worker with the tab that made it, which is no fault of the worker's.
    link.port = undefined;
    life.old.push(port);
    port.onmessage = ({ data }) => {
      if (Object(data).t !== 'connected') return;
      life.deaths = life.deaths.filter((then) => then !== now);
      if (life.tie === 'ending') step(link, 'connected');
    };
  }
  if (!isLast) step(link, 'died');
  else if (detail) ends();
  else {
    step(link, 'died-again');
    // There it goes with its tab, again and again, and the old ports need not hear of the next run.
    life.timer = setTimeout(() => (isWebKit() && !life.isSaid ? step(link, 'connected') : ends()), SECOND);
  }
}

// The page sleeps, goes and comes

function sleep(link: Link): void {
  // One that was given up has nothing that could tell.
  if (!link.down && slumber(link, 'sleep')) link.hold?.(true);
}

function wake(link: Link): void {
  slumber(link, 'told');
  resume(link);
  link.hold?.(false);
}

/** Goes on with the batches that are held, as far as they have all that they need. */
export function resume(link: Link): void {
  const life = lifeOf(link);
  if (life.sleep !== 'awake') return;
  const { held } = life;
  life.held = [];
  for (const batch of held) hear(link, batch);
}

/** What is yet to come by a BroadcastChannel is waited for, from the first time on that `batch` could not be handed out. */
function wait(link: Link, batch: unknown): void {
  const life = lifeOf(link);
  if (life.waits === batch) return;
  life.waits = batch;
  clearTimeout(life.overdue);
  life.overdue = setTimeout(() => {
    look(link);
    life.waits = undefined;
    // Who slept has waited for nothing: it begins anew once it is awake.
    if (life.held[0] !== batch || life.sleep !== 'awake') return;
    // It has not come: the page joins anew, and is sent all by its port.
    link.deaf = true;
    step(link, 'rejoin');
  }, OVERDUE);
}

/** At each sign of life of the page itself: not every engine tells that it froze a page, and none that the machine slept. */
function look(link: Link): void {
  const life = lifeOf(link);
  if (life.tie === 'ready' && Date.now() - life.seen > NAP) sleep(link);
  life.seen = Date.now();
  if (link.port && slumber(link, 'look')) sayPing(link);
}

function hide(link: Link, persisted: boolean): void {
  const life = lifeOf(link);
  const at = [...link.streams.values()].flatMap(({ s, at }) => [s, at?.batch ?? 0]);
  link.post({ t: 'bye', persisted, at });
  closeRadio();
  // A message to a page in the back/forward cache throws it out of there.
  if (persisted) {
    // Said, and so done: said again on the way back it would end the session of whoever has signed in since.
    for (const [r, { message }] of life.asked)
      if (message.t === 'close-everywhere' && life.tie === 'ready') answer(life, r, undefined);
    sleep(link);
    step(link, 'hide');
    forgetOld(life);
  }
}

/** WebKit takes the locks of a page that it keeps (decisions/0011): held again first, or the hub takes this tab for dead. */
function show(link: Link): void {
  const { lock } = link;
  if (!lock) step(link, 'show');
  else
    navigator.locks.request(lock, { ifAvailable: true }, () => {
      step(link, 'show');
      return new Promise(() => {});
    });
}

function move(
  link: Link,
  event: TieEvent,
  { url, name, gen, state }: Omit<Extract<FromHub, { t: 'move-to' }>, 't'>,
): void {
  const life = lifeOf(link);
  if (!TIE[life.tie][event]) return;
  let target: URL | undefined;
  try {
    target = new URL(url, document.baseURI);
  } catch {}
  if (target?.origin !== location.origin) {
    bad(link, 'move-to another origin');
    return;
  }
  const old = link.port;
  // What the old one still says is not heard; it stays open until the successor has heard of this tab.
  link.port = undefined;
  Object.assign(link, { url: target.href, name, gen, state });
  step(link, event);
  life.greeting?.then(() => old?.close());
}

// Messages

/** Something on the port is not of the protocol: ignored, and told. */
export function bad(link: Link, detail: string): void {
  explain(link, { code: 'BAD_MESSAGE', detail }).then((error) => {
    for (const stream of link.streams.values()) stream.each((owner) => owner.fail(error));
  });
}

/** Whatever comes on the port. */
export function hear(link: Link, data: unknown): void {
  const life = lifeOf(link);
  const message = Object(data) as FromHub;
  life.answered = true;
  look(link);
  if (Array.isArray(data)) {
    // A stream that is not there was left a moment ago: what was on its way is of no use.
    const stream = link.streams.get(data[0]);
    if (life.sleep !== 'awake' || life.held.length) life.held.push(data);
    else if (!stream || fill(stream, data)) {
      if (stream) take(stream, data);
    } else {
      life.held.push(data);
      wait(link, data);
    }
    return;
  }
  const stream = 's' in message ? link.streams.get(message.s as number) : undefined;
  switch (message.t) {
    case 'connected':
      // Still running, though its lock is free (WebKit): to join it would be to see it die again. Another port is tried soon.
      if (message.lock && message.lock === life.gone) link.port?.close();
      else step(link, 'connected');
      return;
    case 'welcome':
      if (step(link, 'welcome')) welcomed(link, message);
      return;
    case 'attached':
      life.seats.add(message.s);
      if (stream) stream.term = message.term;
      return;
    case 'ask':
      if (stream) giveCredentials(stream, message);
      return;
    case 'located':
      if (stream) stream.url = message.url;
      return;
    case 'detached':
      if (stream)
        explain(link, message).then((error) => finish(stream, (message.reason as StatusReason) ?? 'rejected', error));
      return;
    case 'error':
      if (message.code === 'CLOSED' && refuse(link, message.s as number)) return;
      explain(link, message).then((error) => {
        const sub = message.sub !== undefined && stream?.subs.get(message.sub);
        if (sub) {
          sub.end(error);
          sub.owner.fail(error);
        } else for (const other of stream ? [stream] : link.streams.values()) other.each((owner) => owner.fail(error));
      });
      return;
    case 'stats':
      answer(life, message.r, message.stats);
      return;
    case 'closed-everywhere':
      answer(life, message.r, undefined);
      return;
    case 'ended':
      life.held = [];
      for (const stream of link.streams.values()) finish(stream, 'everywhere');
      wake(link);
      link.post({ t: 'ended', session: message.session });
      return;
    case 'rejoin':
      step(link, 'rejoin');
      return;
    case 'move-to':
      move(link, 'move-to', message);
      return;
    case 'refused':
      give(link, 'refused', 'protocol-version', { code: 'PROTOCOL_VERSION', detail: message.build });
      return;
    case 'load-failed':
      give(link, 'refused', 'worker-load', message);
      return;
    case 'died': {
      // Where its lock tells when it has ended, that is the moment. Without locks it is given a moment to end: Firefox hands
      // a worker that is about to end the ports that are made meanwhile. Who wakes first tells the others: timers of hidden
      // pages are slow, and its last word may not have reached everybody.
      const { port } = link;
      life.isSaid = true;
      const end = () => {
        if (link.port !== port) return;
        if (!life.watch && life.welcome) tellDead(link, life.welcome.epoch);
        died(link, message.detail);
      };
      setTimeout(end, life.watch ? SECOND : 2 * TRY);
      return;
    }
    case 'ping':
      link.post({ t: 'pong' });
      return;
    case 'pong':
      life.pinged--;
      if (life.sleep === 'asking' && !life.pinged) wake(link);
      return;
    default:
      bad(link, 'unknown type');
  }
}

/** The entries of a batch that are rare. */
export function notice(stream: Stream, op: number, a: unknown, b: unknown): void {
  if (op === OP_GAP) {
    const [dropped, cause] = b as [number | null, GapCause];
    const channel = a as string;
    const heard = new Set<unknown>();
    for (const sub of stream.subs.values())
      if ([channel, '*'].includes(sub.channel) || channel === '*') heard.add(sub.owner);
    stream.each((owner) => heard.has(owner) && owner.tell('gap', { channel, dropped, cause }, 'warn'));
  } else if (op === OP_ERROR)
    explain(stream.link, a as WireError).then((error) => stream.each((owner) => owner.fail(error)));
  else bad(stream.link, `op ${op}`);
}

/** The page has it no more. */
export function drop(stream: Stream): void {
  const { s, link } = stream;
  link.streams.delete(s);
  hush(stream);
  // What was held for it alone. Later: this may be a handler's doing.
  queueMicrotask(() => resume(link));
}

/** Ended for good. */
function finish(stream: Stream, reason: StatusReason, error?: TabmuxError): void {
  const { link } = stream;
  drop(stream);
  for (const sub of stream.subs.values()) sub.end(error);
  refuse(link, stream.s, error);
  stream.each((owner) => {
    owner.over = true;
  });
  stream.update({ status: 'closed', reason, resumed: null, failed: !!error });
  if (error) stream.each((owner) => owner.fail(error));
}

/** What was asked of `s` gets no answer. `false`: nothing was. */
function refuse(link: Link, s: number, error: unknown = closed(link)): boolean {
  const { asked } = lifeOf(link);
  const before = asked.size;
  for (const [r, { message, reject }] of asked)
    if ('s' in message && message.s === s) {
      asked.delete(r);
      reject(error);
    }
  return asked.size < before;
}

// What the application asks

export { feed } from './iterator.js';
export { leave, remove } from './leave.js';

const closed = (link: Link) => new link.Failure('CLOSED', 'connect() again');

function ask(link: Link, asked: Asked, r: number): void {
  const life = lifeOf(link);
  life.asked.set(r, asked);
  // Otherwise it is said after the welcome.
  if (life.tie === 'ready') link.post(asked.message);
}

function answer(life: Life, r: number, value: unknown): void {
  life.asked.get(r)?.resolve(value as never);
  life.asked.delete(r);
}

export function stats(stream: Stream, resolve: (stats: Stats) => void, reject: (error: unknown) => void): void {
  const { s, link } = stream;
  const r = ++requests;
  // What is asked in the task that connected must not overtake the attach.
  if (link.port) stream.attach();
  if (stream.status === 'closed') reject(closed(link));
  else ask(link, { message: { t: 'stats', s, r }, resolve, reject }, r);
}

export function reconnect({ stream, over }: Hub): void {
  if (!stream || over) return;
  const { link, s } = stream;
  if (link.down) revive(link);
  else link.post({ t: 'reconnect', s });
}

/** Also of a worker that dies or hangs meanwhile: its streams live on in its successor, which is told. */
export function everywhere({ link }: Stream, resolve: () => void, reject: (error: unknown) => void): void {
  const r = ++requests;
  if (link.down) {
    for (const stream of link.streams.values()) finish(stream, 'everywhere');
    // Those of other tabs may live.
    Promise.resolve(lifeOf(link).end ?? closed(link)).then(reject);
  } else ask(link, { message: { t: 'close-everywhere', r }, resolve, reject }, r);
}
