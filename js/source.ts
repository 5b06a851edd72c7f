import { LOST, OPENED, RETRYING } from './told.js';

const CONNECTING = 0;

/**
 * One EventSource with its listeners, as the hub uses it under the number of a connection.
 *
 * @param event is told what a channel's listener hears
 * @param told is told that it opened or was lost
 */
export function sourceOf(
  source: EventSource,
  connection: number,
  event: (connection: number, channel: number, id: string, data: string) => void,
  told: (what: number, connection: number) => void,
) {
  /** By channel: what takes its listener off. */
  const listeners = new Map<number | string, () => void>();
  const on = (key: number | string, name: string, listener: (event: MessageEvent) => void) => {
    source.addEventListener(name, listener);
    listeners.set(key, () => source.removeEventListener(name, listener));
  };
  // A server may name its events so: those have data.
  on('open', 'open', ({ data }) => data === undefined && told(OPENED, connection));
  on('error', 'error', ({ data }) => {
    if (data === undefined) told(source.readyState === CONNECTING ? RETRYING : LOST, connection);
  });
  return {
    listen(channel: number, name: string) {
      on(channel, name, ({ data, lastEventId }) => {
        // What `open` and `error` bring of the browser's own has no data.
        if (typeof data === 'string') event(connection, channel, lastEventId, data);
      });
    },
    unlisten(channel: number) {
      listeners.get(channel)?.();
      listeners.delete(channel);
    },
    /** Nothing is told after it, also of what is on its way. */
    close() {
      source.close();
      for (const off of listeners.values()) off();
    },
  };
}
