import { mount } from './board.js';
import { plural } from './format.js';
import { TabmuxSource } from './tabmux-source.js';

mount(() => new TabmuxSource(), {
  lead:
    'Every tab of this browser gets its events from one EventSource, which lives in a SharedWorker. ' +
    'Open as many tabs as you like: the server goes on counting one connection.',
  // The hub's connection alone; what the server counts, tabs of the other page included, stands in the panel.
  title: ({ tabs, connected }) => `${plural(tabs, 'tab')}, ${connected ? 'one connection' : 'no connection'}`,
});
