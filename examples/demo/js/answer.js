// The page of one answer: the question stands in the address, so that another tab with it reads the same request.

import { facts } from './facts.js';
import { count, plural, seconds } from './format.js';
import { tokens } from './tokens.js';

const form = document.querySelector('form');
const output = document.querySelector('#answer');
const status = document.querySelector('#status');
const cancel = document.querySelector('#cancel');
const link = document.querySelector('#another');
const problem = document.querySelector('.problem');
const fact = facts(document.querySelector('.facts'), [
  'Tabs that read it',
  'Requests made',
  'Words',
  'First word after',
]);

/** What is being read; another question ends it. */
let reading = null;

async function answer(prompt) {
  reading?.abort();
  const controller = new AbortController();
  reading = controller;
  cancel.disabled = false;
  output.textContent = '';
  problem.textContent = '';
  for (const name of ['Tabs that read it', 'Requests made', 'Words', 'First word after']) fact(name, '–');
  history.replaceState(null, '', `#${encodeURIComponent(prompt)}`);
  link.href = location.href;
  link.hidden = false;
  const show = (state, text) => {
    if (reading !== controller) return;
    status.dataset.state = output.dataset.state = state;
    status.textContent = text;
  };
  const asked = performance.now();
  let words = 0;
  let hub;
  // The other tabs come and go without a word to this one.
  const counting = setInterval(async () => {
    const stats = await hub?.stats().catch(() => null);
    if (!stats || reading !== controller) return;
    fact('Tabs that read it', count(stats.tabs));
    fact('Requests made', count(stats.connections));
  }, 250);
  show('connecting', 'asking');
  try {
    const watch = (its) => {
      hub = its;
    };
    for await (const text of tokens('/api/answer', { prompt }, { signal: controller.signal, watch })) {
      if (words === 0) fact('First word after', seconds(performance.now() - asked));
      words += 1;
      output.append(text);
      fact('Words', count(words));
      show('open', 'reading');
    }
    if (controller.signal.aborted) show('idle', `cancelled after ${plural(words, 'word')}`);
    else show('idle', words ? 'read to its end' : 'it was answered before');
  } catch (error) {
    show('closed', 'failed');
    problem.textContent = error.message;
  } finally {
    clearInterval(counting);
    if (reading === controller) cancel.disabled = true;
  }
}

cancel.addEventListener('click', () => {
  reading?.abort();
  // A button that is disabled has lost the focus.
  form.elements.prompt.focus();
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const prompt = new FormData(form).get('prompt').trim();
  if (prompt) answer(prompt);
});

function fromAddress() {
  let asked;
  try {
    asked = decodeURIComponent(location.hash.slice(1));
  } catch {
    return;
  }
  if (!asked || asked === 'answer') return;
  form.elements.prompt.value = asked;
  answer(asked);
}

addEventListener('hashchange', fromAddress);
fromAddress();
