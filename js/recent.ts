import { type Batch, HEADER, OP_CHANNEL, STRIDE } from './protocol.js';
import type { Channel, Stream } from './stream.js';

/** Bounds of what is kept to tell a fresh worker what this tab has had: events, and UTF-16 units. */
const EVENTS = 1000;
const UNITS = 1 << 20;

/** Entries of a batch: an upper bound of its events. */
const entries = (batch: Batch) => (batch.length - HEADER) / STRIDE;

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
 * What is kept, as an `attach` carries it: the last 1,000 events in their batches. Before the first one, and wherever the
 * page had attached anew, stands a batch that tells every channel index, since a fresh worker does not know the table of
 * the one before.
 */
export function recentBatches({ s, recent }: Stream): Batch[] {
  const had: Batch[] = [];
  let left = EVENTS;
  let table: Channel[] | undefined;
  for (const kept of [...(recent?.batches ?? [])].reverse()) {
    if (table && table !== kept.table) had.unshift(names(s, table));
    table = kept.table;
    const batch = lastEvents(kept.batch, left);
    had.unshift(batch);
    left -= entries(batch);
    if (left <= 0) break;
  }
  return table ? [names(s, table), ...had] : had;
}

function names(s: number, table: Channel[]): Batch {
  const batch: Batch = [s, 0, 0, 0, '', 0];
  table.forEach(({ name }, index) => {
    batch.push(OP_CHANNEL, index, name);
  });
  return batch;
}

/** The events of `batch` alone, at most its last `most`, the first one with its id. */
function lastEvents(batch: Batch, most: number): Batch {
  const events: unknown[] = [];
  let id: unknown = '';
  for (let i = HEADER; i < batch.length; i += STRIDE) {
    if ((batch[i] as number) < 0) continue;
    id = batch[i + 1] ?? id;
    events.push(batch[i], id, batch[i + 2]);
  }
  return [...batch.slice(0, HEADER), ...events.slice(-most * STRIDE)];
}
