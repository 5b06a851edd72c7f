//! What the model has found, as it was shrunk to: each failed once.

use super::check;
use crate::common::server::{Answer, Replay};
use crate::op::{Kind, Op, Setup, Topics};

const PLAIN: Op = Op::Arrive {
    lock: false,
    small: false,
};

const GLOBAL: Setup = Setup {
    pinned: false,
    persist: false,
    fetch: false,
    hides: false,
    gives_up: false,
    signs: false,
    airs: false,
    topics: Topics::Global,
};

fn subscribe(page: usize, what: usize) -> Op {
    Op::Subscribe {
        page,
        what,
        replay: 0,
    }
}

fn emit(about: usize) -> Op {
    Op::Emit {
        about,
        kind: Kind::Plain,
    }
}

fn holds(pinned: bool, ops: &[Op]) {
    for persist in [false, true] {
        let setup = Setup {
            pinned,
            persist,
            ..Setup::default()
        };
        check(setup, ops).unwrap();
    }
}

#[test]
fn d3_a_recovery_that_nobody_needed_leaves_no_position_behind() {
    let freeze = Op::Freeze { page: 0 };
    let pass = Op::Pass(6_000);
    holds(
        false,
        &[PLAIN, subscribe(0, 2), freeze, Op::WorkerDies, emit(2), pass],
    );
}

#[test]
fn d3_who_comes_late_is_told_of_the_gap_that_the_others_were_told_of() {
    let park = Op::Park { page: 1 };
    let ops = [
        PLAIN,
        subscribe(1, 1),
        subscribe(0, 0),
        park,
        Op::WorkerDies,
        emit(1),
        Op::Pass(300),
    ];
    holds(true, &ops);
}

#[test]
fn d3_a_past_event_beside_one_without_an_id_is_spared() {
    let no_id = Op::Emit {
        about: 2,
        kind: Kind::NoId,
    };
    let replay = Op::Subscribe {
        page: 0,
        what: 0,
        replay: 1,
    };
    let ops = [
        subscribe(0, 2),
        emit(1),
        emit(1),
        emit(1),
        PLAIN,
        emit(0),
        no_id,
        replay,
        Op::WorkerDies,
    ];
    holds(true, &ops);
}

#[test]
fn d3_what_a_tab_had_is_known_until_the_connection_has_been_open() {
    let refuse = Op::Answer(Answer::Refuse);
    let ops = [
        PLAIN,
        subscribe(1, 1),
        emit(1),
        Op::Pass(1_100),
        emit(1),
        Op::WorkerDies,
        Op::Freeze { page: 1 },
        refuse,
        Op::Pass(45_000),
    ];
    holds(false, &ops);
}

#[test]
fn d3_to_star_a_hole_in_one_channel_is_a_hole_in_all() {
    let ops = [
        subscribe(0, 3),
        PLAIN,
        emit(0),
        Op::Cut { retrying: false },
        emit(0),
        Op::Burst { about: 1, count: 6 },
        Op::Freeze { page: 0 },
        Op::WorkerDies,
        Op::Pass(300),
    ];
    holds(true, &ops);
}

#[test]
fn d3_what_a_forgotten_tab_was_spared_it_is_not_handed_on_its_return() {
    let ops = [
        PLAIN,
        subscribe(0, 1),
        subscribe(1, 0),
        emit(1),
        emit(0),
        Op::WorkerDies,
        Op::Freeze { page: 1 },
        Op::Pass(700_000),
    ];
    holds(true, &ops);
}

#[test]
fn d4_a_repeat_that_was_spared_once_is_known_the_next_time() {
    let inclusive = Op::Replay(Replay::Inclusive);
    let cut = Op::Cut { retrying: false };
    let ops = [
        subscribe(0, 2),
        emit(2),
        Op::WorkerDies,
        inclusive,
        Op::Pass(300),
        cut,
    ];
    holds(false, &ops);
}

#[test]
fn d4_what_a_tab_had_is_known_after_the_next_loss_as_well() {
    let cut = Op::Cut { retrying: false };
    holds(
        false,
        &[
            PLAIN,
            PLAIN,
            subscribe(2, 2),
            emit(2),
            Op::WorkerDies,
            Op::Pass(12_000),
            cut,
            Op::Replay(Replay::Inclusive),
            Op::Pass(10),
        ],
    );
}

#[test]
fn d3_what_a_tab_had_is_known_when_it_was_forgotten_before_the_server_answered() {
    holds(
        false,
        &[
            PLAIN,
            subscribe(1, 0),
            Op::Answer(Answer::Refuse),
            emit(0),
            Op::WorkerDies,
            Op::Freeze { page: 1 },
            Op::Pass(700_000),
            Op::Replay(Replay::Inclusive),
        ],
    );
}

#[test]
fn d4_what_a_tab_had_is_known_after_the_next_loss_though_one_without_an_id_came() {
    let no_id = Op::Emit {
        about: 0,
        kind: Kind::NoId,
    };
    let cut = Op::Cut { retrying: false };
    let inclusive = Op::Replay(Replay::Inclusive);
    let pass = Op::Pass(12_000);
    for fetch in [false, true] {
        let setup = Setup {
            fetch,
            ..Setup::default()
        };
        let ops = [
            subscribe(0, 0),
            emit(0),
            no_id,
            Op::WorkerDies,
            pass,
            cut,
            inclusive,
        ];
        check(setup, &ops).unwrap();
    }
}

#[test]
fn d3_hidden_tabs_resume_where_they_were_though_the_machine_slept_meanwhile() {
    let setup = Setup {
        hides: true,
        ..Setup::default()
    };
    let sleep = Op::Sleep(60_000);
    let hide = Op::Hide { page: 0 };
    let ops = [hide, subscribe(0, 1), emit(1), Op::WorkerDies, emit(1), sleep];
    check(setup, &ops).unwrap();
    let ops = [hide, subscribe(0, 1), Op::WorkerDies, emit(1), sleep];
    check(setup, &ops).unwrap();
}

