// The job that a visitor starts. What is shown comes from the channel `job` alone, so every tab shows the same.

import { form, post } from './api.js';
import { make, say } from './dom.js';
import { bytes, count, seconds } from './format.js';

const STATES = {
  listing: 'listing files',
  running: 'running',
  done: 'done',
  cancelled: 'cancelled',
  stopped: 'stopped: too much for one job',
};

/** Gives a function that takes the names of the directories on offer. */
export function job(board, source) {
  const cell = board.querySelector('.job');
  const part = (name) => cell.querySelector(`[data-job-${name}]`);
  const cancel = cell.querySelector('[data-cancel]');
  const bar = cell.querySelector('progress');

  source.subscribe(
    'job',
    (event) => {
      const job = event.json();
      const isUnderWay = job.state === 'listing' || job.state === 'running';
      cancel.disabled = !isUnderWay;
      bar.value = job.state === 'done' ? 1 : job.bytesTotal > 0 ? job.bytes / job.bytesTotal : 0;
      say(part('state'), `${job.root}: ${STATES[job.state]}`);
      const unreadable = job.unreadable > 0 ? `, ${count(job.unreadable)} unreadable` : '';
      say(
        part('figures'),
        `${count(job.files)} of ${count(job.filesTotal)} files${unreadable}, ` +
          `${bytes(job.bytes)} of ${bytes(job.bytesTotal)}, ${seconds(job.milliseconds)}`,
      );
      say(part('file'), isUnderWay ? job.file : '');
      say(part('digest'), job.digest ? `SHA-256 of all: ${job.digest}` : '');
    },
    { replay: 1 },
  );

  form(cell.querySelector('form'), (data) => post('/api/job', { root: data.get('root'), pace: data.get('pace') }));
  cancel.addEventListener('click', () => {
    post('/api/job/cancel', {}).catch((error) => say(cell.querySelector('.problem'), `Not done: ${error.message}.`));
  });

  const select = cell.querySelector('select');
  return (roots) => {
    const chosen = select.value;
    select.replaceChildren(...roots.map((root) => make('option', {}, root)));
    if (roots.includes(chosen)) select.value = chosen;
  };
}
