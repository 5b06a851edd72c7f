// Reads the answer to a POST by the example's iterator, and records what it gives and how it ends.
import { tokens } from '/demo/js/tokens.js';

let controller;

window.t = {
  text: '',
  /** `'read'`, or what was thrown; null while it is read. */
  end: null,

  ask(url, prompt) {
    controller = new AbortController();
    t.text = '';
    t.end = null;
    read(url, prompt, controller.signal).then(
      () => {
        t.end = 'read';
      },
      (error) => {
        t.end = String(error);
      },
    );
  },

  cancel() {
    controller.abort();
  },
};

async function read(url, prompt, signal) {
  for await (const text of tokens(url, { prompt }, { signal })) t.text += text;
}