#[test]
fn o1_a_star_that_asks_for_nothing_is_spared_what_it_had_from_a_dead_worker() {
    let ops = [
        PLAIN,
        subscribe(1, 0),
        subscribe(0, 3),
        Op::Pass(30),
        emit(0),
        Op::Freeze { page: 1 },
        emit(0),
        emit(0),
        Op::WorkerDies,
        emit(0),
    ];
    check(GLOBAL, &ops).unwrap();
}

#[test]
fn d1_what_nobody_heard_while_a_star_was_forgotten_is_told_to_it() {
    let setup = Setup {
        fetch: true,
        ..Setup::default()
    };
    let ops = [
        PLAIN,
        subscribe(1, 3),
        subscribe(0, 0),
        Op::Park { page: 1 },
        Op::Pass(700_000),
        emit(1),
    ];
    check(setup, &ops).unwrap();
}

#[test]
fn d1_beside_a_star_a_hole_in_one_channel_is_told_to_the_others() {
    let ops = [
        PLAIN,
        subscribe(1, 3),
        subscribe(1, 2),
        subscribe(1, 1),
        subscribe(0, 1),
        subscribe(0, 2),
        Op::Park { page: 1 },
        emit(2),
        Op::Burst { about: 1, count: 6 },
        Op::Pass(700_000),
    ];
    holds(false, &ops);
}

#[test]
fn d1_a_gap_that_waited_for_a_tab_when_the_worker_died_is_told_by_the_next() {
    let cut = Op::Cut { retrying: false };
    for fetch in [false, true] {
        let setup = Setup {
            fetch,
            ..Setup::default()
        };
        let ops = [
            subscribe(0, 0),
            PLAIN,
            cut,
            emit(0),
            PLAIN,
            Op::Park { page: 0 },
            Op::Pass(1_100),
            subscribe(1, 0),
            emit(1),
            cut,
            Op::WorkerDies,
            emit(0),
        ];
        check(setup, &ops).unwrap();
    }
}

/// Awake again, its first word is that it has its lock now: it is back by that, or called back.
#[test]
fn d6_a_tab_that_was_away_is_back_by_a_second_hello() {
    for ms in [45_000, 700_000] {
        let ops = [
            PLAIN,
            subscribe(1, 0),
            emit(0),
            Op::Freeze { page: 1 },
            Op::Pass(ms),
            Op::Lock { page: 1 },
            emit(0),
        ];
        holds(false, &ops);
    }
}

/// A gap that is told to a tab which comes back says nothing of what is sent until its topic is asked for.
#[test]
fn d1_what_is_sent_before_a_topic_is_asked_for_again_is_told() {
    let pass = Op::Pass(300);
    let ops = [
        PLAIN,
        subscribe(0, 2),
        subscribe(1, 0),
        pass,
        emit(0),
        Op::Park { page: 0 },
        Op::WorkerDies,
        Op::Pass(6_000),
        emit(0),
        Op::Unpark { page: 0 },
        emit(2),
        emit(0),
        pass,
    ];
    check(GLOBAL, &ops).unwrap();
}

#[test]
fn d1_what_is_sent_before_the_connection_of_a_tab_that_came_back_is_told() {
    let ops = [
        subscribe(0, 4),
        PLAIN,
        PLAIN,
        Op::Freeze { page: 0 },
        Op::WorkerDies,
        subscribe(1, 0),
        Op::Unsubscribe { page: 1, which: 0 },
        Op::Cut { retrying: false },
        Op::Pass(6_000),
        Op::Answer(Answer::Refuse),
        Op::Thaw { page: 0 },
        emit(3),
    ];
    holds(false, &ops);
}

#[test]
fn d4_what_a_tab_had_is_known_after_the_next_loss_though_another_as_far_had_not() {
    for topics in [Topics::None, Topics::Global] {
        let setup = Setup {
            topics,
            ..Setup::default()
        };
        let ops = [
            PLAIN,
            subscribe(0, 1),
            subscribe(1, 0),
            Op::Pass(30),
            emit(0),
            Op::Pass(1_100),
            Op::WorkerDies,
            Op::Pass(12_000),
            Op::Cut { retrying: false },
            emit(0),
            Op::Replay(Replay::Inclusive),
        ];
        check(setup, &ops).unwrap();
    }
}

#[test]
fn o2_what_a_late_tab_had_is_known_until_its_topic_is_asked_for() {
    let ops = [
        subscribe(0, 4),
        subscribe(0, 1),
        emit(0),
        Op::Pass(30),
        emit(1),
        PLAIN,
        subscribe(1, 4),
        emit(1),
        Op::Freeze { page: 0 },
        Op::WorkerDies,
        Op::Pass(300),
        Op::Hang,
        Op::Hang,
    ];
    check(GLOBAL, &ops).unwrap();
}

/// The server repeats what nobody heard, behind the gap that a tab was told on its return.
#[test]
fn d3_a_late_tab_is_told_in_front_of_what_the_server_repeats() {
    let no_id = Op::Emit {
        about: 3,
        kind: Kind::NoId,
    };
    let ops = [
        subscribe(0, 4),
        Op::Park { page: 0 },
        emit(0),
        PLAIN,
        emit(0),
        emit(0),
        PLAIN,
        emit(0),
        Op::WorkerDies,
        emit(0),
        subscribe(1, 1),
        emit(0),
        subscribe(1, 4),
        no_id,
        Op::Replay(Replay::Inclusive),
        Op::Cut { retrying: false },
    ];
    holds(false, &ops);
}
