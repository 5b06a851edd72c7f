import { type Run, STRIDE } from './protocol.js';

/** A run as the wire has it, of the slots of its events, which are used up. In JS, since the strings are its own. */
export function join(slots: (string | number)[]): Run {
  const ends = new Uint32Array(slots.length);
  let end = 0;
  for (let at = 0; at < slots.length; at += STRIDE) {
    ends[at] = slots[at] as number;
    slots[at] = '';
    ends[at + 1] = end += (slots[at + 1] as string).length;
    ends[at + 2] = end += (slots[at + 2] as string).length;
  }
  return [ends, slots.join('')];
}

/** Whether that is a run: of one event at least, and its text as long as they say. */
export function isRun(value: unknown): value is Run {
  const [ends, text] = Array.isArray(value) ? value : [];
  // By what it is, not by `instanceof`: code that came into the page from outside may have another `Uint32Array`.
  if (!ArrayBuffer.isView(ends) || typeof text !== 'string') return false;
  const table = ends as Uint32Array;
  return table.length % STRIDE === 0 && table.at(-1) === text.length;
}
