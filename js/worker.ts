/// <reference path="./hub-glue.d.ts" />
/**
 * The SharedWorker's entry. Tabs connect from the first moment on: `onconnect` has to be there before anything is
 * awaited, or the first tab's connect is lost (two browsers). So the ports are queued, and handed over when the hub is there,
 * with what came by them (`early.ts`).
 */
import { ack, connect, event, fetched, type Host, initSync, said, start, told } from 'hub-glue';
import { early } from './early.js';
import { isWebKit } from './engine.js';
import { radio } from './fence.js';
import { fetchFor } from './fetch.js';
import { hearing } from './hear.js';
import { field } from './json.js';
import { lock, ownLock } from './locks.js';
import { join } from './run.js';
import { sourceOf } from './source.js';
import { store } from './store.js';
import { LOCK_HELD, ONLINE, PASSED, STORED, TAB_GONE, WORKER, WRITTEN } from './told.js';
import { load, Unloadable } from './wasm.js';

declare const TABMUX_BUILD: string;

const { keep, drop, tell, source } = early();
const scope = self as unknown as SharedWorkerGlobalScope;
/** Said to each tab at once: one that was granted it knows that this run ends (decisions/0068). */
const own = ownLock();
/** Those that the hub has not closed: until it runs to be handed over, later to be told its end. */
let ports: MessagePort[] = [];
let isRunning = false;
/** Said to every port from now on: nothing else will be. */
let last: { t: 'load-failed'; code: 'WORKER_LOAD'; detail: string } | { t: 'died'; detail: string } | undefined;

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  if (last) return port.postMessage(last);
  port.postMessage({ t: 'connected', lock: own });
  // The hub takes its listener off a port that it is done with.
  if (isRunning) ports = ports.filter(({ onmessage }) => onmessage);
  ports.push(port);
  if (isRunning) connect(port);
  else port.onmessage = keep;
};

function sayLast(message: NonNullable<typeof last>): void {
  last = message;
  drop();
  for (const port of ports) port.postMessage(message);
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

// The module asks for it by this name: an event comes with no object that could have it.
Object.assign(scope, { tabmuxField: field });

// The URL is a literal, as bundlers need it.
load(new URL('./hub.wasm', import.meta.url), initSync)
  // In a task of its own: a promise may settle behind a listener of an event that is still being dispatched, and that event
  // can't be dispatched again (WebKit).
  .then(() => new Promise((resolve) => setTimeout(resolve)))
  .then(() => {
    const gen = Number(new URLSearchParams(location.search).get('tabmux')) || 0;
    const { announce, fence } = radio(gen, (other) => told(WORKER, other));
    const host: Host = {
      announce,
      hear: hearing(ack, said),
      join,
      // One event for one page: what would be an array made piece by piece is a call.
      post: (port, ...batch) => port.postMessage(batch),
      fence: () => fence(() => told(PASSED)),
      store: (key, value, maxAge) =>
        store(key, value, maxAge, (answer) => told(value === undefined ? STORED : WRITTEN, key, answer)),
      lock: (name, isKept, tab) => lock(name, isKept, () => told(isKept ? LOCK_HELD : TAB_GONE, tab)),
      source(url, withCredentials, connection) {
        const opened = source(url, withCredentials);
        return opened && sourceOf(opened, connection, event, told);
      },
      fetch: (stream, serial, request) =>
        fetchFor(request, (what, number, a, b) => fetched(stream, serial, what, number, a, b)),
    };
    // WebKit's EventSource joins what it did not get to the end of (decisions/0048).
    start(TABMUX_BUILD, location.href, gen, Math.random(), own, isWebKit(), host);
    scope.addEventListener('online', () => told(ONLINE));
    announce();
    isRunning = true;
    ports.forEach(connect);
    tell();
  })
  .catch((error: unknown) => {
    const { message } = error instanceof Unloadable ? error : new Unloadable(error, 0);
    sayLast({ t: 'load-failed', code: 'WORKER_LOAD', detail: message });
  });
