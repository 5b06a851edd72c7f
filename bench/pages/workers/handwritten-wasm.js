/** As `handwritten.js`, and what it posts waits until a wasm is compiled. The connection is opened at once. */
const ports = [];
let source;
let waiting = [];

const post = (port, message) => (waiting ? waiting.push([port, message]) : port.postMessage(message));

globalThis.onconnect = ({ ports: [port] }) => {
  ports.push(port);
  port.onmessage = ({ data: { url, channels } }) => {
    source ??= new EventSource(url);
    for (const channel of channels) listen(channel);
    post(port, { type: 'ready' });
  };
};

WebAssembly.compileStreaming(fetch('/app/hub.wasm')).then(() => {
  for (const [port, message] of waiting) port.postMessage(message);
  waiting = undefined;
});

const heard = new Set();

function listen(channel) {
  if (heard.has(channel)) return;
  heard.add(channel);
  source.addEventListener(channel, ({ data, lastEventId }) => {
    for (const port of ports) post(port, { type: 'event', channel, id: lastEventId, data });
  });
}
