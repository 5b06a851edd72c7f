// Which tabs of one kind are there, and which of them have their connection. Plain tabs know nothing of each other, so
// they are asked over a BroadcastChannel, which needs no connection to the server.

const ANSWERS_WITHIN = 150;

export class Roll {
  #channel;
  #connected = false;
  #question = 0;
  #answers = [];

  constructor(kind) {
    this.#channel = new BroadcastChannel(`tabmux-demo-${kind}`);
    this.#channel.addEventListener('message', ({ data }) => {
      if (data.who) this.#channel.postMessage({ to: data.who, connected: this.#connected });
      else if (data.to === this.#question) this.#answers.push(data.connected);
    });
  }

  tell(connected) {
    this.#connected = connected;
  }

  /** Counts this tab and those that answer in time. */
  async call(connected) {
    this.#connected = connected;
    this.#answers = [connected];
    // Several tabs may ask at once, and everybody hears every answer.
    this.#question = Math.random();
    this.#channel.postMessage({ who: this.#question });
    await new Promise((resolve) => setTimeout(resolve, ANSWERS_WITHIN));
    return { tabs: this.#answers.length, connected: this.#answers.filter(Boolean).length };
  }
}
