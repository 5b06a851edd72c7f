import { createParser } from '/peers/eventsource-parser.js';
import { flat, serve } from './limit.js';
import { read } from './limit-read.js';

function connect(url) {
  const heard = new Map();
  let last = '';
  const parser = createParser({
    onEvent({ id, event = 'message', data }) {
      last = id ?? last;
      heard.get(event)?.(last, data);
    },
  });
  read(url, (text) => parser.feed(text));
  return (channel, event) => heard.set(channel, event);
}

serve({ connect, ...flat });
