/**
 * A hub that speaks Mercure's subscriptions, as far as a subscriber sees it: topics in the URL (`topic`, once each; `*` is
 * any), a history, the last event id by header or `lastEventID`, and its answer in the header `Last-Event-ID`. As with
 * Mercure, an event does not say which topic it is of.
 */
export class MercureHub {
  /** All that was published: `{ id, topics, data, type }`. */
  #history = [];
  #subscribers = new Set();
  /** Every request, in order: `{ topics, lastEventId }`. */
  requests = [];
  /** The most connections there were at a time. */
  most = 0;
  /** Status for each request instead of a stream; a function is asked. */
  refuses = () => 0;

  get connections() {
    return this.#subscribers.size;
  }

  /** For `TestServer.handlers`. */
  accept = (request, response, url) => {
    const topics = url.searchParams.getAll('topic');
    const lastEventId = request.headers['last-event-id'] ?? url.searchParams.get('lastEventID') ?? undefined;
    const status = topics.length === 0 ? 400 : this.refuses(topics);
    this.requests.push({ topics, lastEventId, status: status || 200 });
    if (status) {
      response.writeHead(status).end();
      return;
    }
    const after = this.#history.findIndex(({ id }) => id === lastEventId);
    const known = lastEventId !== undefined && after >= 0;
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    if (lastEventId !== undefined) headers['last-event-id'] = known ? lastEventId : 'earliest';
    response.writeHead(200, headers);
    response.write(':\n');
    const subscriber = { topics, response };
    this.#subscribers.add(subscriber);
    this.most = Math.max(this.most, this.#subscribers.size);
    request.socket.on('close', () => this.#subscribers.delete(subscriber));
    response.on('close', () => this.#subscribers.delete(subscriber));
    if (known) for (const event of this.#history.slice(after + 1)) send(subscriber, event);
  };

  publish(topic, data, type) {
    const event = { id: `urn:n:${this.#history.length + 1}`, topics: [topic], data, type };
    this.#history.push(event);
    for (const subscriber of this.#subscribers) send(subscriber, event);
    return event.id;
  }

  /** Every connection ends, as when the hub is restarted; the history stays. */
  drop() {
    for (const { response } of this.#subscribers) response.socket?.destroy();
  }
}

function send({ topics, response }, { id, topics: of, data, type }) {
  if (!topics.includes('*') && !of.some((topic) => topics.includes(topic))) return;
  response.write(`${type ? `event: ${type}\n` : ''}id: ${id}\ndata: ${data}\n\n`);
}
