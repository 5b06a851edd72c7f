export const title = 'channels named within the JSON of unnamed events, by EventSource and by fetch';

export async function run(scene) {
  const { stream } = scene;
  for (const transport of ['eventsource', 'fetch']) {
    const options = { transport, channel: { json: 'type' }, maxStreamsPerOrigin: 2 };
    const orders = await scene.connect(['order', 'settle'], options);
    const rest = await scene.connect(['message', 'named', 'settle'], options);
    await scene.connected([orders, rest]);
    const data = {
      order: '{"inner":{"type":"other"},"type":"order"}',
      escaped: '{"ty\\u0070e":"\\u006frder","n":[1,2]}',
      last: '{"type":"other","type":"order"}',
      nobody: '{"type":"nobody"}',
      none: '[{"type":"order"}]',
      broken: '{"type":"order"',
      empty: '{"type":""}',
    };
    for (const [id, text] of Object.entries(data)) stream.push({ id, data: text });
    // A name of its own is kept.
    stream.push({ event: 'named', id: 'named', data: data.order });
    await scene.settle([orders, rest]);
    const events = (channel, ...ids) => ids.map((id) => [channel, id, data[id]]);
    await scene.received(orders, events('order', 'order', 'escaped', 'last'));
    await scene.received(rest, [...events('message', 'none', 'broken', 'empty'), ['named', 'named', data.order]]);
    for (const tab of [orders, rest]) await tab.close();
  }
}
