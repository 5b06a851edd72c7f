// "Open another tab", and what became of each: measured here, from the click to the word of the new tab.

import { make } from './dom.js';
import { seconds } from './format.js';

const channel = new BroadcastChannel('tabmux-demo-opened');

/** In a tab that was opened so: tells the one that opened it. */
export function report(source) {
  const token = new URLSearchParams(location.hash.slice(1)).get('opened');
  if (!token) return;
  // A reload is not what was measured.
  history.replaceState(null, '', location.pathname);
  channel.postMessage({ token, what: 'loaded' });
  const connected = () => source.status === 'open' && channel.postMessage({ token, what: 'connected' });
  source.onstatus(connected);
  connected();
}

/** The button and the list below it. Gives a function that takes the number of tabs there are. */
export function opener(board) {
  const list = board.querySelector('[data-opened]');
  const tabs = new Map();
  let there = 1;
  let last = 1;

  const show = () => {
    const now = performance.now();
    const items = [...tabs.values()].slice(-6).map((tab) => {
      const isHanging = tab.connected === undefined && now - tab.asked > 3000;
      return make('li', isHanging ? { class: 'hanging' } : {}, `Tab ${tab.number}: ${describe(tab, now)}`);
    });
    list.replaceChildren(...items);
  };

  board.querySelector('[data-open]').addEventListener('click', () => {
    const token = crypto.getRandomValues(new Uint32Array(2)).join('-');
    // Two clicks may come before the first of the two tabs is counted.
    last = Math.max(last, there) + 1;
    tabs.set(token, { number: last, asked: performance.now() });
    window.open(`${location.pathname}#opened=${token}`, '_blank', 'noopener');
    show();
  });

  channel.addEventListener('message', ({ data: { token, what } }) => {
    const tab = tabs.get(token);
    if (!tab) return;
    tab[what] ??= performance.now();
    show();
  });

  setInterval(() => {
    const waits = [...tabs.values()].some((tab) => tab.connected === undefined);
    if (waits && !document.hidden) show();
  }, 1000);

  return (count) => {
    there = count;
  };
}

function describe({ asked, loaded, connected }, now) {
  const page = loaded === undefined ? '' : `page after ${seconds(loaded - asked)}, `;
  if (connected !== undefined) return `${page}connected after ${seconds(connected - asked)}`;
  const waited = now - asked;
  const why = waited > 3000 ? ': the browser allows six connections per host' : '';
  return loaded === undefined
    ? `asked for ${seconds(waited)} ago, its page has not loaded${why}`
    : `${page}connecting since ${seconds(now - loaded)}${why}`;
}
