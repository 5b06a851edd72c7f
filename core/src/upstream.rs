//! The connection of a stream: a total table of state and input. What happens besides (timers, backoff, ids) follows
//! from the step and is the stream's; here is only where it goes.

/// Where the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// None, and none is wanted.
    Idle,
    /// None yet: tabs of a dead worker may still say where to resume.
    Recovering,
    /// The hub has made a connection that has not opened, or asks the tabs for the credentials it takes.
    Connecting,
    /// Open.
    Open,
    /// Lost, and the browser retries by itself (`readyState` CONNECTING): it is left alone, since it sends
    /// Last-Event-ID.
    Retrying,
    /// None: the hub waits before it makes the next.
    Waiting,
    /// Given up, until `reconnect()` or a new `connect()`.
    Closed,
    /// Ended for good: another principal has connected.
    Ended,
}

/// All states, for tables, in their order.
pub const STATES: [State; 8] = [
    State::Idle,
    State::Recovering,
    State::Connecting,
    State::Open,
    State::Retrying,
    State::Waiting,
    State::Closed,
    State::Ended,
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
    Unused,
    /// All tabs have been hidden for long.
    Hidden,
    /// The server has answered with an event stream.
    Opened,
    /// The EventSource reported an error, and the browser goes on by itself: `readyState` is CONNECTING.
    LostRetrying,
    /// It did, and the browser has given up.
    Lost,
    /// A fetch broke or its body ended; or the EventSource did, and must not try again by itself.
    Broken,
    /// The server is overloaded or out of order: 429 and 5xx.
    Busy,
    /// Refused, and there is another way that is to be tried at once: by fetch, or with fresh credentials.
    Again,
    /// Refused in a way that another attempt does not mend.
    Refused,
    /// Asked to stop (204).
    Stopped,
    /// No tab has given the credentials.
    Unanswered,
    /// Another list of topics is to be asked for.
    Topics,
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
    /// A page connects that did not have this stream before.
    Connect,
    /// `maxAttempts` failed attempts in a row.
    GiveUp,
    /// Another principal has connected. The last: as many rows has the table.
    End,
}

/// All inputs, for tables, in their order.
pub const INPUTS: [Input; 24] = [
    Input::Want,
    Input::Recover,
    Input::Recovered,
    Input::Unused,
    Input::Hidden,
    Input::Opened,
    Input::LostRetrying,
    Input::Lost,
    Input::Broken,
    Input::Busy,
    Input::Again,
    Input::Refused,
    Input::Stopped,
    Input::Unanswered,
    Input::Topics,
    Input::TimedOut,
    Input::BackoffOver,
    Input::Silent,
    Input::Online,
    Input::Woke,
    Input::Reconnect,
    Input::Connect,
    Input::GiveUp,
    Input::End,
];

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
    /// The server refused: a status, or as much as EventSource tells of one (in Firefox also a refused TCP connection).
    Refused,
    /// The server said that there is nothing more to come (204).
    Stopped,
    /// No tab gave the credentials that `url` or `headers` as a function is asked for.
    Credentials,
    /// Other topics are asked for.
    Topics,
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
            Reason::Stopped => "stopped",
            Reason::Credentials => "credentials",
            Reason::Topics => "topics",
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

/// What is to be done about the connection.
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

const fn step(to: State, action: Action, reason: Reason) -> Step {
    Step {
        to,
        action,
        reason,
        failed: false,
    }
}

const fn failed(to: State, action: Action, reason: Reason) -> Step {
    Step {
        to,
        action,
        reason,
        failed: true,
    }
}

/// What the input means in the state; `None`: nothing.
pub fn next(state: State, input: Input) -> Option<Step> {
    TABLE[input as usize][state as usize]
}

/// Looked up, since its bytes are fewer than the code would be.
static TABLE: [[Option<Step>; STATES.len()]; INPUTS.len()] = {
    let mut table = [[None; STATES.len()]; INPUTS.len()];
    let mut at = 0;
    while at < INPUTS.len() * STATES.len() {
        let (row, column) = (at / STATES.len(), at % STATES.len());
        assert!(INPUTS[row] as usize == row && STATES[column] as usize == column);
        table[row][column] = cell(STATES[column], INPUTS[row]);
        at += 1;
    }
    assert!(INPUTS.len() == Input::End as usize + 1 && STATES.len() == State::Ended as usize + 1);
    table
};

