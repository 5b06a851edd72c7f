import { get } from 'node:http';

/** A plain connection that keeps the name and the id of every event. */
export class Witness {
  #request;
  #text = '';
  #events = [];

  static open(url) {
    const witness = new Witness();
    return new Promise((resolve, reject) => {
      witness.#request = get(url, { agent: false }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${response.statusCode} for the witness`));
        response.setEncoding('utf8');
        response.on('data', (chunk) => witness.#take(chunk));
        response.on('error', () => {}); // It ends with the test.
        resolve(witness);
      });
      witness.#request.on('error', reject);
    });
  }

  /** The ids of a channel's events, in the order in which they came. */
  ids(channel) {
    return this.#events.filter(({ name }) => name === channel).map(({ id }) => id);
  }

  close() {
    this.#request.destroy();
  }

  #take(chunk) {
    const blocks = (this.#text + chunk).split('\n\n');
    this.#text = blocks.pop();
    for (const block of blocks) {
      const field = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const [id, name] = [field('id'), field('event')];
      if (name) this.#events.push({ id, name });
    }
  }
}
