import assert from 'node:assert/strict';

export const title = 'misuse of connect is thrown at once, with code and remedy';

export async function run(scene) {
  const tab = await scene.open();
  const codes = await tab.eval((url) => {
    const code = (misuse) => {
      try {
        misuse();
        return 'no error';
      } catch (error) {
        return error.message.startsWith(`${error.code}: `) && error.message.length > 20 ? error.code : String(error);
      }
    };
    t.connect(url);
    return [
      code(() => t.connect('http://[')),
      code(() => t.connect('ftp://example.org/events')),
      code(() => t.connect(url, { headers: {} })),
      code(() => t.connect(url, { reconect: {} })),
      code(() => t.connect(url, { reconnect: { initialDelay: 'soon' } })),
      code(() => t.hub.subscribe('', () => undefined)),
      code(() => t.hub.subscribe('chat', 'no function')),
    ];
  }, scene.url);
  assert.deepEqual(codes, [
    'BAD_URL',
    'BAD_URL',
    'PRINCIPAL_REQUIRED',
    'BAD_OPTION',
    'BAD_OPTION',
    'BAD_CHANNEL',
    'BAD_HANDLER',
  ]);
  assert.equal(scene.stream.total, 0);
}
