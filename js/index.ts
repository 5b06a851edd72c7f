export { connect } from './connect.js';
export { TabmuxError, type TabmuxErrorCode } from './errors.js';
export type { ChannelEvent } from './event.js';
export type { Stats } from './protocol.js';
export { SharedEventSource, type SharedEventSourceInit } from './shared-event-source.js';
export type {
  AnyChannelEvent,
  ConnectOptions,
  GapCause,
  GapDetail,
  HubEventMap,
  Logger,
  Resumed,
  Status,
  StatusDetail,
  StatusReason,
  SubscribeOptions,
  Subscription,
  TabmuxHub,
} from './types.js';
