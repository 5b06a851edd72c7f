/** One EventSource per tab: the browser's own, without a worker. */
export function open({ url, channels, event, ready }) {
  const source = new EventSource(url);
  for (const channel of channels) source.addEventListener(channel, ({ data, lastEventId }) => event(data, lastEventId));
  source.onopen = ready;
}
