let id: string | undefined;
let held: Promise<string | undefined> | undefined;

/** This document's id: 128 random bits. `crypto.randomUUID` does not exist on plain http. */
export function tabId(): string {
  id ??= crypto.getRandomValues(new Uint32Array(4)).join('-');
  return id;
}

/**
 * Takes the Web Lock that this document holds as long as it lives, and gives its name; undefined where there are no
 * locks (plain http).
 */
export function holdLock(): Promise<string | undefined> {
  held ??= new Promise((resolve) => {
    const name = `tabmux:tab:${tabId()}`;
    const locks = navigator.locks as LockManager | undefined;
    if (!locks) resolve(undefined);
    locks
      ?.request(name, () => {
        resolve(name);
        return new Promise(() => {});
      })
      .catch(() => resolve(undefined));
  });
  return held;
}
