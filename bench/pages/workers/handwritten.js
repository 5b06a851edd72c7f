const ports = [];
let source;

globalThis.onconnect = ({ ports: [port] }) => {
  ports.push(port);
  port.onmessage = ({ data: { url, channels } }) => {
    source ??= new EventSource(url);
    for (const channel of channels) listen(channel);
    port.postMessage({ type: 'ready' });
  };
};

const heard = new Set();

function listen(channel) {
  if (heard.has(channel)) return;
  heard.add(channel);
  source.addEventListener(channel, ({ data, lastEventId }) => {
    for (const port of ports) port.postMessage({ type: 'event', channel, id: lastEventId, data });
  });
}
