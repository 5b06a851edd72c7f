import { mount } from './board.js';
import { plural } from './format.js';
import { PlainSource } from './plain-source.js';

mount(() => new PlainSource(), {
  lead:
    'Here each tab has a plain EventSource of its own. Over HTTP/1.1 a browser opens six connections to a host, so the ' +
    'seventh tab waits, and with it every other request to this host, until a tab is closed.',
  title: ({ tabs, connected }) => `${plural(tabs, 'tab')}, ${plural(connected, 'connection')}`,
});
