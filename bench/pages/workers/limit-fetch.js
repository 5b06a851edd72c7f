import { createParser } from '/peers/eventsource-parser.js';
import { flat, serve } from './limit.js';

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

async function read(url, feed) {
  const response = await fetch(url);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) feed(part.value);
}

serve({ connect, ...flat });
