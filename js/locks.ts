/**
 * Web Locks: how a tab and the worker learn of each other's death. Absent on plain http.
 *
 * @param isKept until the worker's end; otherwise it is let go at once.
 * @param granted is called when it is had.
 */
export function lock(name: string, isKept: boolean, granted: () => void): void {
  navigator.locks
    .request(name, () => {
      granted();
      return isKept ? new Promise(() => {}) : undefined;
    })
    // Refused while the worker is being torn down: there is nobody left to tell. But what the hub broke off in says itself.
    .catch((error: unknown) => {
      if (error instanceof WebAssembly.RuntimeError) throw error;
    });
}

/** A name for the worker's own lock that no other worker has; empty where there are no locks. */
export const ownLock = (): string => (navigator.locks ? `tabmux:worker:${Date.now()}${Math.random()}` : '');
