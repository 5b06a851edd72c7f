//! The options by their names.

use super::{
    ASKS, BODY, BUFFER_BYTES, BUFFER_EVENTS, CHANNEL_JSON, CONNECT_TIMEOUT, FACTOR, Given, HEADERS,
    HEARTBEAT, HEARTBEAT_TIMEOUT, HIDDEN_TIMEOUT, INITIAL_DELAY, JITTER, KEY, LIMIT_CHANNELS, LIMIT_EVENT,
    LIMIT_LINE, LIMIT_REPLAY_TOTAL, LOST_EVENT, MAX_AGE, MAX_ATTEMPTS, MAX_DELAY, MAX_STREAMS, METHOD,
    OVERFLOW, PERSIST, PRINCIPAL, REPLAY_EVENTS, RESUME_HEADER, RESUME_PARAM, STRICT, TOPICS, TOPICS_FORMAT,
    TOPICS_IDS, TRANSPORT, WITH_CREDENTIALS,
};

/// [`Given`] for those who have the options by name: one field per name of `ConnectOptions`; absent means default. `resume_param: Some(None)` is an explicit `null`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are those of ConnectOptions")]
pub struct RawOptions {
    pub with_credentials: Option<bool>,
    pub transport: Option<String>,
    pub strict: Option<bool>,
    pub method: Option<String>,
    pub headers: Option<String>,
    pub body: Option<String>,
    pub asks: Option<f64>,
    pub resume_header: Option<bool>,
    pub initial_delay: Option<f64>,
    pub max_delay: Option<f64>,
    pub factor: Option<f64>,
    pub jitter: Option<bool>,
    pub max_attempts: Option<f64>,
    pub connect_timeout: Option<f64>,
    pub heartbeat: Option<String>,
    pub heartbeat_timeout: Option<f64>,
    pub resume_param: Option<Option<String>>,
    pub lost_event: Option<String>,
    pub persist: Option<bool>,
    pub max_age: Option<f64>,
    pub replay_events: Option<f64>,
    pub buffer_events: Option<f64>,
    pub buffer_bytes: Option<f64>,
    pub overflow: Option<String>,
    pub channels: Option<Vec<String>>,
    pub channel_json: Option<String>,
    pub topics: Option<String>,
    pub joins_topics: bool,
    pub has_local_ids: bool,
    pub hidden_timeout: Option<f64>,
    pub max_streams_per_origin: Option<f64>,
    pub limit_line: Option<f64>,
    pub limit_event: Option<f64>,
    pub limit_channels: Option<f64>,
    pub limit_replay_total: Option<f64>,
    pub principal: Option<String>,
    pub key: Option<String>,
}

impl From<RawOptions> for Given {
    fn from(raw: RawOptions) -> Self {
        let mut given = Given {
            channels: raw.channels,
            without_resume_param: raw.resume_param == Some(None),
            ..Given::default()
        };
        given.numbers[INITIAL_DELAY] = raw.initial_delay;
        given.numbers[MAX_DELAY] = raw.max_delay;
        given.numbers[FACTOR] = raw.factor;
        given.numbers[MAX_ATTEMPTS] = raw.max_attempts;
        given.numbers[CONNECT_TIMEOUT] = raw.connect_timeout;
        given.numbers[HEARTBEAT_TIMEOUT] = raw.heartbeat_timeout;
        given.numbers[MAX_AGE] = raw.max_age;
        given.numbers[REPLAY_EVENTS] = raw.replay_events;
        given.numbers[HIDDEN_TIMEOUT] = raw.hidden_timeout;
        given.numbers[LIMIT_LINE] = raw.limit_line;
        given.numbers[LIMIT_EVENT] = raw.limit_event;
        given.numbers[LIMIT_CHANNELS] = raw.limit_channels;
        given.numbers[LIMIT_REPLAY_TOTAL] = raw.limit_replay_total;
        given.numbers[MAX_STREAMS] = raw.max_streams_per_origin;
        given.numbers[BUFFER_EVENTS] = raw.buffer_events;
        given.numbers[BUFFER_BYTES] = raw.buffer_bytes;
        given.numbers[ASKS] = raw.asks;
        given.words[HEARTBEAT] = raw.heartbeat;
        given.words[RESUME_PARAM] = raw.resume_param.flatten();
        given.words[LOST_EVENT] = raw.lost_event;
        given.words[KEY] = raw.key;
        given.words[TOPICS] = raw.topics;
        given.words[TRANSPORT] = raw.transport;
        given.words[METHOD] = raw.method;
        given.words[HEADERS] = raw.headers;
        given.words[BODY] = raw.body;
        given.words[OVERFLOW] = raw.overflow;
        given.words[CHANNEL_JSON] = raw.channel_json;
        given.words[PRINCIPAL] = raw.principal;
        given.words[TOPICS_FORMAT] = raw.joins_topics.then(|| "comma".to_owned());
        given.words[TOPICS_IDS] = raw.has_local_ids.then(|| "connection".to_owned());
        given.flags[JITTER] = raw.jitter;
        given.flags[WITH_CREDENTIALS] = raw.with_credentials;
        given.flags[STRICT] = raw.strict;
        given.flags[RESUME_HEADER] = raw.resume_header;
        given.flags[PERSIST] = raw.persist;
        given
    }
}
