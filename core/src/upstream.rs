//! The connection of a stream: a total table of state and input. What happens besides (timers, backoff, ids) follows
//! from the step and is the stream's; here is only where it goes.

/// Where the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// None, and none is wanted.
    Idle,
    /// None yet: tabs of a dead worker may still say where to resume.
    Recovering,
    /// The hub has made an EventSource that has not opened.
    Connecting,
    /// Open.
    Open,
    /// Lost, and the browser retries by itself (`readyState` CONNECTING): it is left alone, since it sends
    /// Last-Event-ID.
    Retrying,
    /// None: the hub waits before it makes the next EventSource.
    Waiting,
    /// Ended for good, until `reconnect()`.
    Closed,
}

/// All states, for tables.
pub const STATES: [State; 7] = [
    State::Idle,
    State::Recovering,
    State::Connecting,
    State::Open,
    State::Retrying,
    State::Waiting,
    State::Closed,
];

/// What can happen to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A tab subscribes or becomes visible.
    Want,
    /// A tab arrives with a position of another worker.
    Recover,
    /// The wait for such tabs is over.
    Recovered,
    /// Nobody needs it any more.
    Unwant(Reason),
    /// The EventSource has opened.
    Opened,
    /// The EventSource reported an error; `retrying`: its `readyState` is CONNECTING.
    Lost {
        /// Whether the browser goes on by itself.
        retrying: bool,
    },
    /// No answer for `connectTimeout`, or a browser's retry beyond all patience.
    TimedOut,
    /// The wait between attempts is over.
    BackoffOver,
    /// Too long a silence.
    Silent,
    /// The machine says it is online.
    Online,
    /// The clock has jumped: the machine slept.
    Woke,
    /// `reconnect()`.
    Reconnect,
    /// The end: `maxAttempts`, another principal, `close({ everywhere: true })`.
    End(Reason),
}

/// Why a status changed, as `status` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The first subscriber.
    Subscribed,
    /// Tabs of a dead worker resume.
    WorkerDied,
    /// The server answered.
    Opened,
    /// The connection was lost, or could not be made.
    Network,
    /// The server refused: any HTTP error, as far as EventSource tells (in Firefox also a refused TCP connection).
    Refused,
    /// No answer in time.
    Timeout,
    /// No sign of life in time.
    Silent,
    /// The wait between two attempts is over.
    Retry,
    /// The machine is online again.
    Online,
    /// The machine woke up.
    Woke,
    /// `reconnect()` was called.
    Reconnect,
    /// No subscriber is left.
    Unused,
    /// All tabs are hidden.
    Hidden,
    /// `maxAttempts` failed attempts in a row.
    MaxAttempts,
    /// Another principal connected.
    PrincipalChanged,
    /// Closed to make room for another stream.
    Replaced,
}

impl Reason {
    /// The reason's name in the public API.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Subscribed => "subscribed",
            Reason::WorkerDied => "worker-died",
            Reason::Opened => "opened",
            Reason::Network => "network",
            Reason::Refused => "refused",
            Reason::Timeout => "timeout",
            Reason::Silent => "silent",
            Reason::Retry => "retry",
            Reason::Online => "online",
            Reason::Woke => "woke",
            Reason::Reconnect => "reconnect",
            Reason::Unused => "unused",
            Reason::Hidden => "hidden",
            Reason::MaxAttempts => "max-attempts",
            Reason::PrincipalChanged => "principal-changed",
            Reason::Replaced => "replaced",
        }
    }
}

/// What is to be done about the EventSource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Keep,
    /// Make one; the present one, if any, closes first.
    Open,
    /// Close it.
    Close,
    /// Close it and wait.
    Wait,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state from now on.
    pub to: State,
    /// What is to be done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// An attempt has failed (a lost connection that had been open is not a failed attempt).
    pub failed: bool,
}

const fn step(to: State, action: Action, reason: Reason) -> Option<Step> {
    Some(Step {
        to,
        action,
        reason,
        failed: false,
    })
}

const fn failed(to: State, action: Action, reason: Reason) -> Option<Step> {
    Some(Step {
        to,
        action,
        reason,
        failed: true,
    })
}

