/** What the limit's workers share: a queue per tab, at most two unacknowledged batches. */
const WINDOW = 2;
const tabs = [];

/** `connect(url, channels, event)` is called once; `pack(tab)` posts what waits and empties it. */
export function serve({ connect, fresh, add, pack }) {
  let isConnected = false;
  const offer = (tab) => {
    if (tab.unacknowledged < WINDOW && tab.waits) {
      tab.unacknowledged += 1;
      tab.waits = false;
      pack(tab);
    }
  };
  globalThis.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data: { url, channels } }) => {
      const tab = { port, unacknowledged: 0, waits: false, ...fresh() };
      tabs.push(tab);
      port.onmessage = () => {
        tab.unacknowledged -= 1;
        offer(tab);
      };
      if (!isConnected) {
        isConnected = true;
        connect(url, channels, (channel, id, data) => {
          for (const each of tabs) {
            add(each, channel, id, data);
            each.waits = true;
            offer(each);
          }
        });
      }
      port.postMessage('ready');
    };
  };
}

export function eventSource(url, channels, event) {
  const source = new EventSource(url);
  for (const [index, channel] of channels.entries()) {
    source.addEventListener(channel, ({ data, lastEventId }) => event(index, lastEventId, data));
  }
}

export const flat = {
  fresh: () => ({ batch: [] }),
  add: ({ batch }, channel, id, data) => batch.push(channel, id, data),
  pack(tab) {
    tab.port.postMessage(tab.batch);
    tab.batch = [];
  },
};
