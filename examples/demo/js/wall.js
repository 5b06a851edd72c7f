// The wall: builds the tiles, and measures when each of them has its first event.

import { server } from './api.js';
import { make, say } from './dom.js';
import { plural, seconds } from './format.js';

const NAMES = { tabmux: 'tabmux', plain: 'EventSource each' };
/** A tile that has nothing by then waits for a connection, not for its turn. */
const JUDGED_AFTER = 8000;

const wall = document.getElementById('wall');
const summary = document.getElementById('summary');
const results = document.getElementById('results');
const clearButton = document.getElementById('clear');
let current = null;

document.getElementById('build').addEventListener('submit', (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  build(data.get('kind'), Number(data.get('tiles')));
});

clearButton.addEventListener('click', () => {
  clear();
  say(summary, 'The wall is cleared.');
});

addEventListener('message', ({ origin, source, data }) => {
  if (origin !== location.origin || !current) return;
  // A tile of an earlier wall may still have had something to say.
  if (current.frames[data.number - 1]?.contentWindow !== source) return;
  current[data.what].add(data.number);
  if (data.what === 'ready' && current.ready.size === current.frames.length) connect(current);
  if (data.what === 'live') {
    current.lastLive = performance.now() - current.asked;
    show();
  }
});

function clear() {
  clearInterval(current?.timer);
  current = null;
  wall.replaceChildren();
  clearButton.disabled = true;
}

async function build(kind, tiles) {
  clear();
  say(summary, 'Loading the tiles …');
  clearButton.disabled = false;
  const frames = Array.from({ length: tiles }, (_, index) => {
    const title = `Tile ${index + 1}, ${NAMES[kind]}`;
    return make('iframe', { title, src: `/tile.html?kind=${kind}&number=${index + 1}` });
  });
  current = { kind, frames, ready: new Set(), live: new Set(), asked: null, lastLive: null, answer: null, row: null };
  wall.append(...frames);
}

function connect(building) {
  building.asked = performance.now();
  for (const frame of building.frames) frame.contentWindow.postMessage('connect', location.origin);
  building.row = make('tr', {}, ...Array.from({ length: 4 }, () => make('td')));
  results.querySelector('[colspan]')?.parentElement.remove();
  results.prepend(building.row);
  building.timer = setInterval(show, 1000);
  ask(building);
  show();
}

/** Asks for the server's count twice: it takes a moment until all tiles have what they can have. */
async function ask(building) {
  for (const wait of [1500, 3000]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (building !== current) return;
    building.question = performance.now();
    building.answer = await server().catch(() => null);
    building.question = null;
    show();
  }
}

function show() {
  if (!current?.row) return;
  const { kind, frames, live, asked, lastLive, answer, question, row } = current;
  const waited = performance.now() - asked;
  const missing = frames.length - live.size;
  const [name, alive, last, counted] = row.children;
  say(name, `${frames.length} × ${NAMES[kind]}`);
  say(alive, `${live.size} of ${frames.length}`);
  alive.className = missing > 0 && waited > JUDGED_AFTER ? 'hanging' : '';
  say(last, missing === 0 ? seconds(lastLive) : `${plural(missing, 'tile')} waiting since ${seconds(waited)}`);
  last.className = alive.className;
  const unanswered = question ? performance.now() - question : 0;
  if (unanswered > 2000) say(counted, `no answer for ${seconds(unanswered)}: this question waits too`);
  else say(counted, answer ? `${plural(answer.you.connections, 'connection')} of yours` : 'asking …');
  counted.className = unanswered > 2000 ? 'hanging' : '';
  if (missing === 0) say(summary, `All ${frames.length} tiles are live.`);
  else if (waited > JUDGED_AFTER) say(summary, `${live.size} of ${frames.length} tiles are live; the others wait.`);
  else say(summary, 'Connecting …');
}
