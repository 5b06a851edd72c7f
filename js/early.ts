/** A server that says more than that before the hub runs is asked again. */
const MOST = 1000;
/** An attach upon which the hub connects at once, by EventSource, and to that URL. As JSON: what looks otherwise merely waits. */
const PLAIN =
  /^(?!.*"(asks|body|fetch|headers|method|position|resume|topics)")(?!.*"channel",.*"subs":\[])(?=.*"url":"https?:)/;

/**
 * What comes before the hub runs. What pages say is kept; and where the hub will connect at once for the first of them, the
 * EventSource is opened while the wasm loads, and what it brings is kept behind that (decisions/0067).
 */
export function early() {
  const kept: Event[] = [];
  const over = new AbortController();
  /** Not the hub's yet; null once there is to be none. */
  let ahead: EventSource | undefined | null;

  /** Closes what the hub has not asked for. */
  const drop = () => {
    ahead?.close();
    ahead = null;
  };

  const keep = (event: Event) => {
    const { data, target, type } = event as MessageEvent;
    kept.push(event);
    if (ahead === undefined && data?.t === 'attach') {
      ahead = null;
      // Whatever is wrong with it is the hub's to say.
      try {
        if (!PLAIN.test(JSON.stringify(data))) return;
        const names = [
          ...(data.options.channels ?? []),
          ...data.subs.map(({ channel }: { channel: string }) => channel),
        ];
        ahead = new EventSource(data.url, data.options);
        // The options are the controller: it has the `signal`.
        for (const name of ['open', 'error', 'message', ...names]) ahead.addEventListener(name, keep, over);
      } catch {}
    }
    // An error is told with the state of that moment: of one that goes on by itself it would be another by then.
    if (target === ahead && (kept.length > MOST || (type === 'error' && ahead?.readyState !== 2))) drop();
  };

  return {
    keep,
    drop,

    /** The hub runs, and listens to the ports: it is told all that was kept, in order. */
    tell() {
      over.abort();
      for (const event of kept.splice(0)) {
        event.target?.dispatchEvent(event);
        // It connects upon the attach, if at all: what was opened for one stream is no other one's.
        if ((event as MessageEvent).data?.t === 'attach') drop();
      }
    },

    /** The EventSource of a connection that the hub makes; undefined where the browser does not take the URL. */
    source(url: string, withCredentials: boolean): EventSource | undefined {
      const opened = ahead;
      if (opened?.url === url && opened.withCredentials === withCredentials) {
        ahead = null;
        return opened;
      }
      try {
        return new EventSource(url, { withCredentials });
      } catch {
        return undefined;
      }
    },
  };
}
