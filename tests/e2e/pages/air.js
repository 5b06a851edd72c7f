// Witnesses what comes by a BroadcastChannel of a stream, and how batches tell of it. To be there before `connect`.
const OP_RUN = -7;
const OP_AIRED = -9;

export const air = {
  /** Channels of streams that are open now. */
  open: 0,
  /** Runs heard there, and the units of their texts. */
  heard: 0,
  units: 0,
  /** Runs that a batch has named, and that it has brought itself. */
  named: 0,
  brought: 0,
};

window.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(name);
    if (!/^tabmux:\d/.test(name)) return;
    this.isOfStream = true;
    air.open++;
    this.addEventListener('message', ({ data }) => {
      // All else is a key.
      for (const run of [data].flat().filter(Array.isArray)) {
        air.heard++;
        air.units += run[1].length;
      }
    });
  }

  close() {
    super.close();
    if (this.isOfStream) air.open--;
    this.isOfStream = false;
  }
};

window.SharedWorker = class extends SharedWorker {
  constructor(...how) {
    super(...how);
    this.port.addEventListener('message', ({ data }) => {
      if (!Array.isArray(data)) return;
      for (let at = 6; at < data.length; at += 3) {
        if (data[at] === OP_AIRED) air.named++;
        if (data[at] === OP_RUN) air.brought++;
      }
    });
  }
};
