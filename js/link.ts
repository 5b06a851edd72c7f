import { TabmuxError } from './errors.js';
import type * as Lifecycle from './lifecycle.js';
import type { Life } from './lifecycle.js';
import type { Ack, ToHub, VERSION, WORKER_NAME } from './protocol.js';
import { spawn } from './spawn.js';
import type { Stream } from './stream.js';

declare const TABMUX_BUILD: string;

let lifecycle: typeof Lifecycle | undefined;
let loading: Promise<typeof Lifecycle> | undefined;

/**
 * Does what `lifecycle.ts` has for it: at once if it is there, otherwise in the order of the calls. Where it can't be
 * loaded (an old deploy, of which the file is gone), `failed` is told.
 */
export function runtime(act: (l: typeof Lifecycle) => void, failed?: (error: TabmuxError) => void): void {
  if (lifecycle) act(lifecycle);
  else {
    // One promise for all: those of several `import()` calls do not settle in the order of the calls.
    loading ??= import('./lifecycle.js');
    loading.then(
      (loaded) => {
        lifecycle = loaded;
        act(loaded);
      },
      (error) => {
        loading = undefined;
        failed?.(new TabmuxError('WORKER_LOAD', `reload the page: ${error}`));
      },
    );
  }
}

/**
 * The way from this page to one worker. Here is what starts it and is said to it first; all that comes back is for
 * `lifecycle.ts`, which is fetched meanwhile.
 */
export class Link {
  /** For `lifecycle.ts`: a class that two chunks import would be a third one, before the first event. */
  readonly Failure = TabmuxError;
  readonly streams = new Map<number, Stream>();
  /** This page's id: 128 random bits. `crypto.randomUUID` does not exist on plain http. */
  readonly tab = crypto.getRandomValues(new Uint32Array(4)).join('-');
  /** Where the worker is, if it is not where the bundler put it. */
  declare url: string | undefined;
  // Not the constant itself: what two chunks import becomes a third chunk.
  name: string = 'tabmux' satisfies typeof WORKER_NAME;
  gen = 0;
  /** Whoever sees `lifecycle.ts` come much later than this may have slept meanwhile. */
  readonly made = Date.now();
  declare port: MessagePort | undefined;
  /** This document's Web Lock, if there are any. */
  declare lock: string | undefined;
  /** Given up, until `reconnect()` or a new `connect()`. */
  declare down: boolean;
  /** Handed to the successor by `move-to`. */
  declare state: string | undefined;
  /** Stops what a batch has set off and that has not run yet, or lets it go on. */
  declare hold: ((on: boolean) => void) | undefined;
  /** It has waited in vain for what was to come by a BroadcastChannel. */
  declare deaf: boolean;
  /** What `lifecycle.ts` remembers. */
  declare life: Life | undefined;

  constructor(url?: string) {
    this.url = url;
    this.start();
    // A page that goes before there is a `lifecycle.ts`, which has more to say.
    addEventListener('pagehide', () => this.life || this.bye());
  }

  /** Makes a port to the worker, and says on it all that a fresh worker needs. */
  start(): void {
    try {
      const worker = spawn(this.name, this.url);
      this.port = worker.port;
      worker.onerror = () => runtime((l) => l.fail(this, worker.port, 'script'));
      // What an abandoned worker says when it wakes is not heard, nor what has waited for `lifecycle.ts` since. (Its port by
      // way of the worker: one that nothing refers to may be collected before its `error` event.)
      this.port.onmessage = ({ data }) => runtime((l) => this.port === worker.port && l.hear(this, data));
      this.hello();
      for (const stream of this.streams.values()) stream.attach();
      runtime((l) => l.starting(this), this.lost);
    } catch (error) {
      runtime((l) => l.fail(this, this.port, `throw ${error}`), this.lost);
    }
  }

  /** Said once more with the page's lock, once that is held. */
  hello(): void {
    this.post({
      t: 'hello',
      v: 5 satisfies typeof VERSION,
      // The package's version, for diagnosis.
      build: typeof TABMUX_BUILD === 'undefined' ? 'dev' : TABMUX_BUILD,
      tab: this.tab,
      visible: !document.hidden,
      lock: this.lock,
      state: this.state,
    });
  }

  private bye(): void {
    this.post({ t: 'bye', persisted: false });
    this.port = this.port?.close() as undefined;
  }

  /** There is no `lifecycle.ts`, and nothing can come of this without it. */
  readonly lost = (error: TabmuxError) => {
    this.bye();
    this.down = true;
    for (const stream of this.streams.values()) {
      stream.update({ status: 'closed', reason: 'worker-load', resumed: null, failed: true });
      for (const waiting of [...stream.subs.values(), ...stream.owners]) waiting.fail(error);
    }
  };

  /** The first on each port is the hello. Without a port nothing is kept: the next one is told the whole state of the page. */
  post(message: ToHub | Ack): void {
    this.port?.postMessage(message);
  }
}
