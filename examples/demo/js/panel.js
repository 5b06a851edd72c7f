// The panel of the connection: what this page believes, and beside it what the server counts.

import { server } from './api.js';
import { Diagram } from './diagram.js';
import { make, say } from './dom.js';
import { count, plural, seconds } from './format.js';

/**
 * @param title gives the headline from `{ tabs, connected }`: the tabs, and the open connections as the tabs know them
 * @param onanswer gets each answer of the server
 * @param ontabs gets the number of tabs, as often as it is asked for
 */
export function panel(board, source, { order, title, onanswer, ontabs }) {
  const heading = board.querySelector('[data-title]');
  const diagram = new Diagram(board.querySelector('[data-diagram]'));
  const list = board.querySelector('[data-facts]');
  const asked = question(onanswer);

  status(board.querySelector('[data-status]'), source);

  const refresh = async () => {
    // A tab that was opened in the background is written once, so that its switcher has something to show.
    if (document.hidden && list.childElementCount > 0) return;
    const wires = await source.wires();
    const answer = asked.answer;
    const isOpen = source.status === 'open';
    const connected = wires.connected ?? Number(isOpen);
    say(heading, title({ tabs: wires.tabs, connected }));
    diagram.show({ kind: source.kind, tabs: wires.tabs, connected, isOpen });
    ontabs(wires.tabs);
    const facts = [
      ['Server counts', ...counted(answer, asked.waiting(), source.status === 'reconnecting')],
      ...source.facts(wires),
      ['Order in this tab', `${plural(order.events, 'event')}, ${order}`],
    ];
    write(list, facts);
  };
  // A hub that is closed or being replaced has no figures: the panel keeps the last ones.
  const quietly = () => refresh().catch(() => {});
  setInterval(quietly, 1000);
  document.addEventListener('visibilitychange', quietly);
  source.onstatus(quietly);
  quietly();

  // Only when something has changed; a tab that polled would itself need a connection again and again.
  source.subscribe('presence', () => asked.ask().then(quietly), { replay: 1 });
  asked.ask().then(quietly);
  source.subscribe('metrics', () => document.hidden || diagram.pulse());
}

function counted(answer, waited, isAway) {
  // An answer that takes longer than this has no connection to come on.
  if (waited > 2000) {
    return [`no answer for ${seconds(waited)}: the question waits for one of the browser’s six connections`, 'hanging'];
  }
  if (!answer) return ['–'];
  const { you, connections, opened, cutOff } = answer;
  const cut = cutOff > 0 ? `, ${count(cutOff)} cut off` : '';
  return [
    `${plural(you.connections, 'connection')} of yours, ${count(connections)} in all, ${count(opened)} ever${cut}` +
      (isAway ? ', when it last answered' : ''),
  ];
}

/** Asks the server for its counts, never twice at a time, and knows how long it has been waiting. */
function question(onanswer) {
  let since = null;
  let again = false;
  return {
    answer: null,
    waiting: () => (since === null ? 0 : performance.now() - since),
    async ask() {
      if (since !== null) {
        again = true;
        return;
      }
      do {
        again = false;
        since = performance.now();
        try {
          this.answer = await server();
          onanswer(this.answer);
        } catch {
          // The server is away; the status above says so already, and presence will come again with it.
        }
        since = null;
      } while (again);
    },
  };
}

function status(element, source) {
  let since = performance.now();
  let why = '';
  const show = () => {
    const waited = performance.now() - since;
    element.dataset.state = source.status;
    const isWaiting = source.status !== 'open' && waited > 1000;
    const six = source.kind === 'plain' && source.status === 'connecting' && waited > 3000;
    say(
      element,
      source.status +
        (isWaiting ? ` since ${seconds(waited)}` : why && source.status !== 'open' ? ` (${why})` : '') +
        (six ? ' – the browser allows six connections per host' : ''),
    );
  };
  let last = source.status;
  source.onstatus((now, reason) => {
    if (now !== last) since = performance.now();
    last = now;
    why = reason;
    show();
  });
  setInterval(() => source.status === 'open' || document.hidden || show(), 1000);
  show();
}

/** Changes only what differs, so that a text that someone is selecting stays. */
function write(list, facts) {
  while (list.childElementCount > facts.length * 2) list.lastElementChild.remove();
  facts.forEach(([label, text, kind = ''], index) => {
    if (index * 2 >= list.childElementCount) list.append(make('dt'), make('dd'));
    say(list.children[index * 2], label);
    const value = list.children[index * 2 + 1];
    say(value, text);
    value.className = kind;
  });
}
