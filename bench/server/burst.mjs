/** Text that looks like what is sent: JSON of `bytes` bytes, another for each event. */
export function payload(n, bytes) {
  const start = `{"n":${n},"text":"`;
  return `${start}${'tabmux '.repeat(Math.ceil(bytes / 7)).slice(0, bytes - start.length - 2)}"}`;
}

/**
 * The SSE text of events numbered from `first`: the id is the number, so that a page can tell each of them.
 * `channels`: names to go through in turn; '' is an event without a name.
 */
export function rows({ first = 1, count, bytes, channels = ['tick'] }) {
  const parts = [];
  for (let n = first; n < first + count; n++) {
    const name = channels[n % channels.length];
    parts.push(`${name && `event: ${name}\n`}id: ${n}\ndata: ${payload(n, bytes)}\n\n`);
  }
  return parts.join('');
}
