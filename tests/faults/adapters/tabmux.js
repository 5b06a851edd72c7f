import { connect } from '/tabmux/index.js';

/**
 * tabmux. Its one policy of an application's own: where the hub says `closed` by itself (a worker that dies again and
 * again, an answer that only the application can mend), `reconnect()` after a second, as the documentation has it.
 */
export function adapter(url, names, record, { lostEvent, heartbeat, buffer, streams }) {
  const hub = connect(url, {
    principal: null,
    reconnect: { initialDelay: 250, maxDelay: 1000 },
    resume: { ...(lostEvent && { lostEvent }) },
    ...(streams && { maxStreamsPerOrigin: streams }),
    ...(heartbeat && { heartbeat: { event: heartbeat.event }, heartbeatTimeout: heartbeat.timeout }),
    ...(buffer && { buffer }),
  });
  let open;
  const isOpen = new Promise((resolve) => {
    open = resolve;
  });
  let isClosing = false;
  hub.addEventListener('status', ({ detail: { status, reason } }) => {
    record.status(`${status} ${reason}`);
    if (status === 'open') open();
    if (status === 'closed' && !isClosing) setTimeout(() => hub.reconnect(), 1000);
  });
  hub.addEventListener('gap', ({ detail: { channel, dropped, cause } }) => record.gap(channel, dropped, cause));
  hub.addEventListener('error', ({ detail: { code, message } }) => record.error(`${code}: ${message}`));
  const subs = names.map((name) => hub.subscribe(name, ({ channel, id, data }) => record.event(channel, id, data)));
  return {
    ready: Promise.all([isOpen, ...subs.map(({ ready }) => ready)]),
    close() {
      isClosing = true;
      hub.close();
    },
  };
}
