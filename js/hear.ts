/**
 * Takes apart what pages say: the names of fields become places, by which the hub reads a message (`src/wire.rs`). What is no
 * message of `protocol.ts` is found here; what a message means is the hub's.
 */

/** What stands for a value in the row, of what is on or off 1 or 0; undefined: it is not of the type. */
// biome-ignore lint/suspicious/noExplicitAny: whatever a page has posted
type Read = (value: any) => unknown;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isIndex = (value: unknown): value is number => isCount(value) && value < 2 ** 32;
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const that =
  (is: (value: unknown) => boolean): Read =>
  (value) =>
    is(value) ? value : undefined;
const maybe =
  (read: Read): Read =>
  (value) =>
    value == null ? null : read(value);
const text = (pattern?: RegExp) => that((value) => typeof value === 'string' && (!pattern || pattern.test(value)));
/** Each in its place, as often as there are any: stops at the first that is none, since a list may have holes without end. */
const list =
  (...reads: Read[]): Read =>
  (values) => {
    if (!Array.isArray(values)) return undefined;
    const row: unknown[] = [];
    for (const value of values) {
      const read = reads[row.length % reads.length]?.(value);
      if (read === undefined) return undefined;
      row.push(read);
    }
    return row.length % reads.length ? undefined : row;
  };
/** Throws the name of the first field that is missing or of another type. */
const fields =
  (reads: Record<string, Read>): Read =>
  (value) =>
    isObject(value)
      ? Object.entries(reads).map(([name, read]) => {
          const found = read(value[name]);
          if (found === undefined) throw name;
          return found;
        })
      : undefined;

const index = that(isIndex);
const count = that(isCount);
const flag: Read = (value) => (typeof value === 'boolean' ? +value : undefined);
/** Of a tab, or of a lock. */
const name = text(/^.{1,256}$/s);
const s = index;
const r = index;
const subscription = { sub: index, channel: text(), replay: count, topic: maybe(text()) };

/** What stands at a path of names; null: nothing. */
function at(value: unknown, path: string): unknown {
  for (const name of path.split('.')) {
    // `resume.persist` is on or off, or a group.
    if (value == null || (name === 'maxAge' && typeof value === 'boolean')) return null;
    if (!isObject(value)) throw 'options';
    value = value[name];
  }
  return value ?? null;
}

/**
 * A row as `Given` of `core/src/options.rs` has it.
 *
 * @param all names: of numbers, of texts, and of what is on or off, a line each
 */
const options =
  (all: string): Read =>
  (given) => {
    if (!isObject(given)) return undefined;
    const row = all.split('\n').flatMap((line, kind) =>
      line.split(' ').map((path) => {
        const found = at(given, path);
        const value = path === 'resume.persist' && isObject(found) ? true : found;
        if (value !== null && typeof value !== ['number', 'string', 'boolean'][kind]) throw 'options';
        return kind === 2 && value !== null ? +(value as boolean) : value;
      }),
    );
    const { channels, resume } = given;
    const names = maybe(list(text()))(channels);
    // `null` is none, absent is the default.
    return names === undefined ? names : [...row, names, +(Object(resume).param === null)];
  };

/** By `t`, in the order of the kinds in `src/wire.rs`. */
const messages = (names: string): Record<string, Read> => ({
  hello: fields({ v: index, tab: name, lock: maybe(name), visible: flag }),
  attach: fields({
    s,
    kind: text(/^(channel|drop-in)$/),
    url: text(),
    subs: list(fields(subscription)),
    // No server has sent an id with a line's end.
    position: maybe(fields({ epoch: count, seq: count, id: text(/^[^\r]*$/), batch: count })),
    had: maybe(that(Array.isArray)),
    term: maybe(count),
    options: options(names),
  }),
  detach: fields({ s }),
  sub: fields({ s, ...subscription }),
  unsub: fields({ s, sub: index }),
  visible: fields({ visible: flag }),
  bye: fields({ persisted: flag, at: maybe(list(index, count)) }),
  reconnect: fields({ s }),
  answer: fields({ s, r, given: maybe(fields({ url: maybe(text()), headers: maybe(text()) })) }),
  stats: fields({ s, r }),
  'close-everywhere': fields({ r }),
  ended: fields({ session: index }),
  ping: fields({}),
  pong: fields({}),
});

/**
 * Makes the listeners of ports.
 *
 * @param names of the options, as `NAMES` of `core/src/options.rs`
 * @param ack is told an acknowledgement: stream and batch
 * @param said is told any other message: its kind and the row of its fields, or the name of the field that is wrong
 */
export function hearing(
  names: string,
  ack: (port: number, s: number, batch: number) => void,
  said: (port: number, row: unknown[] | string) => void,
) {
  const kinds = Object.entries(messages(names));
  const read = (data: unknown) => {
    if (Array.isArray(data)) return 'ack';
    if (!isObject(data)) return 'type';
    const { t } = data;
    const kind = kinds.findIndex(([name]) => name === t);
    const [, take] = kinds[kind] ?? [];
    try {
      return take ? [kind, ...(take(data) as unknown[])] : 't';
    } catch (field) {
      return field as string;
    }
  };
  return (port: number) =>
    ({ data }: MessageEvent) => {
      if (Array.isArray(data) && isIndex(data[0]) && isCount(data[1])) ack(port, data[0], data[1]);
      else said(port, read(data));
    };
}
