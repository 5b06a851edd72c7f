/**
 * What a project writes for itself in an afternoon, with care: a SharedWorker that holds one EventSource, hands each tab
 * the events that it asked for, makes a new EventSource when the browser has given up, and presents the last event id
 * then. A tab says when it goes; nobody looks whether the worker is still there.
 */
export function adapter(url, names, record, { lostEvent }) {
  const { port } = new SharedWorker('/adapters/handwritten.worker.js', { type: 'module', name: 'handwritten' });
  let open;
  const ready = new Promise((resolve) => {
    open = resolve;
  });
  port.onmessage = ({ data: { type, name, id, data } }) => {
    if (type === 'open') open();
    else if (type === 'error') record.error('error');
    else if (name === lostEvent) record.gap('*', null, 'server');
    else record.event(name, id, data);
  };
  port.postMessage({
    type: 'join',
    url: new URL(url, location.href).href,
    names: lostEvent ? [...names, lostEvent] : names,
  });
  const close = () => port.postMessage({ type: 'leave' });
  addEventListener('pagehide', close);
  return { ready, close };
}
