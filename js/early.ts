/** A server that says more than that before the hub runs is asked again. */
const MOST = 1000;
/** A hub that does not run by then may never do. Pages have given it up, each: ms. */
const LATEST = 30_000;
/** An attach upon which the hub connects at once, by EventSource, and to that URL. As JSON: what looks otherwise merely waits. */
const PLAIN =
  /^(?!.*"(asks|body|fetch|headers|method|position|resume|topics)")(?!.*"channel",.*"subs":\[])(?=.*"subs":\[)(?=.*"url":"https?:)/s;

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

  /** What is listened to twice comes once. The options are the controller: it has the `signal`. */
  const listen = (names: (string | undefined)[]) => {
    for (const name of names) if (name) ahead?.addEventListener(name, keep, over);
  };

  /** What any page wants to hear the hub will hear from the first event on: it makes the connection when all is said. */
  const keep = (event: Event) => {
    const { data, target, type } = event as MessageEvent;
    kept.push(event);
    if (ahead === undefined && data?.t === 'attach') {
      ahead = null;
      try {
        if (!PLAIN.test(JSON.stringify(data))) return;
        ahead = new EventSource(data.url, data.options);
        listen(['open', 'error', 'message']);
        setTimeout(drop, LATEST);
      } catch {
        // No EventSource, or a URL that it does not take: the hub finds the same, and says so.
      }
    }
    if (ahead && target !== ahead) {
      try {
        const { channel, options, position, subs = [] } = data;
        // There was another worker before: the hub goes on from the place of the least advanced.
        if (position) drop();
        listen([channel, options?.heartbeat?.event, ...(options?.channels ?? [])]);
        listen(subs.map((sub: { channel: string }) => sub.channel));
      } catch {
        // No message of the protocol: the hub answers it with BAD_MESSAGE, and here it names nothing to listen to.
      }
    }
    // An error is told with the state of that moment: of one that goes on by itself it would be another by then. With
    // data it is an event of that name.
    const isLost = type === 'error' && data === undefined && ahead?.readyState !== 2;
    if (target === ahead && (kept.length > MOST || isLost)) drop();
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
