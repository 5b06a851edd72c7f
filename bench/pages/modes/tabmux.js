import { connect } from 'tabmux';

export async function open({ url, channels, event, ready }) {
  const hub = connect(url);
  globalThis.hub = hub;
  const subscriptions = channels.map((channel) => hub.subscribe(channel, ({ data, id }) => event(data, id)));
  await Promise.all(subscriptions.map((subscription) => subscription.ready));
  ready();
}
