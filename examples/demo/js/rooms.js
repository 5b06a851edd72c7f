// The lists: chat, notifications, alerts with arrivals and losses, and the server's log.

import { form, post } from './api.js';
import { lines, make, say } from './dom.js';
import { plural, time } from './format.js';

const stamp = (milliseconds) => make('time', { datetime: new Date(milliseconds).toISOString() }, time(milliseconds));

/** @param isMine tells whether a user's id is this visitor's */
export function chat(board, source, isMine) {
  const cell = board.querySelector('.chat');
  const add = lines(cell.querySelector('.lines'), 150);
  source.subscribe(
    'chat',
    (event) => {
      const { time, from, text } = event.json();
      const who = make('span', { class: 'who' }, `${from.name}: `);
      add(
        make('li', isMine(from.id) ? { class: 'mine' } : {}, stamp(time), who, make('span', { class: 'text' }, text)),
      );
    },
    { replay: 120 },
  );
  const presence = cell.querySelector('[data-presence]');
  source.subscribe(
    'presence',
    (event) => {
      const { users, connections } = event.json();
      say(presence, `${plural(users, 'visitor')}, ${plural(connections, 'connection')}`);
    },
    { replay: 1 },
  );
  texts(cell, '/api/chat');
}

export function notifications(board, source) {
  const cell = board.querySelector('.notify');
  const add = lines(cell.querySelector('.lines'), 50);
  source.subscribe(
    'notification',
    (event) => {
      const { time, text } = event.json();
      add(make('li', {}, stamp(time), make('span', { class: 'text' }, text)));
    },
    { replay: 50 },
  );
  texts(cell, '/api/notify');
}

export function happenings(board, source) {
  const add = lines(board.querySelector('.events .lines'), 150);
  const line = (kind, when, text) => add(make('li', { class: kind }, stamp(when), text));
  source.subscribe(
    'alert',
    (event) => {
      const { time, metric, state, value, threshold } = event.json();
      const side = state === 'raised' ? 'above' : 'back below';
      line(state, time, `${metric} at ${Math.round(value)} %, ${side} ${threshold} %`);
    },
    { replay: 50 },
  );
  for (const [channel, text] of [
    ['joined', 'came'],
    ['left', 'left'],
  ]) {
    source.subscribe(channel, (event) => {
      const { time, user } = event.json();
      line(channel, time, `${user.name} ${text}`);
    });
  }
  source.onloss((text) => line('loss', Date.now(), text));
}

export function log(board, source) {
  const add = lines(board.querySelector('.log .lines'), 200);
  source.subscribe(
    'log',
    (event) => {
      const { time, level, text } = event.json();
      add(make('li', { class: level }, stamp(time), level === 'INFO' ? text : `${level} ${text}`));
    },
    { replay: 120 },
  );
}

function texts(cell, path) {
  const element = cell.querySelector('form');
  form(element, async (data) => {
    await post(path, { text: data.get('text') });
    element.reset();
  });
}
