// The board's source of events on tabmux: the one place that knows its API.

import { connect } from '/tabmux/index.js';
import { plural } from './format.js';

/** How many events of each name the server sends first, and the hub keeps for later tabs. */
const RECENT = 120;

export class TabmuxSource {
  kind = 'tabmux';
  #hub;
  #lossListeners = [];

  constructor() {
    this.#hub = connect(`/events?recent=${RECENT}`, {
      heartbeat: { event: 'metrics' },
      replay: { events: RECENT },
      resume: { lostEvent: 'lost' },
      // The other pages of the demo have streams of their own.
      maxStreamsPerOrigin: 6,
    });
    // A loss is told once for each subscription; a reader wants to hear of it once.
    let gaps = [];
    this.#hub.addEventListener('gap', ({ detail }) => {
      if (gaps.length === 0) {
        queueMicrotask(() =>
          setTimeout(() => {
            const channels = new Set(gaps.map((gap) => gap.channel));
            this.#lost(`events were lost in ${plural(channels.size, 'channel')} (${gaps[0].cause})`);
            gaps = [];
          }),
        );
      }
      gaps.push(detail);
    });
    this.#hub.addEventListener('error', ({ detail }) => this.#lost(detail.message));
  }

  get status() {
    return this.#hub.status;
  }

  get lastEventId() {
    return this.#hub.lastEventId;
  }

  /** @param handler gets `{ channel, id, json() }` */
  subscribe(channel, handler, options = {}) {
    return this.#hub.subscribe(channel, handler, options);
  }

  /** @param listener gets the status and, in a word, why */
  onstatus(listener) {
    this.#hub.addEventListener('status', ({ detail }) => listener(detail.status, detail.reason));
  }

  onloss(listener) {
    this.#lossListeners.push(listener);
  }

  /** How many tabs there are and how their wires stand, for the picture. */
  async wires() {
    const stats = await this.#hub.stats();
    return { tabs: stats.tabs ?? 1, stats };
  }

  /** What the panel shows, as [label, text, class]. */
  facts({ stats }) {
    const figure = (value) => (typeof value === 'number' ? value.toLocaleString('en') : '–');
    return [
      ['Tabs on it', figure(stats.tabs)],
      ['Mode', this.#hub.mode],
      ['URL', `${this.#hub.url} (query left out)`, 'mono'],
      ['Resume id', this.#hub.lastEventId || '–', 'mono'],
      ['Connections made', `${figure(stats.connections)}${stats.resumed ? `, resumed: ${stats.resumed}` : ''}`],
      ['Received, delivered', `${figure(stats.received)}, to all tabs ${figure(stats.delivered)}`],
      ['Repeats, drops', `${figure(stats.repeats)} removed, ${figure(stats.dropped)} dropped`],
    ];
  }

  #lost(text) {
    for (const listener of this.#lossListeners) listener(text);
  }
}
