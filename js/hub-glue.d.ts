/** What the build makes of `src/` with wasm-bindgen: as much of it as the worker's entry uses. */
declare module 'hub-glue' {
  /**
   * Starts the hub; once.
   * @param href the worker script's own URL
   * @param generation counts the workers that took over from one that hung
   * @param seed any number
   * @param joins this engine's EventSource joins the half event that a broken connection has left with the next response
   * @returns the names of options, as `hear.ts` reads them
   */
  export function start(href: string, generation: number, seed: number, joins: boolean, host: Host): string;

  /** What the hub asks for. Answers are told, and not from within the call. */
  export interface Host {
    store(key: number, value: string | number | undefined, maxAge: number): void;
    lock(name: string, tab: number): void;
    announce(): void;
    fence(): void;
    /** The form of a run on the wire. */
    join: typeof import('./run.js').join;
    /** Posts a batch that is one event. */
    post(port: number, ...batch: unknown[]): void;
    /** Posts any other batch. */
    send(port: number, batch: unknown): void;
    /** Posts a message. */
    say(port: number, form: number, row: unknown[]): void;
    form: ReturnType<typeof import('./say.js').saying>;
    close(port: number): void;
    /** Makes an EventSource; false where the browser does not take the URL. */
    source(connection: number, url: string, withCredentials: boolean): boolean;
    listen(connection: number, channel: number, name: string): void;
    unlisten(connection: number, channel: number): void;
    /** Makes a fetch, of which `fetched` tells under the same number. */
    fetch(connection: number, request: unknown[]): void;
    /** The name of a stream's BroadcastChannel, which is made if there is none. */
    circle(stream: number): string;
    /** Posts a run there. */
    air(stream: number, number: number, run: import('./protocol.js').Run): void;
    /** Closes it. */
    hush(stream: number): void;
    /** Closes a connection, if there is one: nothing is told of it afterwards. */
    end(connection: number): void;
  }

  /** A listener of `source.ts` has heard an event. */
  export function event(connection: number, channel: number, id: string, data: string): void;

  /** A page has processed a batch, and all before it. */
  export function ack(port: number, s: number, batch: number): void;

  /** A page has said anything else, taken apart by `hear.ts`. */
  export function said(port: number, row: unknown[] | string): void;

  /** What no page has said: `told.ts` names it, and whose number it is about. */
  export function told(what: number, number?: number, answer?: unknown): void;

  /** A fetch tells: `core/src/word.rs` names the words. Not from within a call of the hub's. */
  export function fetched(connection: number, ...word: Parameters<import('fetch-glue').Tell>): void;

  /** Makes the hub's instance: before anything else. */
  export function initSync(module: WebAssembly.Module): unknown;
}

/** The same of `fetch/`. */
declare module 'fetch-glue' {
  /** Told what a fetch brings: `core/src/word.rs` names the words. */
  export type Tell = (what: number, number: number, a?: unknown, b?: unknown) => void;

  /** What the hub asks for, as the second parameter of `fetch`. */
  export function init(request: unknown[], signal: AbortSignal): RequestInit;

  /** It was answered: gives the connection's number. */
  export function open(request: unknown[], status: number, headers: Headers, tell: Tell): number;

  /** The next chunk of its body, or its end. All that this completes is told before it returns; after the end the number is void. */
  export function feed(connection: number, chunk?: Uint8Array): void;

  /** Makes the module's instance: before anything else. */
  export function initSync(module: WebAssembly.Module): unknown;
}
