import { keepNative } from './native.js';
import { SharedEventSource, type SharedEventSourceInit } from './shared-event-source.js';

/** Options of `install()`. */
export interface InstallOptions {
  /** Which streams to share, by absolute URL. Default: those of the page's own origin. */
  match?: ((url: URL) => boolean) | undefined;
}

/**
 * Puts `SharedEventSource` in the place of `globalThis.EventSource`, for the URLs that match; the others get the browser's
 * own, and so do all where there is no SharedWorker. Importing `tabmux/auto` calls it. A second call replaces the match.
 *
 * @returns puts the browser's own back.
 */
export function install({ match = (url) => url.origin === location.origin }: InstallOptions = {}): () => void {
  if (typeof document === 'undefined' || typeof EventSource === 'undefined' || typeof SharedWorker === 'undefined')
    return () => {};
  const native = keepNative();
  globalThis.EventSource = new Proxy(native, {
    construct(target, [url, init]: [string | URL, SharedEventSourceInit | undefined], newTarget) {
      let absolute: URL | undefined;
      try {
        absolute = new URL(url, document.baseURI);
      } catch {
        // The native one throws what is to be thrown.
      }
      return absolute && match(absolute)
        ? new SharedEventSource(url, init)
        : Reflect.construct(target, [url, init], newTarget);
    },
    get: (target, name) =>
      name === Symbol.hasInstance
        ? (value: unknown) => value instanceof target || value instanceof SharedEventSource
        : Reflect.get(target, name),
  });
  return () => {
    globalThis.EventSource = native;
  };
}

install();
