/// <reference path="./hub-glue.d.ts" />
/**
 * The SharedWorker's entry. Tabs connect from the first moment on: `onconnect` has to be there before anything is
 * awaited, or the first tab's connect is lost (two browsers). So the ports are queued, and handed over when the hub is there.
 */
import init, { start, type Worker } from 'hub-glue';

declare const TABMUX_BUILD: string;

const scope = self as unknown as SharedWorkerGlobalScope & { tabmuxDied?: (detail: string) => void };
const ports: MessagePort[] = [];
let hub: Worker | undefined;
/** Said to every port from now on: nothing else will be. */
let last: { t: 'load-failed'; code: 'WORKER_LOAD'; detail: string } | { t: 'died'; detail: string } | undefined;

scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  if (last) port.postMessage(last);
  else {
    ports.push(port);
    hub?.connect(port);
  }
};

function sayLast(message: NonNullable<typeof last>): void {
  last = message;
  for (const port of ports) port.postMessage(message);
}

/** The hub calls it on a panic or a trap: its state can't be trusted any more, the tabs start a fresh worker. */
scope.tabmuxDied = (detail) => {
  if (last) return;
  sayLast({ t: 'died', detail });
  scope.close();
};

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
    // The glue falls back from streaming on a wrong MIME type.
    return init({ module_or_path: response });
  })
  .then(() => {
    const gen = Number(new URLSearchParams(location.search).get('tabmux')) || 0;
    const made = start(TABMUX_BUILD, location.href, gen);
    hub = made;
    for (const port of ports) made.connect(port);
  })
  .catch((error: unknown) => sayLast({ t: 'load-failed', code: 'WORKER_LOAD', detail: reason(error, status) }));
