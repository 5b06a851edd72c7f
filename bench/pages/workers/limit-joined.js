import { eventSource, serve } from './limit.js';

serve({
  connect: eventSource,
  fresh: () => ({ text: '', lengths: [] }),
  add(tab, channel, id, data) {
    tab.text += id + data;
    tab.lengths.push(channel, id.length, data.length);
  },
  pack(tab) {
    const lengths = Uint32Array.from(tab.lengths);
    tab.port.postMessage({ text: tab.text, lengths }, [lengths.buffer]);
    tab.text = '';
    tab.lengths = [];
  },
});
