/** The channel whose events all have the same data: there a tab can but count. */
export const SAME = 'same';

/** What the data of an event says, so that a tab can tell which one it is, and that nothing of it was changed. */
export const payload = (channel, seq, id) =>
  channel === SAME ? `${SAME} again` : `${channel} ${seq} ${id} ${filler(seq)}`;

/** `[channel, seq, id]` of an event's data; null for anything else. */
export function parsePayload(data) {
  if (data === payload(SAME)) return [SAME, null, null];
  const [channel, seq, id] = String(data).split(' ', 3);
  return data === payload(channel, Number(seq), id) ? [channel, Number(seq), id] : null;
}

/** Of a length that differs from event to event, now and then with a line break and letters of more than one byte. */
function filler(seq) {
  return (seq % 16 === 0 ? 'línea\n…' : '.').repeat(1 + (seq % 7));
}
