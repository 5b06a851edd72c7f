import type { Link } from './link.js';

/**
 * Takes the Web Lock that this page holds as long as it lives, and gives its name; undefined where there are no locks
 * (plain http).
 */
function holdLock({ tab }: Link): Promise<string | undefined> {
  return new Promise((resolve) => {
    const name = `tabmux:tab:${tab}`;
    const locks = navigator.locks as LockManager | undefined;
    if (!locks) resolve(undefined);
    locks
      ?.request(name, () => {
        resolve(name);
        return new Promise(() => {});
      })
      .catch(() => resolve(undefined));
  });
}

const held = new WeakMap<Link, Promise<string | undefined>>();

/**
 * Nothing waits for the page's lock, which can take as long as the rest. The hello is said again with it, once it is held:
 * a worker that got in line for it first would be granted it at once and take the tab for dead. Until then the page is as
 * on plain http.
 */
export async function sayLock(link: Link): Promise<void> {
  const { port, lock } = link;
  if (lock) return;
  const asked = held.get(link) ?? holdLock(link);
  held.set(link, asked);
  link.lock = await asked;
  if (link.lock && link.port === port) link.hello();
}
