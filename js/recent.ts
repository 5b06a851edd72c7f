import { type Batch, HEADER, OP_REPLAYED, OP_RUN, SEPARATOR, STRIDE } from './protocol.js';
import type { Channel, Stream } from './stream.js';

/** Bounds of what is kept to tell a fresh worker what this tab has had: events, and UTF-16 units. */
const EVENTS = 1000;
const UNITS = 1 << 20;

/** An upper bound of the events of a batch: other entries count as well. */
function entries(batch: Batch): number {
  let count = 0;
  for (let i = HEADER; i < batch.length; i += STRIDE) count += batch[i] === OP_RUN ? (batch[i + 1] as number) : 1;
  return count;
}

/** The last batches of a stream. */
export interface Recent {
  /** Each with the table that its indexes mean: the page may have attached anew between two. */
  batches: { batch: Batch; table: Channel[] }[];
  entries: number;
  units: number;
}

/** Keeps `batch`, and lets go of the oldest ones that are not needed. Whole batches only: this is in every event's way. */
export function keep(stream: Stream, batch: Batch): void {
  stream.recent ??= { batches: [], entries: 0, units: 0 };
  const { recent } = stream;
  recent.batches.push({ batch, table: stream.table });
  recent.entries += entries(batch);
  recent.units += batch[5] as number;
  for (let first = recent.batches[0]; first; first = recent.batches[0]) {
    if (recent.entries - entries(first.batch) < EVENTS && recent.units <= UNITS) break;
    recent.batches.shift();
    recent.entries -= entries(first.batch);
    recent.units -= first.batch[5] as number;
  }
}

/**
 * What is kept, as an `attach` carries it: the last 1,000 events, each with its id and as if it had been live. Indexes are
 * those of `names`, since the page may have attached more than once meanwhile, with a table of its own each time.
 */
export function recentEvents({ recent }: Stream): { had: Batch[]; names: string[] } {
  const had: Batch[] = [];
  const indexes = new Map<string, number>();
  let left = EVENTS;
  for (const { batch, table } of [...(recent?.batches ?? [])].reverse()) {
    const events = lastEvents(batch, left, (index) => {
      const name = table[index]?.name ?? '';
      indexes.set(name, indexes.get(name) ?? indexes.size);
      return indexes.get(name) as number;
    });
    had.unshift(events);
    left -= entries(events);
    if (left <= 0) break;
  }
  return { had, names: [...indexes.keys()] };
}

/** At most the last `most` events of `batch`, replayed ones too, and nothing else. */
function lastEvents(batch: Batch, most: number, renumber: (index: number) => number): Batch {
  const events: unknown[] = [];
  let last: unknown = '';
  for (let i = HEADER; i < batch.length; i += STRIDE) {
    const [op, a, b] = batch.slice(i, i + STRIDE) as [number, unknown, unknown];
    if (op >= 0) {
      last = a ?? last;
      events.push(renumber(op), last, b);
    } else if (op === OP_REPLAYED) {
      const [index, id, data] = b as [number, string, string];
      events.push(renumber(index), id, data);
    } else if (op === OP_RUN) {
      const parts = (b as string).split(SEPARATOR);
      for (let at = 0; at < parts.length; at += STRIDE) {
        last = parts[at + 1];
        events.push(renumber(Number(parts[at])), last, parts[at + 2]);
      }
    }
  }
  return [...batch.slice(0, HEADER), ...events.slice(-most * STRIDE)];
}
