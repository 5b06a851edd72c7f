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

/** A batch from the hub: handed out, then noted as had, then acknowledged. A malformed one is told, and neither. */
export function take(stream: Stream, batch: Batch): void {
  const [s, n, epoch, seq, id] = batch as [number, number, number, number, string];
  if (!(n > 0) || (batch.length - HEADER) % STRIDE) {
    bad(stream.link, 'batch');
    return;
  }
  // Who joins again may be given again what had no ack. A hub counts on from the position's batch, another worker's too.
  if (!(stream.at && n <= stream.at.batch)) {
    const all = stream.channel('*');
    const { origin } = new URL(stream.url);
    let last = stream.at?.id ?? '';
    const event = (index: number, id: string, data: string) => {
      last = id;
      const channel = stream.table[index];
      if (channel) give(origin, channel, all, data, id);
      else bad(stream.link, 'channel index');
    };
    for (let i = HEADER; i < batch.length; i += STRIDE) {
      const op = batch[i] as number;
      const value = batch[i + 1];
      if (op >= 0) event(op, (value ?? last) as string, batch[i + 2] as string);
      else if (op === OP_RUN) {
        if (!run(value, batch[i + 2], event)) bad(stream.link, 'run');
      } else control(stream, origin, op, value, batch[i + 2]);
    }
    // Only now: a tab that dies while it processes a batch has not had it.
    stream.at = { epoch, seq, id, batch: n };
    keep(stream, batch);
  }
  const ack = () => stream.link.post([s, n]);
  if (stream.later) stream.later(ack);
  else ack();
}

const none: Sub[] = [];

/**
 * `false` where it is not what it says. A loop of its own, since engines compile what runs often: as little as can be.
 */
function run(count: unknown, text: unknown, event: (index: number, id: string, data: string) => void): boolean {
  const parts = `${text}`.split(SEPARATOR);
  if (parts.length !== STRIDE * (count as number)) return false;
  for (let at = 0; at < parts.length; at += STRIDE)
    event(Number(parts[at]), parts[at + 1] as string, parts[at + 2] as string);
  return true;
}

/** The lists are replaced when they change, so a handler may subscribe and unsubscribe as it likes. */
function give(origin: string, { name, subs }: Channel, all: Channel, data: string, id: string): void {
  // A server may name an event '*'.
  const every = all.subs === subs ? none : all.subs;
  if (!(subs.length + every.length)) return;
  const event = new ChannelEvent(name, data, id, origin, false);
  hand(subs, event);
  hand(every, event);
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
    stream.table[a as number] = stream.channel(b as string);
    tidy(stream);
  } else if (op === OP_READY) stream.subs.get(a as number)?.open();
  else if (op === OP_STATUS) stream.update(a as StatusUpdate);
  else if (op === OP_REPLAYED) {
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
