/** The browser's own EventSource, one per tab, as it comes. */
export function adapter(url, names, record, { lostEvent }) {
  const source = new EventSource(url);
  const ready = new Promise((resolve) => {
    source.onopen = resolve;
  });
  for (const name of names) {
    // A channel may be called `open`: the browser's own event of that name has no data.
    source.addEventListener(
      name,
      ({ lastEventId, data }) => data !== undefined && record.event(name, lastEventId, data),
    );
  }
  // An application that knows its server listens to what that says of lost events.
  if (lostEvent) source.addEventListener(lostEvent, () => record.gap('*', null, 'server'));
  source.addEventListener('error', ({ data }) => data === undefined && record.error(`readyState ${source.readyState}`));
  return { ready, close: () => source.close() };
}
