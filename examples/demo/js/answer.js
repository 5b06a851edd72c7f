// The page of one answer: the question stands in the address, so that another tab with it reads the same request.

import { tokens } from './tokens.js';

const form = document.querySelector('form');
const output = document.querySelector('#answer');
const status = document.querySelector('#status');
const cancel = document.querySelector('#cancel');
const link = document.querySelector('#another');

async function answer(prompt) {
  const controller = new AbortController();
  cancel.onclick = () => controller.abort();
  cancel.disabled = false;
  output.textContent = '';
  status.textContent = 'Reading …';
  link.href = `/answer.html#${encodeURIComponent(prompt)}`;
  link.hidden = false;
  let words = 0;
  try {
    for await (const text of tokens('/api/answer', { prompt }, { signal: controller.signal })) {
      output.append(text);
      words += 1;
    }
    status.textContent = controller.signal.aborted ? `Cancelled after ${words} words.` : `${words} words.`;
  } catch (error) {
    status.textContent = error.message;
  } finally {
    cancel.disabled = true;
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const prompt = new FormData(form).get('prompt').trim();
  if (prompt) answer(prompt);
});

const asked = decodeURIComponent(location.hash.slice(1));
if (asked) {
  form.elements.prompt.value = asked;
  answer(asked);
}
