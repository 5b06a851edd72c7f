import { type Batch, HEADER, OP_REPLAYED, OP_RUN, STRIDE } from './protocol.js';
import { isRun } from './run.js';
import type { Channel, Stream } from './stream.js';

/** Bounds of what is kept to tell a fresh worker what this tab has had: events, and UTF-16 units. */
const EVENTS = 1000;
const UNITS = 1 << 20;
/** Events more: to let go of some is not for every event's way. */
const SLACK = 100;

/** The last events of a stream. */
export interface Recent {
  /**
   * In one flat array, since a batch kept as it came costs half as much again as its text (decisions/0084):
   * `(channel's name, id, data)` of an event, `(table that its indexes mean, ends, text)` of a run.
   */
  kept: unknown[];
  events: number;
  units: number;
}

/** Keeps the events of `batch`, and lets go of the oldest ones that are not needed. Runs are not taken apart, nor cut. */
export function keep(stream: Stream, batch: Batch): void {
  stream.recent ??= { kept: [], events: 0, units: 0 };
  const { recent, table } = stream;
  const { kept } = recent;
  let last: unknown;
  for (let i = HEADER; i < batch.length; i += STRIDE) {
    const op = batch[i] as number;
    const a = batch[i + 1];
    const b = batch[i + 2];
    if (op >= 0) {
      last = a ?? last;
      add(recent, 1, table[op]?.name, last, b);
    } else if (op === OP_REPLAYED) {
      const [index, id, data] = b as [number, unknown, unknown];
      add(recent, 1, table[index]?.name, id, data);
    } else if (op === OP_RUN && isRun(a)) {
      const [ends, text] = a;
      add(recent, ends.length / STRIDE, table, ends, text);
      last = text.slice(ends.at(-4) ?? 0, ends.at(-2));
    }
  }
  if (recent.events < EVENTS + SLACK && recent.units <= UNITS) return;
  let from = 0;
  for (; from < kept.length; from += STRIDE) {
    const count = countOf(kept, from);
    if (recent.events - count < EVENTS && recent.units <= UNITS) break;
    recent.events -= count;
    recent.units -= (kept[from + 2] as string).length;
  }
  if (from) kept.splice(0, from);
}

function add(recent: Recent, count: number, where: string | Channel[] | undefined, a: unknown, text: unknown): void {
  // A string already, unless the batch is malformed.
  const data = `${text}`;
  recent.kept.push(where, a, data);
  recent.events += count;
  recent.units += data.length;
}

/** How many events there are in the entry at `at`. */
const countOf = (kept: unknown[], at: number) =>
  Array.isArray(kept[at]) ? (kept[at + 1] as Uint32Array).length / STRIDE : 1;

/** What is kept, as an `attach` carries it: name, id and data of the last 1,000 events, as if they had been live. */
export function recentEvents({ recent }: Stream): string[] {
  const { kept = [] } = recent ?? {};
  const events: unknown[] = [];
  for (let at = 0; at < kept.length; at += STRIDE) {
    const [where, a, b] = kept.slice(at, at + STRIDE);
    if (Array.isArray(where)) {
      const ends = a as Uint32Array;
      const text = b as string;
      for (let n = 0; n < ends.length; n += STRIDE)
        events.push(
          (where as Channel[])[ends[n] as number]?.name,
          text.slice(n ? ends[n - 1] : 0, ends[n + 1]),
          text.slice(ends[n + 1], ends[n + 2]),
        );
    } else events.push(where, a, b);
  }
  return events.slice(-EVENTS * STRIDE) as string[];
}
