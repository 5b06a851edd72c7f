import { ChannelEvent } from './event.js';
import { bad, notice } from './lifecycle.js';
import {
  type Batch,
  HEADER,
  OP_CHANNEL,
  OP_READY,
  OP_REPLAYED,
  OP_RUN,
  OP_STATUS,
  SEPARATOR,
  STRIDE,
  type StatusUpdate,
} from './protocol.js';
import { keep } from './recent.js';
import type { Channel, Stream } from './stream.js';
import type { Sub } from './subscription.js';

/** A batch from the hub: handed out, then noted as had, then acknowledged if that is asked for. A malformed one is told, and neither. */
export function take(stream: Stream, batch: Batch): void {
  const [s, n, epoch, seq, id, asks] = batch as [number, number, number, number, string, boolean];
  if (!(n > 0) || (batch.length - HEADER) % STRIDE) {
    bad(stream.link, 'batch');
    return;
  }
  // Who joins again may be given again what had no ack. A hub counts on from the position's batch, another worker's too.
  if (!(stream.at && n <= stream.at.batch)) {
    const { origin } = new URL(stream.url);
    let last = stream.at?.id ?? '';
    for (let i = HEADER; i < batch.length; i += STRIDE) {
      const op = batch[i] as number;
      const a = batch[i + 1];
      const b = batch[i + 2];
      let events = [op, a ?? last, b];
      if (op === OP_RUN) {
        events = `${b}`.split(SEPARATOR);
        if (events.length !== STRIDE * (a as number)) {
          bad(stream.link, 'run');
          continue;
        }
      } else if (op < 0) {
        control(stream, origin, op, a, b);
        continue;
      }
      give(stream, origin, events);
      last = events.at(1 - STRIDE) as string;
    }
    // Only now: a tab that dies while it processes a batch has not had it.
    stream.at = { epoch, seq, id, batch: n };
    keep(stream, batch);
  }

  if (asks === false) return;
  const ack = () => stream.link.post([s, n]);
  if (stream.later) stream.later(ack);
  else ack();
}

/**
 * Events, as `(channel index, id, data)` each. A loop of its own with few calls in it: engines compile what runs often, and
 * each of eight tabs pays for that.
 *
 * The lists of subscriptions are replaced when they change, so a handler may subscribe and unsubscribe as it likes.
 */
function give(stream: Stream, origin: string, events: unknown[]): void {
  const all = stream.channel('*');
  let index: unknown;
  let channel: Channel | undefined;
  for (let at = 0; at < events.length; at += STRIDE) {
    // As a rule that of the one before.
    if (events[at] !== index) {
      index = events[at];
      channel = stream.table[Number(index)];
    }
    if (!channel) {
      bad(stream.link, 'channel index');
      continue;
    }
    const { subs } = channel;
    const every = all.subs;
    if (subs.length || every.length) {
      const event = new ChannelEvent(channel.name, events[at + 2] as string, events[at + 1] as string, origin, false);
      hand(subs, event);
      // A server may name an event '*'.
      if (every.length && channel !== all) hand(every, event);
    }
  }
}

function hand(subs: Sub[], event: ChannelEvent): void {
  // By index: what compiles code does so late, and until then an iterator costs more than the rest.
  for (let at = 0; at < subs.length; at++) {
    const sub = subs[at] as Sub;
    if (sub.live) sub.run(event);
  }
}

function control(stream: Stream, origin: string, op: number, a: unknown, b: unknown): void {
  if (op === OP_CHANNEL) {
    // Of a run that is kept (recent.ts) the indexes mean what they meant.
    if (stream.table[a as number]) stream.table = [...stream.table];
    stream.table[a as number] = stream.channel(b as string);
    tidy(stream);
  } else if (op === OP_READY) stream.subs.get(a as number)?.open();
  else if (op === OP_STATUS) {
    stream.update(a as StatusUpdate);
    // With topics it takes an open connection to be ready, and until someone tries again there is none.
    const { topics } = stream.what.options;
    if (topics && stream.status === 'closed')
      for (const sub of stream.subs.values()) if (!sub.live) sub.fail(new stream.link.Failure('CLOSED', 'reconnect()'));
  } else if (op === OP_REPLAYED) {
    const [index, id, data] = b as [number, string, string];
    const channel = stream.table[index];
    if (channel) stream.subs.get(a as number)?.run(new ChannelEvent(channel.name, data, id, origin, true));
    else bad(stream.link, 'channel index');
  } else notice(stream, op, a, b);
}

/** Lets go of the names that nobody holds and no index means, once they are the most. */
function tidy({ channels, table, subs }: Stream): void {
  if (channels.size <= 2 * (table.length + subs.size) + 2) return;
  const used = new Set(table);
  for (const [name, channel] of channels) if (!channel.subs.length && !used.has(channel)) channels.delete(name);
}
