/// <reference path="./hub-glue.d.ts" />
/**
 * The SharedWorker's entry. Tabs connect from the first moment on: `onconnect` has to be there before anything is
 * awaited, or the first tab's connect is lost (two browsers). So the ports are queued, and handed over when the hub is there.
 */
import { connect, heard, initSync, start } from 'hub-glue';
import { radio } from './fence.js';
import { store } from './store.js';

declare const TABMUX_BUILD: string;

const scope = self as unknown as SharedWorkerGlobalScope;
/** Those that the hub has not closed: until it runs to be handed over, later to be told its end. */
let ports: MessagePort[] = [];
let isRunning = false;
/** Said to every port from now on: nothing else will be. */
let last: { t: 'load-failed'; code: 'WORKER_LOAD'; detail: string } | { t: 'died'; detail: string } | undefined;

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  if (last) return port.postMessage(last);
  port.postMessage({ t: 'connected' });
  // The hub takes its listener off a port that it is done with.
  if (isRunning) ports = ports.filter(({ onmessage }) => onmessage);
  ports.push(port);
  if (isRunning) connect(port);
};

function sayLast(message: NonNullable<typeof last>): void {
  last = message;
  for (const port of ports) port.postMessage(message);
}

/**
 * A panic of the hub is a trap. Its state can't be trusted any more: the tabs start a fresh worker. (A listener, because
 * `onerror` of a worker gets the message, not the event.)
 */
scope.addEventListener('error', ({ error }) => {
  if (last || !(error instanceof Error)) return;
  sayLast({ t: 'died', detail: error.message });
  scope.close();
});

/** Why the wasm did not start, in the words that the page's texts know. */
function reason(error: unknown, status: number): string {
  if (status >= 400) return `wasm-http ${status}`;
  const text = error instanceof Error ? error.message : String(error);
  // Compiling is refused with a CompileError that names the policy; engines differ in the rest.
  return /content.security.policy|unsafe-eval|blocked by CSP/i.test(text) ? 'wasm-csp' : `wasm ${text}`;
}

let status = 0;
// The URL is a literal, as bundlers need it, and fetched here rather than by the glue, which does not look at the status.
fetch(new URL('./hub.wasm', import.meta.url))
  .then((response) => {
    status = response.status;
    if (!response.ok) throw new Error(response.statusText);
    // Streaming takes this type alone, and not every server knows it. The glue's own loader is several times as long.
    return response.headers.get('content-type') === 'application/wasm'
      ? WebAssembly.compileStreaming(response)
      : response.arrayBuffer().then(WebAssembly.compile);
  })
  .then((module) => {
    initSync({ module });
    const gen = Number(new URLSearchParams(location.search).get('tabmux')) || 0;
    const { announce, fence } = radio(gen, heard);
    start(TABMUX_BUILD, location.href, gen, { store, announce, fence });
    announce();
    isRunning = true;
    ports.forEach(connect);
  })
  .catch((error: unknown) => sayLast({ t: 'load-failed', code: 'WORKER_LOAD', detail: reason(error, status) }));
