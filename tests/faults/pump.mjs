import { payload } from './pages/payload.js';

/** Milliseconds between two strokes, and events of each stroke. */
const EVERY = 10;
const STROKE = 2;

/**
 * Sends events on channels in turn, whatever becomes of the connections, and knows what was sent: every event is the
 * next of its channel, by number.
 */
export class Pump {
  /** Channel to the number of its last event. */
  sent = new Map();
  /** Events sent in all. */
  total = 0;
  #stream;
  #options;
  #timer = undefined;
  #boot = 1;
  #turn = 0;
  #beats = 0;
  #stroke = STROKE;
  #left = 0;

  /**
   * @param {import('../server/stream.mjs').Stream} stream
   * @param {object} options
   * @param {number} [options.lane] tells the ids of two streams apart
   * @param {string[]} options.channels
   * @param {boolean} options.isNamed events carry their channel as `event:`; otherwise the data alone says it
   * @param {boolean} [options.hasIds]
   * @param {string} [options.heartbeat] name of an event to be sent about twice a second, without an id
   */
  constructor(stream, { hasIds = true, ...options }) {
    this.#stream = stream;
    this.#options = { ...options, hasIds };
    for (const channel of options.channels) this.sent.set(channel, 0);
  }

  add(channel) {
    if (this.sent.has(channel)) return;
    this.sent.set(channel, 0);
    this.#options.channels.push(channel);
  }

  /** Nothing is sent yet but the heartbeat. */
  start() {
    this.#timer ??= setInterval(() => {
      for (let n = 0; n < this.#stroke && this.#left > 0; n++) this.#next();
      if (this.#options.heartbeat && ++this.#beats % 50 === 0) this.#stream.push({ event: this.#options.heartbeat });
    }, EVERY);
  }

  /** So many events from now on, 200 in a second; 0 sends no more. */
  send(events) {
    this.#left = events;
  }

  get isDone() {
    return this.#left <= 0;
  }

  /** So many times the usual rate of 200 events/s. */
  faster(times) {
    this.#stroke = STROKE * times;
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One event on each channel. */
  round() {
    for (const channel of this.#options.channels) this.push(channel);
  }

  push(channel) {
    const { isNamed, hasIds } = this.#options;
    const seq = this.sent.get(channel) + 1;
    this.sent.set(channel, seq);
    this.total += 1;
    const id = hasIds ? `${this.#boot}.${this.total}${this.#options.lane ? '-other' : ''}` : '';
    this.#stream.push({
      event: isNamed ? channel : undefined,
      id: hasIds ? id : undefined,
      data: payload(channel, seq, id),
    });
  }

  /** The server has forgotten what it sent: ids of before are not used again. */
  reboot() {
    this.#stream.forget();
    this.#boot += 1;
  }

  #next() {
    const { channels } = this.#options;
    this.#left -= 1;
    this.push(channels[this.#turn++ % channels.length]);
  }
}
