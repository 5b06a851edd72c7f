// The board: the same for both pages, whichever source its events come from.

import { charts } from './charts.js';
import { say } from './dom.js';
import { job } from './job.js';
import { BOARD } from './markup.js';
import { opener, report } from './opener.js';
import { Order } from './order.js';
import { panel } from './panel.js';
import { chat, happenings, log, notifications } from './rooms.js';

/**
 * @param makeSource makes the source once the board stands, so that the first event finds its listeners
 * @param texts `lead` below the headline, and `title` (see `panel`)
 */
export function mount(makeSource, { lead, title }) {
  const board = document.querySelector('#board');
  board.innerHTML = BOARD;
  say(board.querySelector('[data-lead]'), lead);

  const source = makeSource();
  const order = new Order();
  let you = null;
  const watched = watch(source, order);
  charts(board, watched);
  chat(board, watched, (id) => id === you);
  notifications(board, watched);
  happenings(board, watched);
  log(board, watched);
  const offer = job(board, watched);
  const ontabs = opener(board);
  panel(board, source, {
    order,
    title,
    ontabs,
    onanswer: (answer) => {
      you = answer.you.id;
      say(document.querySelector('[data-name]'), answer.you.name);
      offer(answer.roots);
    },
  });
  report(source);
}

/** The source, with every event checked on its way. Each subscription has an order of its own. */
function watch(source, order) {
  return {
    subscribe(channel, handler, options) {
      const subscription = {};
      return source.subscribe(
        channel,
        (event) => {
          order.see(subscription, event.id);
          handler(event);
        },
        options,
      );
    },
    onloss: (listener) => source.onloss(listener),
  };
}
