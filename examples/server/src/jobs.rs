//! A real job with progress: the SHA-256 of every file of a directory.
//!
//! A visitor names one of the roots that the server was started with, never a path. Each visitor has one job at
//! a time, the server a few; a job is bounded in files, bytes and time, and can be cancelled.

mod files;
mod work;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use crate::streams::{Event, Streams};

/// A directory that may be hashed, by the name that visitors see.
#[derive(Clone, Debug)]
pub struct Root {
    pub name: &'static str,
    pub path: PathBuf,
    /// Directories in it that are left out, by name.
    pub without: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// One thread, at most 30 files and 4 MB a second: slow enough to watch, and to cancel.
    Gentle,
    /// A thread for each core, as fast as it goes: the CPU chart shows it.
    Full,
}

/// What goes out on `job`, to its owner alone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    pub job: u64,
    pub root: &'static str,
    pub state: State,
    pub files: usize,
    pub files_total: usize,
    pub bytes: u64,
    pub bytes_total: u64,
    /// Files that could not be read.
    pub unreadable: usize,
    /// The file that was finished last, relative to the root.
    pub file: String,
    pub milliseconds: u64,
    /// The SHA-256 over all digests and names in order; with `done` alone.
    pub digest: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Listing,
    Running,
    Done,
    Cancelled,
    /// Files, bytes or time went past the bound.
    Stopped,
}

/// Why a job does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    UnknownRoot,
    /// The visitor has one already.
    OneIsRunning,
    /// The server has as many as it may.
    Full,
}

#[derive(Clone)]
pub struct Jobs {
    shared: Arc<Shared>,
}

struct Shared {
    streams: Streams,
    roots: Vec<Root>,
    next: AtomicU64,
    /// The flag that cancels each visitor's job.
    running: Mutex<HashMap<Arc<str>, Arc<AtomicBool>>>,
}

const MAX_RUNNING: usize = 4;

impl Jobs {
    /// Roots that do not exist are not offered.
    pub fn new(streams: Streams, roots: Vec<Root>) -> Jobs {
        let roots = roots.into_iter().filter(|root| root.path.is_dir()).collect();
        Jobs {
            shared: Arc::new(Shared {
                streams,
                roots,
                next: AtomicU64::new(1),
                running: Mutex::default(),
            }),
        }
    }

    pub fn roots(&self) -> impl Iterator<Item = &'static str> {
        self.shared.roots.iter().map(|root| root.name)
    }

    /// Starts a job on a thread of its own and gives its number.
    pub fn start(&self, user: &Arc<str>, root: &str, pace: Pace) -> Result<u64, NotStarted> {
        let root = self
            .shared
            .roots
            .iter()
            .find(|known| known.name == root)
            .ok_or(NotStarted::UnknownRoot)?
            .clone();
        let cancelled = Arc::new(AtomicBool::new(false));
        {
            let mut running = self.running();
            if running.contains_key(user) {
                return Err(NotStarted::OneIsRunning);
            }
            if running.len() >= MAX_RUNNING {
                return Err(NotStarted::Full);
            }
            running.insert(user.clone(), cancelled.clone());
        }
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        // Removed however the thread ends, or its owner could never start another.
        let ended = Ended {
            jobs: self.clone(),
            user: user.clone(),
        };
        let streams = self.shared.streams.clone();
        std::thread::spawn(move || {
            let user = ended.user.clone();
            let last = work::run(number, &root, pace, &cancelled, |progress| {
                send(&streams, &user, progress)
            });
            // Before the last word is out: who reads it may start the next job at once.
            drop(ended);
            send(&streams, &user, &last);
            tracing::info!(
                "job {number} ({}): {:?}, {} files",
                last.root,
                last.state,
                last.files
            );
        });
        Ok(number)
    }

    /// Whether there was a job to cancel.
    pub fn cancel(&self, user: &str) -> bool {
        self.running()
            .get(user)
            .is_some_and(|cancelled| !cancelled.swap(true, Ordering::Relaxed))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, Arc<AtomicBool>>> {
        // Nothing panics while it is held.
        self.shared.running.lock().expect("the jobs' lock is sound")
    }
}

struct Ended {
    jobs: Jobs,
    user: Arc<str>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.jobs.running().remove(&self.user);
    }
}

fn send(streams: &Streams, user: &str, progress: &Progress) {
    let data = serde_json::to_string(progress).expect("progress is JSON");
    streams.to_user(user, Event::new("job", data));
}
