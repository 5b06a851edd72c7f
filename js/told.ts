/** What the hub is told that no page has said: as `told` of `src/worker.rs` numbers it. */
export const OPENED = 0;
export const LOST = 1;
/** Lost, and the browser goes on by itself. */
export const RETRYING = 2;
export const TAB_GONE = 3;
export const STORED = 4;
export const WRITTEN = 5;
export const PASSED = 6;
/** Another worker of this script has said its generation. */
export const WORKER = 7;
export const ONLINE = 8;
/** Something was said on a stream's BroadcastChannel (`air.ts`). */
export const HEARD = 9;
