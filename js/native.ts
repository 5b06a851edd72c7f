const kept: { native: typeof EventSource | undefined } = { native: undefined };

/** The browser's own EventSource, also where `tabmux/auto` stands in its place. */
export const nativeEventSource = (): typeof EventSource => kept.native ?? globalThis.EventSource;

/** Called before another is put in its place. */
export function keepNative(): typeof EventSource {
  kept.native ??= globalThis.EventSource;
  return kept.native;
}
