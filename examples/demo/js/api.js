// What the pages ask the server beside the stream. Each request needs a connection of its own for a moment, so all of
// them wait while plain streams hold the browser's six.

/** Resolves with the server's answer, rejects with an Error whose message can be shown. */
export async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const wait = response.headers.get('Retry-After');
  throw new Error((answer.error ?? `the server answered ${response.status}`) + (wait ? ` (${wait} s)` : ''));
}

/** The server's own counts. */
export async function server() {
  const response = await fetch('/api/server', { cache: 'no-store' });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
}

/**
 * Connects a form: disabled while it is under way, the error shown beside it.
 *
 * @param submit gets the form's data and gives a promise
 */
export function form(element, submit) {
  const problem = element.parentElement.querySelector('.problem');
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    const buttons = element.querySelectorAll('button');
    const focused = document.activeElement;
    problem.textContent = '';
    for (const button of buttons) button.disabled = true;
    try {
      await submit(new FormData(element));
    } catch (error) {
      problem.textContent = `Not done: ${error.message}.`;
    }
    for (const button of buttons) button.disabled = false;
    // A button that was disabled has lost the focus.
    if (focused instanceof HTMLElement && element.contains(focused)) focused.focus();
  });
}
