/** `bench.run(what, chunk)`: MB/s of a parser in a SharedWorker. */
const { port } = new SharedWorker('/workers/parser.js', { type: 'module', name: location.search });
const answer = () =>
  new Promise((resolve, reject) => {
    port.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.value));
  });

await answer();
globalThis.bench = {
  ready: true,
  run(what, chunk) {
    port.postMessage({ what, chunk });
    return answer();
  },
};
