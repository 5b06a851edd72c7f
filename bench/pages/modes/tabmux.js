import { connect } from 'tabmux';

export async function open({ url, channels, event, ready, transport = 'auto' }) {
  const hub = connect(url, { transport });
  globalThis.hub = hub;
  const subscriptions = channels.map((channel) => hub.subscribe(channel, ({ data, id }) => event(data, id)));
  await Promise.all(subscriptions.map((subscription) => subscription.ready));
  ready();
}
