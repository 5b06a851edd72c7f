/**
 * As fast as plain JS gets when it promises nothing: no order across reconnects, no bound, no resume, no end of a tab.
 * The worker keeps at most two batches of a tab unacknowledged.
 */
export function openLimit(form, { url, channels, event, ready }) {
  const worker = new SharedWorker(`/workers/limit-${form}.js`, { name: url, type: 'module' });
  worker.onerror = () => {
    bench.error = 'the worker was not loaded';
  };
  const { port } = worker;
  globalThis.port = port;
  const take = TAKE[form] ?? takeArray;
  port.onmessage = ({ data }) => {
    if (data === 'ready') ready();
    else {
      take(data, event);
      port.postMessage(0);
    }
  };
  port.postMessage({ url, channels });
}

const TAKE = { joined: takeJoined, 'fetch-text': takeTexts };

/** `[channel, id, data, …]` */
function takeArray(batch, event) {
  for (let i = 0; i < batch.length; i += 3) event(batch[i + 2], batch[i + 1]);
}

/** `{ text, lengths }`: of each event the channel, the lengths of id and data; `text` has ids and data end to end. */
function takeJoined({ text, lengths }, event) {
  let at = 0;
  for (let i = 0; i < lengths.length; i += 3) {
    const middle = at + lengths[i + 1];
    const end = middle + lengths[i + 2];
    event(text.slice(middle, end), text.slice(at, middle));
    at = end;
  }
}

/** `[text, places, …]`: of each event in a text the channel, beginning and end of id and data. */
function takeTexts(batch, event) {
  for (let n = 0; n < batch.length; n += 2) {
    const text = batch[n];
    const places = batch[n + 1];
    for (let i = 0; i < places.length; i += 5) {
      event(text.slice(places[i + 3], places[i + 4]), text.slice(places[i + 1], places[i + 2]));
    }
  }
}
