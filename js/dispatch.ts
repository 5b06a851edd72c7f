import { listen } from './circle.js';
import { ChannelEvent } from './event.js';
import { bad, notice, resume } from './lifecycle.js';
import {
  type Batch,
  HEADER,
  OP_CHANNEL,
  OP_CIRCLE,
  OP_READY,
  OP_REPLAYED,
  OP_RUN,
  OP_STATUS,
  type Run,
  STRIDE,
  type StatusUpdate,
} from './protocol.js';
import { keep } from './recent.js';
import { isRun } from './run.js';
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
    const origin = originOf(stream.url);
    let last = stream.at?.id ?? '';
    for (let i = HEADER; i < batch.length; i += STRIDE) {
      const op = batch[i] as number;
      const a = batch[i + 1];
      const b = batch[i + 2];
      if (op >= 0) {
        last = (a ?? last) as string;
        const channel = stream.table[op];
        if (channel) {
          const event = new ChannelEvent(channel.name, b as string, last, origin, false);
          for (const sub of hearers(stream, channel)) if (sub.live) sub.run(event);
        } else bad(stream.link, 'channel index');
      } else if (op !== OP_RUN) control(stream, origin, op, a, b);
      else if (isRun(a)) last = give(stream, origin, a);
      else bad(stream.link, 'run');
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

let parsed = { url: '', origin: '' };

/** As a rule the last one: to parse a URL takes longer than to hand out an event (decisions/0109). */
function originOf(url: string): string {
  if (url !== parsed.url) parsed = { url, origin: new URL(url).origin };
  return parsed.origin;
}

/**
 * Hands out the events of a run; gives the last one's id. One loop with few calls in it: engines compile what runs often, and each
 * of eight tabs pays for that (decisions/0097).
 */
function give(stream: Stream, origin: string, [ends, text]: Run): string {
  let index: number | undefined;
  let channel: Channel | undefined;
  let subs: Sub[] = [];
  let id = '';
  let end = 0;
  for (let at = 0; at < ends.length; at += STRIDE) {
    // As a rule that of the one before.
    if (ends[at] !== index) {
      index = ends[at] as number;
      channel = stream.table[index];
      subs = channel ? hearers(stream, channel) : [];
    }
    const middle = ends[at + 1] as number;
    id = text.slice(end, middle);
    end = ends[at + 2] as number;
    if (!channel) bad(stream.link, 'channel index');
    else if (subs.length) {
      const event = new ChannelEvent(channel.name, text.slice(middle, end), id, origin, false);
      // By index: what compiles code does so late, and until then an iterator costs more than the rest.
      for (let n = 0; n < subs.length; n++) {
        const sub = subs[n] as Sub;
        if (sub.live) sub.run(event);
      }
    }
  }
  return id;
}

/**
 * Subscriptions to the channel, and those to all; a server may name an event '*'. The lists are replaced when they change, so a
 * handler may subscribe and unsubscribe as it likes: who is new hears nothing before it is ready, who is gone is not `live`.
 */
function hearers({ channels }: Stream, channel: Channel): Sub[] {
  const all = channels.get('*');
  return all && all !== channel ? [...channel.subs, ...all.subs] : channel.subs;
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
  } else if (op === OP_CIRCLE) listen(stream, a as number, b as string, () => resume(stream.link));
  else notice(stream, op, a, b);
}

/** Lets go of the names that nobody holds and no index means, once they are the most. */
function tidy({ channels, table, subs }: Stream): void {
  if (channels.size <= 2 * (table.length + subs.size) + 2) return;
  const used = new Set(table);
  for (const [name, channel] of channels) if (!channel.subs.length && !used.has(channel)) channels.delete(name);
}
