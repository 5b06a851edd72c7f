/**
 * An EventSource in a process of its own: Node has one behind a flag, and what one has compiled or left to collect is no other's.
 * `URL WARM-UP COUNT [MODULE]`: says `open`, then `warm` after so many events, then `{ time, events }` after `COUNT` more: the
 * time from the first of these to the last, and how many there were of all, if each was the next in turn and whole.
 */
const [url, warmUp, count, module] = process.argv.slice(2);
const { EventSource } = module ? await import(module) : globalThis;
const source = new EventSource(url);
const first = Number(warmUp) + 1;
const last = Number(warmUp) + Number(count);
let events = 0;
let began;

source.addEventListener('open', () => process.send('open'));
source.addEventListener('error', () => process.send('error'));
source.addEventListener('tick', ({ data, lastEventId }) => {
  const id = Number(lastEventId);
  if (id === first) began = performance.now();
  events = data.length === 200 && id === events + 1 ? id : Number.NaN;
  if (id === first - 1) process.send('warm');
  if (id === last) process.send({ time: performance.now() - began, events });
});
