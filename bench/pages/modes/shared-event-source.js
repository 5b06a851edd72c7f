import { SharedEventSource } from '/peers/shared-event-source.js';

/** shared-event-source: a leader tab and a BroadcastChannel. It knows unnamed events alone. */
export function open({ url, event, ready }) {
  const source = new SharedEventSource(url);
  globalThis.source = source;
  source.onmessage = ({ data, lastEventId }) => event(data, lastEventId);
  ready();
}
