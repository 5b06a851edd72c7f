import type { Circle } from './circle.js';
import { TabmuxError } from './errors.js';
import type { Link } from './link.js';
import type { Position, StatusUpdate, ToHub } from './protocol.js';
import type { Recent } from './recent.js';
import type { Sub } from './subscription.js';
import type { GapDetail, Status } from './types.js';

/** Who uses a stream: a hub object, or a `SharedEventSource`. */
export interface Owner {
  /** It has ended, or its stream has, for good. */
  over: boolean;
  /** Every update, also one that leaves the status as it was. */
  changed(update: StatusUpdate, previous: Status): void;
  /** An event of the application's, `level` of its logger. */
  tell(type: string, detail: GapDetail, level: 'warn'): void;
  fail(error: TabmuxError): void;
}

/** The subscriptions of one channel. Replaced when they change, never changed: a loop that runs goes on over the old one. */
export interface Channel {
  name: string;
  subs: Sub[];
}

type Attach = Extract<ToHub, { t: 'attach' }>;

let streams = 0;

/** One attachment to a stream of the hub: all equal streams of the page share it. */
export class Stream {
  /** Never used again, also after the worker's death. */
  readonly s = ++streams;
  declare readonly link: Link;
  /** What it is to be attached to, never another: equal streams have it in common. */
  declare readonly what: Pick<Attach, 'kind' | 'url' | 'options'>;
  /** Where it is; the hub says where, if that is a function's affair. */
  declare url: string;
  /** URL and headers as the application gave them: where they are functions, the hub asks them before it connects. */
  declare ask: unknown[] | undefined;
  readonly owners = new Set<Owner>();
  readonly subs = new Map<number, Sub>();
  status: Status = 'idle';
  /** What this tab has processed; undefined before the first batch. */
  declare at: Position | undefined;
  declare term: number | undefined;
  /** The last events, to be told to the next worker. */
  declare recent: Recent | undefined;
  /** What the next attach is to say of the past, put there by whoever makes the link anew. */
  declare past: Pick<Attach, 'position' | 'had' | 'term'> | undefined;
  /**
   * Where long runs come from, if many tabs get them. There from the beginning: one field more in the midst of a burst, and an
   * engine compiles the hand-out once more (decisions/0125).
   */
  circle: Circle | undefined;
  /** Index table of this attachment. */
  declare table: Channel[];
  /** Runs `ack` once what the batch set off is done; at once by default. */
  declare later: ((ack: () => void) => void) | undefined;

  readonly channels = new Map<string, Channel>();
  /** The one that the hub has heard of this stream on. */
  declare port: MessagePort | undefined;
  private counter = 0;

  constructor(link: Link, what: Stream['what']) {
    this.link = link;
    this.what = what;
    this.url = what.url;
    link.streams.set(this.s, this);
  }

  /** Says all that the hub has to know of this stream, once per port; for when there is one. */
  attach(): void {
    const { link, past } = this;
    // Who has left already is to cause no connection, though `leave` may have yet to be loaded.
    if (this.port === link.port || [...this.owners].every((owner) => owner.over)) return;
    this.port = link.port;
    this.past = undefined;
    this.table = [];
    link.post({
      t: 'attach',
      s: this.s,
      ...this.what,
      subs: [...this.subs.values()].map(({ want }) => want),
      ...past,
    });
  }

  /** What the attach will tell anyway needs no message before it. */
  post(message: ToHub): void {
    if (this.port === this.link.port) this.link.post(message);
  }

  add(sub: Sub): void {
    const { want } = sub;
    want.sub = ++this.counter;
    this.subs.set(want.sub, sub);
    const entry = this.channel(want.channel);
    entry.subs = [...entry.subs, sub];
    this.post({ t: 'sub', s: this.s, ...want });
    // Nobody is there to answer, until someone tries again.
    if (this.link.down && this.status === 'closed') sub.fail(new TabmuxError('CLOSED', 'reconnect()'));
  }

  /** Also for an update that leaves the status as it was. */
  update(update: StatusUpdate): void {
    const previous = this.status;
    this.status = update.status;
    this.each((owner) => owner.changed(update, previous));
  }

  /** Of those that are there now: who joins meanwhile has no part in it. */
  each(act: (owner: Owner) => void): void {
    [...this.owners].forEach(act);
  }

  channel(name: string): Channel {
    const channel = this.channels.get(name) ?? { name, subs: [] };
    this.channels.set(name, channel);
    return channel;
  }
}