/// The table. `None`: the input means nothing in that state. No wildcard: a new state or input that is not thought
/// through does not compile.
pub fn next(state: State, input: Input) -> Option<Step> {
    use Action::{Close, Keep, Open as Make, Wait};
    use State::{Closed, Connecting, Idle, Open, Recovering, Retrying, Waiting};
    match (input, state) {
        (Input::Want, Idle) => step(Connecting, Make, Reason::Subscribed),
        (Input::Want, Recovering | Connecting | Open | Retrying | Waiting | Closed) => None,

        (Input::Recover, Idle) => step(Recovering, Keep, Reason::WorkerDied),
        // Nothing was received yet: starting again with an id loses nothing.
        (Input::Recover, Connecting | Retrying | Waiting) => step(Recovering, Close, Reason::WorkerDied),
        (Input::Recover, Recovering | Open | Closed) => None,

        (Input::Recovered, Recovering) => step(Connecting, Make, Reason::WorkerDied),
        (Input::Recovered, Idle | Connecting | Open | Retrying | Waiting | Closed) => None,

        (Input::Unwant(reason), Recovering | Connecting | Open | Retrying | Waiting) => {
            step(Idle, Close, reason)
        }
        (Input::Unwant(_), Idle | Closed) => None,

        (Input::Opened, Connecting | Retrying) => step(Open, Keep, Reason::Opened),
        (Input::Opened, Idle | Recovering | Open | Waiting | Closed) => None,

        (Input::Lost { retrying: true }, Open) => step(Retrying, Keep, Reason::Network),
        (Input::Lost { retrying: true }, Connecting | Retrying) => failed(Retrying, Keep, Reason::Network),
        (Input::Lost { retrying: false }, Open) => step(Waiting, Wait, Reason::Network),
        (Input::Lost { retrying: false }, Connecting | Retrying) => failed(Waiting, Wait, Reason::Refused),
        (Input::Lost { .. }, Idle | Recovering | Waiting | Closed) => None,

        (Input::TimedOut, Connecting | Retrying) => failed(Waiting, Wait, Reason::Timeout),
        (Input::TimedOut, Idle | Recovering | Open | Waiting | Closed) => None,

        (Input::BackoffOver, Waiting) => step(Connecting, Make, Reason::Retry),
        (Input::BackoffOver, Idle | Recovering | Connecting | Open | Retrying | Closed) => None,

        (Input::Silent, Open) => step(Waiting, Wait, Reason::Silent),
        (Input::Silent, Idle | Recovering | Connecting | Retrying | Waiting | Closed) => None,

        // Only while the hub itself waits; the browser has its own ear on the network.
        (Input::Online, Waiting) => step(Connecting, Make, Reason::Online),
        (Input::Online, Idle | Recovering | Connecting | Open | Retrying | Closed) => None,

        (Input::Woke, Waiting) => step(Connecting, Make, Reason::Woke),
        (Input::Woke, Idle | Recovering | Connecting | Open | Retrying | Closed) => None,

        (Input::Reconnect, Connecting | Open | Retrying | Waiting | Closed) => {
            step(Connecting, Make, Reason::Reconnect)
        }
        // Idle wants nothing, and recovery is a reconnect already.
        (Input::Reconnect, Idle | Recovering) => None,

        (Input::End(reason), Idle | Recovering | Connecting | Open | Retrying | Waiting) => {
            step(Closed, Close, reason)
        }
        (Input::End(_), Closed) => None,
    }
}

/// `status` of the public API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No subscriber, or hidden too long.
    Idle,
    /// The first attempt.
    Connecting,
    /// Events come.
    Open,
    /// Lost or refused; another attempt follows.
    Reconnecting,
    /// Ended.
    Closed,
}

impl Status {
    /// The status' name in the public API.
    pub fn name(self) -> &'static str {
        match self {
            Status::Idle => "idle",
            Status::Connecting => "connecting",
            Status::Open => "open",
            Status::Reconnecting => "reconnecting",
            Status::Closed => "closed",
        }
    }
}

/// Whether the stream went on where it had stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// Proven: the server repeated a known id.
    Yes,
    /// The id was presented and nothing contradicts it.
    Unknown,
    /// No id could be presented, or the server said that events are lost.
    No,
}

impl Resumed {
    /// The name in the public API.
    pub fn name(self) -> &'static str {
        match self {
            Resumed::Yes => "yes",
            Resumed::Unknown => "unknown",
            Resumed::No => "no",
        }
    }
}

/// A change of status on its way to a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusUpdate {
    /// The status from here on.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// On a return to `open`.
    pub resumed: Option<Resumed>,
    /// A connection was lost or an attempt failed: one `error` event of a native EventSource.
    pub failed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_is_left_by_reconnect_alone() {
        let inputs = [
            Input::Want,
            Input::Recover,
            Input::Recovered,
            Input::Unwant(Reason::Unused),
            Input::Opened,
            Input::Lost { retrying: true },
            Input::Lost { retrying: false },
            Input::TimedOut,
            Input::BackoffOver,
            Input::Silent,
            Input::Online,
            Input::Woke,
            Input::End(Reason::MaxAttempts),
        ];
        for input in inputs {
            assert_eq!(next(State::Closed, input), None, "{input:?}");
        }
        assert_eq!(
            next(State::Closed, Input::Reconnect).unwrap().to,
            State::Connecting
        );
    }

    #[test]
    fn the_browsers_own_retry_is_left_alone() {
        for input in [
            Input::Want,
            Input::Online,
            Input::Woke,
            Input::BackoffOver,
            Input::Silent,
        ] {
            assert_eq!(next(State::Retrying, input), None, "{input:?}");
        }
    }

    #[test]
    fn no_state_makes_an_event_source_twice() {
        for state in STATES {
            for input in [
                Input::Want,
                Input::BackoffOver,
                Input::Recovered,
                Input::Online,
                Input::Woke,
            ] {
                if let Some(step) = next(state, input)
                    && step.action == Action::Open
                {
                    assert!(
                        matches!(state, State::Idle | State::Waiting | State::Recovering),
                        "{state:?} {input:?}"
                    );
                }
            }
        }
    }
}
