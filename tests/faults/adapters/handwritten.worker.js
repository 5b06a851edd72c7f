/** URL to `{ source, ports, names, lastEventId }`; `ports` has for each port the names that it asked for. */
const streams = new Map();

self.onconnect = ({ ports: [port] }) => {
  let stream;
  port.onmessage = ({ data: { type, url, names } }) => {
    if (type === 'join') {
      stream = streams.get(url) ?? open(url);
      stream.ports.set(port, new Set(names));
      for (const name of names) listen(stream, name);
      if (stream.source.readyState === EventSource.OPEN) port.postMessage({ type: 'open' });
    } else if (stream) {
      stream.ports.delete(port);
      if (stream.ports.size === 0) {
        stream.source.close();
        clearTimeout(stream.timer);
        streams.delete(stream.url);
      }
    }
  };
};

function open(url) {
  const stream = { url, source: null, ports: new Map(), names: new Set(), lastEventId: '', timer: 0 };
  streams.set(url, stream);
  connect(stream);
  return stream;
}

function connect(stream) {
  const url = new URL(stream.url);
  if (stream.lastEventId) url.searchParams.set('lastEventId', stream.lastEventId);
  const source = new EventSource(url);
  stream.source = source;
  source.onopen = () => tell(stream, { type: 'open' });
  source.addEventListener('error', ({ data }) => {
    if (data !== undefined) return;
    tell(stream, { type: 'error' });
    if (source.readyState === EventSource.CLOSED) stream.timer = setTimeout(() => connect(stream), 1000);
  });
  const names = stream.names;
  stream.names = new Set();
  for (const name of names) listen(stream, name);
}

function listen(stream, name) {
  if (stream.names.has(name)) return;
  stream.names.add(name);
  stream.source.addEventListener(name, ({ data, lastEventId }) => {
    if (data === undefined) return;
    stream.lastEventId = lastEventId;
    for (const [port, wanted] of stream.ports) {
      if (wanted.has(name)) port.postMessage({ type: 'event', name, id: lastEventId, data });
    }
  });
}

function tell(stream, message) {
  for (const port of stream.ports.keys()) port.postMessage(message);
}
