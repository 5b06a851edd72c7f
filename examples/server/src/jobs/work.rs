use std::{
    fs,
    io::{self, Read},
    sync::{
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use super::{Pace, Progress, Root, State, files};
use crate::users::hex;

const MAX_FILES: usize = 50_000;
const MAX_BYTES: u64 = 4 << 30;
const MAX_TIME: Duration = Duration::from_secs(300);
/// Progress is told so often at most: smooth to the eye, and few entries in the streams' log.
const REPORT: Duration = Duration::from_millis(200);
const BUFFER: usize = 64 << 10;

/// Does the whole job; gives the last word, which `report` has not had.
pub fn run(
    job: u64,
    root: &Root,
    pace: Pace,
    cancelled: &AtomicBool,
    report: impl Fn(&Progress),
) -> Progress {
    let started = Instant::now();
    let mut progress = Progress {
        job,
        root: root.name,
        state: State::Listing,
        files: 0,
        files_total: 0,
        bytes: 0,
        bytes_total: 0,
        unreadable: 0,
        file: String::new(),
        milliseconds: 0,
        digest: None,
    };
    report(&progress);

    let (files, complete) = files::list(root, MAX_FILES);
    progress.files_total = files.len();
    progress.bytes_total = files.iter().map(|file| file.size).sum();
    progress.state = State::Running;
    if !complete || progress.bytes_total > MAX_BYTES {
        progress.state = State::Stopped;
        return progress;
    }
    report(&progress);

    let threads = match pace {
        Pace::Gentle => 1,
        Pace::Full => thread::available_parallelism().map_or(1, |cores| cores.get().min(8)),
    };
    let next = AtomicUsize::new(0);
    let bytes = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let mut digests: Vec<Option<[u8; 32]>> = vec![None; files.len()];
    thread::scope(|scope| {
        let (finished, results) = channel();
        for _ in 0..threads {
            let (finished, files, next, bytes, stop) = (finished.clone(), &files, &next, &bytes, &stop);
            scope.spawn(move || {
                while let Some((index, file)) = take(next, files) {
                    let digest = hash(&file.path, pace, bytes, stop);
                    if stop.load(Ordering::Relaxed) || finished.send((index, digest)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(finished);

        let mut reported = Instant::now();
        loop {
            match results.recv_timeout(REPORT / 4) {
                Ok((index, Ok(digest))) => {
                    digests[index] = Some(digest);
                    progress.files += 1;
                    progress.file.clone_from(&files[index].name);
                }
                Ok((_, Err(_))) => progress.unreadable += 1,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            progress.bytes = bytes.load(Ordering::Relaxed);
            progress.milliseconds = started.elapsed().as_millis() as u64;
            if cancelled.load(Ordering::Relaxed) {
                progress.state = State::Cancelled;
            } else if started.elapsed() > MAX_TIME || progress.bytes > MAX_BYTES {
                progress.state = State::Stopped;
            }
            if progress.state != State::Running {
                stop.store(true, Ordering::Relaxed);
                return;
            }
            if reported.elapsed() >= REPORT {
                reported = Instant::now();
                report(&progress);
            }
        }
        progress.state = State::Done;
    });

    progress.bytes = bytes.load(Ordering::Relaxed);
    progress.milliseconds = started.elapsed().as_millis() as u64;
    if progress.state == State::Done {
        let mut all = Sha256::new();
        for (file, digest) in files.iter().zip(&digests) {
            if let Some(digest) = digest {
                // The form of `sha256sum`, so that the figure can be checked by hand.
                all.update(format!("{}  {}\n", hex(digest), file.name));
            }
        }
        progress.digest = Some(hex(&all.finalize()));
    }
    progress
}

fn take<'a>(next: &AtomicUsize, files: &'a [files::File]) -> Option<(usize, &'a files::File)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    files.get(index).map(|file| (index, file))
}

/// The digest of one file; of no use to anybody once `stop` is set.
fn hash(path: &std::path::Path, pace: Pace, bytes: &AtomicU64, stop: &AtomicBool) -> io::Result<[u8; 32]> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let size = file.read(&mut buffer)?;
        hasher.update(&buffer[..size]);
        bytes.fetch_add(size as u64, Ordering::Relaxed);
        if pace == Pace::Gentle {
            // 64 KB in 16 ms are 4 MB a second; the end of each file costs 33 ms: 30 files a second.
            thread::sleep(if size == 0 {
                Duration::from_millis(33)
            } else {
                Duration::from_millis(16) * size as u32 / BUFFER as u32
            });
        }
        if size == 0 || stop.load(Ordering::Relaxed) {
            return Ok(hasher.finalize().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, path::PathBuf};

    use super::*;

    fn root() -> Root {
        Root {
            name: "fixture",
            path: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files"),
            without: &["out"],
        }
    }

    fn run_it(pace: Pace, cancelled: bool) -> (Vec<State>, Progress) {
        let states = RefCell::new(Vec::new());
        let last = run(1, &root(), pace, &AtomicBool::new(cancelled), |progress| {
            states.borrow_mut().push(progress.state)
        });
        (states.into_inner(), last)
    }

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        let (states, last) = run_it(Pace::Full, false);
        assert_eq!(states[..2], [State::Listing, State::Running]);
        assert_eq!((last.state, last.files, last.unreadable), (State::Done, 3, 0));
        assert_eq!((last.bytes, last.bytes_total), (19, 19));
        // (cd tests/files && sha256sum a.txt b.txt inner/c.txt | sha256sum)
        assert_eq!(
            last.digest.as_deref(),
            Some("5a34750095c56aae9ccbff767007f30605fb3cd32143f78b36cd29ca8e19c8c1")
        );
    }

    #[test]
    fn both_paces_give_the_same() {
        assert_eq!(
            run_it(Pace::Gentle, false).1.digest,
            run_it(Pace::Full, false).1.digest
        );
    }

    #[test]
    fn a_cancelled_job_has_no_digest() {
        let (_, last) = run_it(Pace::Gentle, true);
        assert_eq!((last.state, last.digest), (State::Cancelled, None));
    }

    #[test]
    fn hidden_files_links_and_what_is_left_out_are_not_listed() {
        let (files, complete) = files::list(&root(), 10);
        let names: Vec<_> = files.iter().map(|file| &*file.name).collect();
        assert_eq!((names, complete), (vec!["a.txt", "b.txt", "inner/c.txt"], true));
        assert!(!files::list(&root(), 2).1);
    }
}
