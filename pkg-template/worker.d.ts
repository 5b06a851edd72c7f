// The hub's SharedWorker script: loaded by URL, it exports nothing.
export {};
