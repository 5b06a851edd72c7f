import { fetchEventSource } from '/peers/fetch-event-source.js';

/** @microsoft/fetch-event-source, one per tab. */
export function open({ url, channels, event, ready }) {
  const names = new Set(channels);
  fetchEventSource(url, {
    openWhenHidden: true,
    onopen: async () => ready(),
    onmessage({ event: name, id, data }) {
      if (names.has(name || 'message')) event(data, id);
    },
  });
}
