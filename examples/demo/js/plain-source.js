// The board's source of events on one plain EventSource of this tab.

import { Roll } from './roll.js';

const URL_OF_STREAM = '/events?recent=120';
const STATES = ['connecting', 'open', 'closed'];

export class PlainSource {
  kind = 'plain';
  lastEventId = '';
  #source = new EventSource(URL_OF_STREAM);
  #roll = new Roll('plain');
  #made = 1;

  constructor() {
    this.onstatus(() => this.#roll.tell(this.status === 'open'));
    this.#source.addEventListener('error', () => {
      if (this.status === 'connecting') this.#made += 1;
    });
  }

  get status() {
    return STATES[this.#source.readyState];
  }

  subscribe(channel, handler) {
    this.#source.addEventListener(channel, (event) => {
      this.lastEventId = event.lastEventId;
      handler({ channel, id: event.lastEventId, json: () => JSON.parse(event.data) });
    });
  }

  onstatus(listener) {
    for (const type of ['open', 'error']) {
      this.#source.addEventListener(type, () => listener(this.status, type === 'open' ? 'connected' : 'lost'));
    }
  }

  onloss(listener) {
    this.#source.addEventListener('lost', () => listener('events were lost (server)'));
  }

  async wires() {
    return this.#roll.call(this.status === 'open');
  }

  facts({ tabs, connected }) {
    return [
      ['Tabs like this', `${tabs}, of which ${connected} connected`],
      ['URL', URL_OF_STREAM, 'mono'],
      ['Resume id', this.lastEventId || '–', 'mono'],
      ['Attempts of this tab', String(this.#made)],
    ];
  }
}
