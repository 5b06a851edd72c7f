/** What most projects write: a SharedWorker that posts each event to each tab. */
export function open({ url, channels, event, ready }) {
  const { port } = new SharedWorker('/workers/handwritten.js', { name: url });
  globalThis.port = port;
  port.onmessage = ({ data }) => {
    if (data.type === 'ready') ready();
    else event(data.data, data.id);
  };
  port.postMessage({ type: 'open', url, channels });
}
