// Checks what tabmux promises: on each channel, ids rise and none comes twice. A server that was started anew starts
// a new count, which its prefix shows.

export class Order {
  events = 0;
  repeats = 0;
  outOfOrder = 0;
  #last = new Map();

  see(channel, id) {
    this.events += 1;
    const dash = id.lastIndexOf('-');
    const boot = id.slice(0, dash);
    const sequence = Number(id.slice(dash + 1));
    const last = this.#last.get(channel);
    if (last?.boot === boot) {
      if (sequence === last.sequence) this.repeats += 1;
      else if (sequence < last.sequence) this.outOfOrder += 1;
    }
    this.#last.set(channel, { boot, sequence });
  }

  toString() {
    const wrong = this.repeats + this.outOfOrder;
    return wrong === 0 ? 'in order, none twice' : `${this.repeats} twice, ${this.outOfOrder} out of order`;
  }
}
