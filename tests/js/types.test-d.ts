// Compiled, never run: each `@ts-expect-error` fails the compile where the next line is accepted.
import {
  type ChannelEvent,
  connect,
  type GapDetail,
  SharedEventSource,
  type StatusDetail,
  type Subscription,
  type TabmuxError,
} from '../../js/index.js';

interface Events {
  order: { orderId: string };
  notice: { text: string };
}

const hub = connect<Events>('/events', {
  replay: { events: 5 },
  principal: null,
  reconnect: { maxAttempts: Infinity },
});

// Channel names and payloads come from the map.
const sub: Subscription = hub.subscribe('order', (event) => {
  const id: string = event.json().orderId;
  const channel: 'order' = event.channel;
  // @ts-expect-error there is no such field in an order
  event.json().text;
  // @ts-expect-error what handlers share is not to be changed
  event.data = id + channel;
});
// @ts-expect-error there is no such channel
hub.subscribe('ordre', () => {});
// @ts-expect-error a handler is needed
hub.subscribe('order');
hub.subscribe('order', () => {}, { topic: 'orders/7' });
connect('/events', { topics: { param: 'topic', format: 'comma', ids: 'connection' } });
// @ts-expect-error there is no such format
connect('/events', { topics: { param: 'topic', format: 'space' } });
// @ts-expect-error a parameter is needed
connect('/events', { topics: {} });

// `*` is a union told apart by the channel.
hub.subscribe('*', (event) => {
  if (event.channel === 'order') event.json().orderId satisfies string;
  else event.json().text satisfies string;
});

async function read(): Promise<void> {
  for await (const event of hub.events('notice', { signal: new AbortController().signal }))
    event.json().text satisfies string;
  for await (const event of hub.events('*')) event.channel satisfies 'order' | 'notice';
  await sub.ready;
  (await hub.stats()).tabs satisfies number;
  await hub.close({ everywhere: true });
}
void read;

// The hub's own events.
hub.addEventListener('status', (event) => event.detail satisfies StatusDetail);
hub.addEventListener('gap', ({ detail }) => detail satisfies GapDetail);
hub.addEventListener('error', { handleEvent: ({ detail }) => detail satisfies TabmuxError });
// @ts-expect-error no such status
hub.status === 'connected';
// @ts-expect-error read only
hub.status = 'open';

// Without a map any name goes, and payloads are unknown.
const untyped = connect('/events');
untyped.subscribe('anything', (event) => {
  event satisfies ChannelEvent<unknown>;
  // @ts-expect-error unknown until it is checked
  event.json().x;
});

// Functions may be async, and know whether what they gave last was refused.
connect('/events', { transport: 'fetch', method: 'POST', body: '{}', principal: null, headers: { a: 'b' } });
connect(async ({ refused }) => `/events?fresh=${refused satisfies boolean}`, { key: 'events', principal: 'ann' });
connect('/events', { principal: 'ann', headers: async () => ({ authorization: 'x' }) });
// @ts-expect-error no such transport
connect('/events', { transport: 'websocket' });
// @ts-expect-error a body is text
connect('/events', { body: {} });

// The drop-in goes wherever an EventSource goes.
const source: EventSource = new SharedEventSource('/events', { withCredentials: true });
source.onmessage = (event) => event.data;
new SharedEventSource('/events').addEventListener('order', (event) => event.lastEventId satisfies string);
new SharedEventSource('/events').addEventListener('error', (event) => event satisfies Event);
