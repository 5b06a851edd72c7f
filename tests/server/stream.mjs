/**
 * One SSE stream of the test server: who is connected, what each request asked for, what was sent, and how the next
 * request is to be answered. A test holds the object and drives it in process; nothing here depends on a clock.
 */
export class Stream {
  /** Requests in order of arrival: what a test asserts resume state and connection counts on. */
  requests = [];
  /** Keep what is pushed and send what came after the id that a request presents, as a server with a log does. */
  replay = false;
  /** Events that the log holds at least; from twice as many on the older ones go. */
  logSize = Number.POSITIVE_INFINITY;
  /** Name of a query parameter that counts as Last-Event-ID where a client cannot send the header. */
  resumeParam = 'lastEventId';
  /** Sent first (as an event of this name) when the id asked for is not in the log. */
  lostEvent = null;
  /** Milliseconds for the `retry:` field at the start of each connection; null sends none. */
  retry = null;
  /** Extra response headers, such as a `Set-Cookie`. */
  headers = {};
  /**
   * `{ origin: true, credentials: true }` answers any origin; a string names the one allowed. `headers` are those that a
   * preflight allows, without which every preflight is refused; `expose` those that a page may read.
   */
  cors = null;
  /** What each preflight wanted to send: `Access-Control-Request-Headers`. They are no requests. */
  preflights = [];

  #open = new Set();
  #log = [];
  #answer = null;

  constructor(name) {
    this.name = name;
  }

  /** Connections open at this moment. */
  get connections() {
    return this.#open.size;
  }

  /** Requests ever received, refused ones included. */
  get total() {
    return this.requests.length;
  }

  /** The request received last. */
  get last() {
    return this.requests.at(-1);
  }

  /**
   * Answer requests from now on otherwise than by a stream: `{ status, headers, body }`, `body` being text, bytes or a
   * list of them that leave one by one, `pause` milliseconds apart, without an end where it `stays`; or `{ hang: true }` for no answer at all, or `{ reset: true }` for a socket cut
   * before the answer. `null` goes back to streaming. A function of
   * the request's record gives one of these for each request.
   */
  respond(answer) {
    this.#answer = answer;
  }

  /** Send an event to every open connection. `data` may hold line breaks; without `id` the event carries none. */
  push({ event, id, data = '', retry } = {}) {
    const entry = { id, text: encodeEvent({ event, id, data, retry }) };
    this.#log.push(entry);
    if (this.#log.length >= 2 * this.logSize) this.#log = this.#log.slice(-this.logSize);
    this.write(entry.text);
    return this;
  }

  /** Send text exactly as it is: comments, half an event, a broken field. */
  write(text) {
    for (const response of this.#open) response.write(text);
  }

  /** Cut every connection without ending the response, as a crashed server or proxy does. */
  drop() {
    for (const response of this.#open) response.socket?.resetAndDestroy();
  }

  /** End every response in good order. */
  end() {
    for (const response of this.#open) response.end();
  }

  /** Forget the replay log: ids from before are then unknown, as after a server restart. */
  forget() {
    this.#log = [];
  }

  /** Serve one request. */
  accept(request, response, url) {
    if (request.method === 'OPTIONS') {
      this.preflights.push(request.headers['access-control-request-headers'] ?? '');
      const allowed = this.cors?.headers;
      response.writeHead(allowed ? 204 : 403, {
        ...this.#corsHeaders(request),
        ...(allowed ? { 'access-control-allow-headers': allowed } : {}),
        // Engines differ in how long they keep one that says nothing of it.
        'access-control-max-age': '0',
      });
      response.end();
      return;
    }
    const record = {
      method: request.method,
      url: request.url,
      query: Object.fromEntries(url.searchParams),
      lastEventId: request.headers['last-event-id'] ?? null,
      cookie: request.headers.cookie ?? null,
      body: '',
      origin: request.headers.origin ?? null,
      host: request.headers.host,
      userAgent: request.headers['user-agent'] ?? '',
      headers: request.headers,
      status: null,
      closed: false,
    };
    this.requests.push(record);
    response.on('close', () => {
      record.closed = true;
      this.#open.delete(response);
    });
    if (request.method === 'GET') {
      this.#respond(record, request, response);
      return;
    }
    // It may come behind the headers, in a packet of its own: whoever sees the connection is to see what it asked for.
    request
      .setEncoding('utf8')
      .on('data', (text) => {
        record.body += text;
      })
      .on('end', () => this.#respond(record, request, response));
  }

  #respond(record, request, response) {
    const headers = { ...this.#corsHeaders(request), ...this.headers };
    const answer = typeof this.#answer === 'function' ? this.#answer(record) : this.#answer;
    if (answer?.hang) return;
    if (answer?.reset) {
      request.socket.resetAndDestroy();
      return;
    }
    if (answer) {
      record.status = answer.status ?? 200;
      response.writeHead(record.status, { 'content-type': 'text/plain', ...headers, ...answer.headers });
      if (Array.isArray(answer.body)) sendInPieces(response, answer.body, answer);
      else response.end(answer.body ?? '');
      return;
    }

    record.status = 200;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.#open.add(response);
    // A first byte at once: Firefox announces `open` with the headers, but a proxy in between may hold them back.
    response.write(this.retry === null ? ': hello\n\n' : `retry: ${this.retry}\n\n`);
    if (this.replay) this.#replayTo(response, record.lastEventId ?? record.query[this.resumeParam] ?? null);
  }

  #replayTo(response, id) {
    if (id === null || id === '') return;
    const at = this.#log.findLastIndex((entry) => entry.id === id);
    if (at < 0 && this.lostEvent) response.write(encodeEvent({ event: this.lostEvent, data: id }));
    for (const entry of this.#log.slice(at + 1)) response.write(entry.text);
  }

  #corsHeaders(request) {
    if (!this.cors) return {};
    const origin = this.cors.origin === true ? (request.headers.origin ?? '*') : this.cors.origin;
    return {
      'access-control-allow-origin': origin,
      ...(this.cors.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
      ...(this.cors.expose ? { 'access-control-expose-headers': this.cors.expose } : {}),
      vary: 'origin',
    };
  }
}

/** Each piece once the one before it has left: a packet, and a chunk of the reader, of its own as a rule. */
function sendInPieces(response, [piece, ...rest], { pause, stays }) {
  const next = () => sendInPieces(response, rest, { pause, stays });
  if (piece !== undefined) response.write(piece, () => (pause ? setTimeout(next, pause) : setImmediate(next)));
  else if (!stays) response.end();
}

/** The text of one event, each line of `data` in a field of its own. */
export function encodeEvent({ event, id, data = '', retry }) {
  const lines = [];
  if (event !== undefined) lines.push(`event: ${event}`);
  if (id !== undefined) lines.push(`id: ${id}`);
  if (retry !== undefined) lines.push(`retry: ${retry}`);
  for (const line of String(data).split(/\r\n|\r|\n/)) lines.push(`data: ${line}`);
  return `${lines.join('\n')}\n\n`;
}
