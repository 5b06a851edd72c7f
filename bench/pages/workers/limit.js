/** What the limit's workers share: a queue per tab, at most two unacknowledged batches. */
export const WINDOW = 2;

/**
 * `connect(url)` is called once and gives `listen(channel, event)`, called once for each channel; `event(id, data)`.
 * `pack(tab)` posts what waits and empties it.
 */
export function serve({ connect, fresh, add, pack }) {
  /** By name: the channel's number, and the tabs that hold it. */
  const channels = new Map();
  let listen;
  const offer = (tab) => {
    if (tab.unacknowledged < WINDOW && tab.waits) {
      tab.unacknowledged += 1;
      tab.waits = false;
      pack(tab);
    }
  };
  const holdersOf = (channel) => {
    if (!channels.has(channel)) {
      const index = channels.size;
      const holders = [];
      channels.set(channel, holders);
      listen(channel, (id, data) => {
        for (const each of holders) {
          add(each, index, id, data);
          each.waits = true;
          offer(each);
        }
      });
    }
    return channels.get(channel);
  };
  globalThis.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data: { url, channels: names } }) => {
      const tab = { port, unacknowledged: 0, waits: false, ...fresh() };
      listen ??= connect(url);
      for (const name of names) holdersOf(name).push(tab);
      port.onmessage = () => {
        tab.unacknowledged -= 1;
        offer(tab);
      };
      port.postMessage('ready');
    };
  };
}

export function eventSource(url) {
  const source = new EventSource(url);
  return (channel, event) => source.addEventListener(channel, ({ data, lastEventId }) => event(lastEventId, data));
}

export const flat = {
  fresh: () => ({ batch: [] }),
  add: ({ batch }, channel, id, data) => batch.push(channel, id, data),
  pack(tab) {
    tab.port.postMessage(tab.batch);
    tab.batch = [];
  },
};
