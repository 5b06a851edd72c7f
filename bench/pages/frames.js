/** As many tabs as `?frames=`, each in a frame: a port of its own, at the cost of a document rather than of a process. */
const query = new URLSearchParams(location.search);
const count = Number(query.get('frames'));
query.delete('frames');
for (let n = 0; n < count; n++) {
  const frame = document.createElement('iframe');
  frame.src = `./tab.html?${query}`;
  document.body.append(frame);
}
globalThis.bench = {
  get ready() {
    return [...document.querySelectorAll('iframe')].every(({ contentWindow }) => contentWindow.bench?.ready);
  },
};
