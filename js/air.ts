import type { Host } from 'hub-glue';
import type { Aired } from './protocol.js';

/**
 * The BroadcastChannels of streams, in the worker. Of a name that nobody can guess: another worker of this origin has its own.
 *
 * @param heard is told what is said there, by whomever
 */
export function air(heard: (stream: number, said: unknown) => void): Pick<Host, 'air' | 'circle' | 'hush'> {
  const channels = new Map<number, BroadcastChannel>();
  const aired = new Map<number, Aired>();
  const flush = () => {
    for (const [stream, runs] of aired) channels.get(stream)?.postMessage(runs);
    aired.clear();
  };
  return {
    circle(stream) {
      let channel = channels.get(stream);
      if (!channel) {
        channel = new BroadcastChannel(`tabmux:${crypto.getRandomValues(new Uint32Array(4)).join('-')}`);
        channel.onmessage = ({ data }) => heard(stream, data);
        channels.set(stream, channel);
      }
      return channel.name;
    },
    // What goes on air in one turn goes as one message, which is half the work of several.
    air(stream, number, run) {
      const waiting = aired.get(stream) ?? [];
      if (!aired.size) queueMicrotask(flush);
      waiting.push(number, run);
      aired.set(stream, waiting);
    },
    hush(stream) {
      channels.get(stream)?.close();
      channels.delete(stream);
    },
  };
}
