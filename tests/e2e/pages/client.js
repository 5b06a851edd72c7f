// What a test drives through `tab.eval`: one hub and one drop-in source per page, and a record of all they hand over.
import { connect, SharedEventSource } from '/tabmux/index.js';

const subscriptions = new Map();
let hub;
let source;

window.t = {
  /** Events of `subscribe`, in order of delivery: `[channel, id, data, replayed]`. */
  events: [],
  /** Status changes: `[status, reason, resumed]`. */
  statuses: [],
  gaps: [],
  /** Codes and messages of `error` events. */
  errors: [],
  /** What the drop-in dispatched: `[type, readyState or data, lastEventId]`. */
  dispatched: [],

  connect(url, options) {
    hub = connect(url, options);
    hub.addEventListener('status', ({ detail }) => t.statuses.push([detail.status, detail.reason, detail.resumed]));
    hub.addEventListener('gap', ({ detail }) => t.gaps.push(detail));
    hub.addEventListener('error', ({ detail }) => t.errors.push({ code: detail.code, message: detail.message }));
  },

  /** Subscribe, and wait until the hub has it. */
  async subscribe(channel, options) {
    const record = (event) => t.events.push([event.channel, event.id, event.data, event.replayed]);
    const subscription = hub.subscribe(channel, record, options);
    subscriptions.set(channel, subscription);
    await subscription.ready;
  },

  unsubscribe(channel) {
    subscriptions.get(channel).unsubscribe();
    subscriptions.delete(channel);
  },

  /** Collect `count` events of the async iterator, then leave it. */
  async iterate(channel, count) {
    const got = [];
    for await (const event of hub.events(channel)) {
      got.push(event.data);
      if (got.length === count) break;
    }
    return got;
  },

  /** Open the drop-in and record what it dispatches. */
  openSource(url, init, names = []) {
    source = new SharedEventSource(url, init);
    for (const type of ['open', 'error']) {
      source.addEventListener(type, () => t.dispatched.push([type, source.readyState]));
    }
    for (const type of ['message', ...names]) {
      source.addEventListener(type, (event) => t.dispatched.push([type, event.data, event.lastEventId]));
    }
  },

  /** From now on what comes by the BroadcastChannels of streams is counted. */
  async watchAir() {
    ({ air: t.air } = await import('/air.js'));
  },

  get hub() {
    return hub;
  },
  get source() {
    return source;
  },
};