/// No wildcard: a new state or input that is not thought through does not compile.
#[allow(clippy::too_many_lines, reason = "a table: a row for each input")]
const fn cell(state: State, input: Input) -> Option<Step> {
    use Action::{Close, Keep, Open as Make, Wait};
    use State::{Closed, Connecting, Ended, Idle, Open, Recovering, Retrying, Waiting};
    let step = match input {
        Input::Want => match state {
            Idle => step(Connecting, Make, Reason::Subscribed),
            Recovering | Connecting | Open | Retrying | Waiting | Closed | Ended => return None,
        },
        Input::Recover => match state {
            Idle => step(Recovering, Keep, Reason::WorkerDied),
            // Nothing was received yet: starting again with an id loses nothing.
            Connecting | Retrying | Waiting => step(Recovering, Close, Reason::WorkerDied),
            Recovering | Open | Closed | Ended => return None,
        },
        Input::Recovered => match state {
            Recovering => step(Connecting, Make, Reason::WorkerDied),
            Idle | Connecting | Open | Retrying | Waiting | Closed | Ended => return None,
        },
        Input::Unused => match state {
            Recovering | Connecting | Open | Retrying | Waiting => step(Idle, Close, Reason::Unused),
            Idle | Closed | Ended => return None,
        },
        Input::Hidden => match state {
            Connecting | Open | Retrying | Waiting => step(Idle, Close, Reason::Hidden),
            // Where to resume is decided first: what the tabs told of that counts until then alone.
            Idle | Recovering | Closed | Ended => return None,
        },
        Input::Opened => match state {
            Connecting | Retrying => step(Open, Keep, Reason::Opened),
            Idle | Recovering | Open | Waiting | Closed | Ended => return None,
        },
        Input::LostRetrying => match state {
            Open => step(Retrying, Keep, Reason::Network),
            Connecting | Retrying => failed(Retrying, Keep, Reason::Network),
            Idle | Recovering | Waiting | Closed | Ended => return None,
        },
        Input::Lost => match state {
            Open => step(Waiting, Wait, Reason::Network),
            Connecting | Retrying => failed(Waiting, Wait, Reason::Refused),
            Idle | Recovering | Waiting | Closed | Ended => return None,
        },
        Input::Broken => match state {
            Open => step(Waiting, Wait, Reason::Network),
            Connecting | Retrying => failed(Waiting, Wait, Reason::Network),
            Idle | Recovering | Waiting | Closed | Ended => return None,
        },
        Input::Busy => match state {
            Connecting => failed(Waiting, Wait, Reason::Refused),
            Idle | Recovering | Open | Retrying | Waiting | Closed | Ended => return None,
        },
        // No failed attempt: what comes of it is one with that which follows.
        Input::Again => match state {
            Connecting | Retrying => step(Connecting, Make, Reason::Refused),
            Idle | Recovering | Open | Waiting | Closed | Ended => return None,
        },
        Input::Refused => match state {
            Connecting | Open | Retrying => step(Closed, Close, Reason::Refused),
            Idle | Recovering | Waiting | Closed | Ended => return None,
        },
        Input::Stopped => match state {
            Connecting | Open | Retrying => step(Closed, Close, Reason::Stopped),
            Idle | Recovering | Waiting | Closed | Ended => return None,
        },
        // Nor is this one: nothing was attempted.
        Input::Unanswered => match state {
            Connecting => step(Waiting, Wait, Reason::Credentials),
            Idle | Recovering | Open | Retrying | Waiting | Closed | Ended => return None,
        },
        // What waits, or is yet to be made, will ask for them by itself.
        Input::Topics => match state {
            Connecting | Open | Retrying => step(Connecting, Make, Reason::Topics),
            Idle | Recovering | Waiting | Closed | Ended => return None,
        },
        Input::TimedOut => match state {
            Connecting | Retrying => failed(Waiting, Wait, Reason::Timeout),
            Idle | Recovering | Open | Waiting | Closed | Ended => return None,
        },
        Input::BackoffOver => match state {
            Waiting => step(Connecting, Make, Reason::Retry),
            Idle | Recovering | Connecting | Open | Retrying | Closed | Ended => return None,
        },
        Input::Silent => match state {
            Open => step(Waiting, Wait, Reason::Silent),
            Idle | Recovering | Connecting | Retrying | Waiting | Closed | Ended => return None,
        },
        // Only while the hub itself waits; the browser has its own ear on the network.
        Input::Online => match state {
            Waiting => step(Connecting, Make, Reason::Online),
            Idle | Recovering | Connecting | Open | Retrying | Closed | Ended => return None,
        },
        Input::Woke => match state {
            Waiting => step(Connecting, Make, Reason::Woke),
            Idle | Recovering | Connecting | Open | Retrying | Closed | Ended => return None,
        },
        Input::Reconnect => match state {
            Connecting | Open | Retrying | Waiting | Closed => step(Connecting, Make, Reason::Reconnect),
            // Idle wants nothing, recovery is a reconnect already, and the end is the end.
            Idle | Recovering | Ended => return None,
        },
        Input::Connect => match state {
            // Who connects anew means to try anew, though other tabs still hold what was given up.
            Closed => step(Idle, Keep, Reason::Reconnect),
            Idle | Recovering | Connecting | Open | Retrying | Waiting | Ended => return None,
        },
        Input::GiveUp => match state {
            Connecting | Open | Retrying | Waiting => step(Closed, Close, Reason::MaxAttempts),
            Idle | Recovering | Closed | Ended => return None,
        },
        Input::End => match state {
            Idle | Recovering | Connecting | Open | Retrying | Waiting | Closed => {
                step(Ended, Close, Reason::PrincipalChanged)
            }
            Ended => return None,
        },
    };
    Some(step)
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
    fn the_end_is_final_and_what_was_given_up_is_left_on_demand_alone() {
        for input in INPUTS {
            assert_eq!(next(State::Ended, input), None, "{input:?}");
            let on_demand = matches!(input, Input::Reconnect | Input::Connect | Input::End);
            assert_eq!(next(State::Closed, input).is_some(), on_demand, "{input:?}");
        }
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
            for input in INPUTS {
                if let Some(step) = next(state, input)
                    && step.action == Action::Open
                    && !matches!(input, Input::Reconnect | Input::Again | Input::Topics)
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
