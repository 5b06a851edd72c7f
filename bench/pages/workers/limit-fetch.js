import { createParser } from '/peers/eventsource-parser.js';
import { flat, serve } from './limit.js';

async function connect(url, channels, event) {
  const indexes = new Map(channels.map((channel, index) => [channel, index]));
  let last = '';
  const parser = createParser({
    onEvent(message) {
      last = message.id ?? last;
      const index = indexes.get(message.event ?? 'message');
      if (index !== undefined) event(index, last, message.data);
    },
  });
  const response = await fetch(url);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) parser.feed(part.value);
}

serve({ connect, ...flat });
