/**
 * What most projects write: a SharedWorker that posts each event to each tab. A classic script.
 *
 * @param script another one that speaks the same, as a module
 * @param held what an event waits for, if for anything
 */
export function open({ url, channels, event, ready, script, held }) {
  const { port } = script
    ? new SharedWorker(script, { name: url, type: 'module' })
    : new SharedWorker('/workers/handwritten.js', { name: url });
  globalThis.port = port;
  const hear = ({ data }) => {
    if (data.type === 'ready') ready();
    else event(data.data, data.id);
  };
  port.onmessage = held ? (message) => held.then(() => hear(message)) : hear;
  port.postMessage({ type: 'open', url, channels });
}
