import { SharedEventSource } from 'shared-event-source';

/**
 * shared-event-source: an elected tab holds the EventSource and broadcasts. It passes unnamed events alone, so the server
 * sends those, and the data says the channel.
 */
export function adapter(url, _names, record) {
  const source = new SharedEventSource(new URL(url, location.href).href);
  const ready = new Promise((resolve) => {
    source.onopen = resolve;
  });
  source.onmessage = ({ lastEventId, data }) => {
    // What the server says of lost events is the id alone.
    if (!data.includes(' ')) record.gap('*', null, 'server');
    else record.event(null, lastEventId, data);
  };
  source.onerror = () => record.error('error');
  return { ready, close: () => source.close() };
}
