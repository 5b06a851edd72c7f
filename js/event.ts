/**
 * One event of a channel. The same object goes to every handler of the page, so that `json()` parses once however many
 * listen.
 *
 * @typeParam T what `json()` gives; @typeParam C the channel's name.
 */
export class ChannelEvent<T = unknown, C extends string = string> {
  /**
   * One that stays: with the last event of a page V8 collects the shape of events, and with it all that was compiled for it, to
   * be compiled again for the next one (decisions/0126).
   *
   * @internal
   */
  static readonly kept = new ChannelEvent('', '', '', '', false);

  /** The channel: the SSE `event:` name, `message` for an event without one. */
  declare readonly channel: C;
  /** The event's `data`, lines joined by `\n`, as the server sent it. */
  declare readonly data: string;
  /** The last event id at this event; '' where the server has sent none. An event without `id:` carries the one before it. */
  declare readonly id: string;
  /** Origin of the stream's URL, as `MessageEvent.origin`. */
  declare readonly origin: string;
  /** True for a past event that `replay` asked for. */
  declare readonly replayed: boolean;
  declare private parsed: T | undefined;

  /** @internal */
  constructor(channel: C, data: string, id: string, origin: string, replayed: boolean) {
    this.channel = channel;
    this.data = data;
    this.id = id;
    this.origin = origin;
    this.replayed = replayed;
    // Named here so that all events have one shape for the engine, parsed or not.
    this.parsed = undefined;
  }

  /**
   * `data` as JSON, parsed at the first call and kept: handlers share the object, so don't change it.
   *
   * @throws SyntaxError where `data` is not JSON, at every call.
   */
  json(): T {
    // JSON has no undefined, so undefined can mean "not parsed yet".
    if (this.parsed === undefined) this.parsed = JSON.parse(this.data) as T;
    return this.parsed;
  }
}
