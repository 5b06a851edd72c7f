// One tile: a client of its own. It loads its source first and connects when the wall says so, or the tiles that load
// last would not even get their page while the first ones hold the connections.

import { say } from './dom.js';
import { count, seconds } from './format.js';

const query = new URLSearchParams(location.search);
const kind = query.get('kind') === 'plain' ? 'plain' : 'tabmux';
const number = Number(query.get('number'));
const part = (id) => document.getElementById(id);

say(part('number'), String(number));

const makeSource =
  kind === 'plain'
    ? await import('./plain-source.js').then(
        ({ PlainSource }) =>
          () =>
            new PlainSource(),
      )
    : await import('./tabmux-source.js').then(
        ({ TabmuxSource }) =>
          () =>
            new TabmuxSource(),
      );

addEventListener('message', ({ origin, data }) => {
  if (origin === location.origin && data === 'connect') connect();
});
parent.postMessage({ number, what: 'ready' }, location.origin);

function connect() {
  const source = makeSource();
  const asked = performance.now();
  let events = 0;

  const show = () => {
    const waited = performance.now() - asked;
    const isWaiting = events === 0 && waited > 1000;
    part('state').dataset.state = source.status;
    say(part('state'), source.status);
    document.body.classList.toggle('waiting', isWaiting);
    const why = kind === 'plain' && waited > 3000 ? ' The browser allows six connections per host.' : '';
    say(part('why'), isWaiting ? `${source.status}, no event for ${seconds(waited)}.${why}` : '');
  };
  source.onstatus(show);
  setInterval(() => events === 0 && show(), 1000);
  show();

  source.subscribe('metrics', (event) => {
    events += 1;
    if (events === 1) {
      parent.postMessage({ number, what: 'live' }, location.origin);
      show();
    }
    say(part('count'), count(events));
    say(part('id'), event.id);
  });
}
