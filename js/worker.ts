/// <reference path="./hub-glue.d.ts" />
/**
 * The SharedWorker's entry. Tabs connect from the first moment on: `onconnect` has to be there before anything is
 * awaited, or the first tab's connect is lost (two browsers). So the ports are queued, and handed over when the hub is there,
 * with what came by them (`early.ts`).
 */
import { ack, event, fetched, type Host, initSync, said, start, told } from 'hub-glue';
import { air } from './air.js';
import { early } from './early.js';
import { isWebKit } from './engine.js';
import { radio } from './fence.js';
import { fetchFor } from './fetch.js';
import { hearing } from './hear.js';
import { lock, ownLock } from './locks.js';
import { join } from './run.js';
import { saying } from './say.js';
import { sourceOf } from './source.js';
import { store } from './store.js';
import { HEARD, ONLINE, PASSED, STORED, TAB_GONE, WORKER, WRITTEN } from './told.js';
import { load, Unloadable } from './wasm.js';

declare const TABMUX_BUILD: string;

const { keep, drop, tell, source } = early();
const scope = self as unknown as SharedWorkerGlobalScope;
/** Said to each tab at once: one that was granted it knows that this run ends (decisions/0068). */
const own = ownLock();
/** Those that the hub has not closed, by the numbers that it knows them by, in their order. */
const ports = new Map<number, MessagePort>();
let count = 0;
/** Makes a port's listener, once the hub runs. */
let hear: ReturnType<typeof hearing> | undefined;
/** Said to every port from now on: nothing else will be. */
let last: { t: 'load-failed'; code: 'WORKER_LOAD'; detail: string } | { t: 'died'; detail: string } | undefined;

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  if (last) return port.postMessage(last);
  port.postMessage({ t: 'connected', lock: own });
  ports.set(++count, port);
  port.onmessage = hear?.(count) ?? keep;
};

function sayLast(message: NonNullable<typeof last>): void {
  last = message;
  drop();
  for (const port of ports.values()) port.postMessage(message);
}

/**
 * A panic is a trap. Its state can't be trusted any more: the tabs start a fresh worker. (Listeners, because `onerror` of a
 * worker gets the message, not the event. What was called by a promise ends as a rejection.)
 */
function died(error: unknown): void {
  if (last || !(error instanceof Error)) return;
  sayLast({ t: 'died', detail: error.message });
  scope.close();
}
scope.addEventListener('error', ({ error }) => died(error));
scope.addEventListener(
  'unhandledrejection',
  ({ reason }) => reason instanceof WebAssembly.RuntimeError && died(reason),
);

// The URL is a literal, as bundlers need it.
load(new URL('./hub.wasm', import.meta.url), initSync)
  // In a task of its own: a promise may settle behind a listener of an event that is still being dispatched, and that event
  // can't be dispatched again (WebKit).
  .then(() => new Promise((resolve) => setTimeout(resolve)))
  .then(() => {
    const gen = Number(new URLSearchParams(location.search).get('tabmux')) || 0;
    const { announce, fence } = radio(gen, (other) => told(WORKER, other));
    const { href } = location;
    const form = saying({ build: TABMUX_BUILD, href, lock: own || undefined });
    /** Pages are welcomed once the worker's own lock is held, since they wait for it in turn. */
    let held = own ? new Promise<void>((resolve) => lock(own, true, resolve)) : undefined;
    held?.then(() => {
      held = undefined;
    });
    const connections = new Map<number, Partial<ReturnType<typeof sourceOf>> & { close(): void }>();
    const send: Host['send'] = (port, message) => ports.get(port)?.postMessage(message);
    const host: Host = {
      announce,
      ...air((stream, said) => told(HEARD, stream, said)),
      join,
      form,
      send,
      // One event for one page: what would be an array made piece by piece is a call.
      post: (port, ...batch) => send(port, batch),
      say(port, ...row) {
        const message = form(...row);
        if (held && message.t === 'welcome') held.then(() => send(port, message));
        else send(port, message);
      },
      close(port) {
        const closed = ports.get(port);
        ports.delete(port);
        if (closed) closed.onmessage = null;
        closed?.close();
      },
      fence: () => fence(() => told(PASSED)),
      store: (key, value, maxAge) =>
        store(key, value, maxAge, (answer) => told(value === undefined ? STORED : WRITTEN, key, answer)),
      lock: (name, tab) => own && lock(name, false, () => told(TAB_GONE, tab)),
      source(connection, url, withCredentials) {
        const opened = source(url, withCredentials);
        if (opened) connections.set(connection, sourceOf(opened, connection, event, told));
        return !!opened;
      },
      listen: (connection, channel, name) => connections.get(connection)?.listen?.(channel, name),
      unlisten: (connection, channel) => connections.get(connection)?.unlisten?.(channel),
      fetch(connection, request) {
        let isOver = false;
        const controller = fetchFor(request, (what, number, a, b) => {
          if (!isOver) fetched(connection, what, number, a, b);
        });
        connections.set(connection, {
          close() {
            isOver = true;
            controller.abort();
          },
        });
      },
      end(connection) {
        connections.get(connection)?.close();
        connections.delete(connection);
      },
    };
    // WebKit's EventSource joins what it did not get to the end of (decisions/0048).
    hear = hearing(start(href, gen, Math.random(), isWebKit(), host), ack, said);
    scope.addEventListener('online', () => told(ONLINE));
    announce();
    for (const [number, port] of ports) port.onmessage = hear(number);
    tell();
  })
  .catch((error: unknown) => {
    const { message } = error instanceof Unloadable ? error : new Unloadable(error, 0);
    sayLast({ t: 'load-failed', code: 'WORKER_LOAD', detail: message });
  });
