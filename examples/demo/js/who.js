// The three ways of the guides to server-sent events to say who is asking, side by side.

import { connect } from '/tabmux/index.js';
import { form, post, server } from './api.js';
import { make } from './dom.js';
import { facts } from './facts.js';
import { count, plural } from './format.js';

/** Of no channel: what is sent to the visitor comes all the same. */
const STREAM = '/events?channels=none';

const token = async (once) => (await post('/api/token', { once })).token;

// Kept until the server refuses it; a function that gave the same one again would be refused for good.
let lasting;

const WAYS = [
  {
    title: 'A cookie',
    about: 'Nothing to do. Over to another origin it takes withCredentials.',
    open: (options) => connect(`${STREAM}&way=cookie`, options),
  },
  {
    title: 'A token in the query',
    about: 'The URL is a function. It gives the token that it has, and a fresh one once that was refused.',
    open: (options, asked) =>
      connect(
        async ({ refused }) => {
          asked();
          if (refused || !lasting) lasting = await token(false);
          return `${STREAM}&token=${lasting}`;
        },
        { key: 'lasting', ...options },
      ),
  },
  {
    title: 'A one-time token',
    about: 'The URL is a function that posts for a token before every connection. A second use of one is refused.',
    open: (options, asked) =>
      connect(
        async () => {
          asked();
          return `${STREAM}&token=${await token(true)}`;
        },
        { key: 'once', ...options },
      ),
  },
];

function show({ title, about, open }) {
  const state = make('p', { class: 'state', role: 'status', 'data-state': 'idle' }, 'idle');
  const list = make('dl', { class: 'facts' });
  const again = make('button', { type: 'button' }, 'Connect anew');
  const header = make('header', {}, make('h2', {}, title), state);
  document
    .querySelector('#ways')
    .append(make('section', { class: 'cell' }, header, make('p', { class: 'soft small' }, about), list, again));
  const fact = facts(list, ['Heard', 'Connections made', 'This tab was asked', 'Refusals']);
  let heard = 0;
  let calls = 0;
  let refusals = 0;
  // Who it is that is signed in; here a visitor is one for as long as there is the cookie.
  const hub = open({ principal: 'visitor', maxStreamsPerOrigin: 6 }, () => {
    calls += 1;
    fact('This tab was asked', plural(calls, 'time'));
  });
  hub.addEventListener('status', async ({ detail: { status } }) => {
    state.dataset.state = status;
    state.textContent = status;
    const stats = await hub.stats().catch(() => null);
    if (stats) fact('Connections made', count(stats.connections));
  });
  hub.addEventListener('error', ({ detail }) => {
    refusals += 1;
    fact('Refusals', `${count(refusals)}, last: ${detail.code}`);
  });
  hub.subscribe('notification', (event) => {
    heard += 1;
    fact('Heard', `${plural(heard, 'time')}, last: ${event.json().text}`);
  });
  again.addEventListener('click', () => hub.reconnect());
}

for (const way of WAYS) show(way);

const own = facts(document.querySelector('[data-server]'), ['You are', 'Streams of yours', 'Opened ever']);
async function ask() {
  const answer = await server().catch(() => null);
  if (!answer) return;
  own('You are', answer.you.name);
  own('Streams of yours', count(answer.you.connections));
  own('Opened ever', count(answer.opened));
}
ask();
setInterval(() => document.hidden || ask(), 1000);

form(document.querySelector('#notify'), () => post('/api/notify', { text: new Date().toLocaleTimeString('en-GB') }));
