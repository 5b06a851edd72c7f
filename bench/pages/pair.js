/**
 * A direct EventSource and the mode under test in one page: what the mode adds is the difference per event id, by this
 * page's clock alone.
 */
import { open as openDirect } from './modes/direct.js';

const query = new URLSearchParams(location.search);
const channels = ['tick'];
const bytes = Number(query.get('bytes'));
const direct = new Map();
const shared = new Map();
let isDirect = false;
let isShared = false;

/** As in `tab.js` the ids count up by one and the data has its length, but that is looked at once the time is taken. */
const note = (times) => (data, id) => {
  const now = performance.now();
  if (Number(id) !== times.size + 1 || data.length !== bytes) globalThis.bench.wrong += 1;
  times.set(id, now);
};

globalThis.bench = {
  wrong: 0,
  isolated: crossOriginIsolated,
  get ready() {
    return isDirect && isShared;
  },
  get count() {
    return Math.min(direct.size, shared.size);
  },
  /** Added latency in ms of each event. */
  added: () => [...direct].map(([id, time]) => shared.get(id) - time),
};

openDirect({
  url: query.get('direct'),
  channels,
  event: note(direct),
  ready: () => {
    isDirect = true;
  },
});
const { open } = await import(`/app/${query.get('mode')}.js`);
await open({
  url: query.get('url'),
  channels,
  event: note(shared),
  ready: () => {
    isShared = true;
  },
});
