/** By the numbers of `form` in `src/wire.rs`: what `t` is, then names of fields. Those without a `t` stand in batches. */
const FORMS = `welcome v epoch gen build href lock
refused v build
attached s term
ask s r refused
located s url
detached s code detail reason
error code detail s sub
stats r stats tabs streams channels subscriptions status connections received delivered repeats dropped queued queuedUnits replayUnits epoch lastEventId resumed generation
ended session
closed-everywhere r
rejoin
move-to url name gen state
ping
pong
 status reason resumed failed
 code detail`.split('\n');

/**
 * Makes objects of the rows that the hub has for pages: here the names of fields are a third of what they would be there.
 *
 * @param own what of a message the hub does not know. A field that neither has is left out.
 */
export const saying =
  (own: Record<string, unknown>) =>
  (form: number, row: unknown[]): Record<string, unknown> & { t?: unknown } => {
    const [t, ...names] = (FORMS[form] as string).split(' ');
    const made: Record<string, unknown> = t ? { t } : {};
    let into = made;
    for (const name of names) {
      // An object, of all that follows.
      if (name === 'stats') made[name] = into = {};
      else {
        const value = row.length ? row.shift() : own[name];
        if (value !== undefined) into[name] = value;
      }
    }
    return made;
  };
