//! Virtual-time stories: one behaviour each, named by the promise in SPEC.md that it holds.

#[path = "../common/mod.rs"]
mod common;

mod auto;
mod circle;
mod credentials;
mod ending;
mod fence;
mod fetch;
mod grace;
mod herd;
mod json;
mod late;
mod limits;
mod order;
mod persist;
mod principal;
mod reconnect;
mod resume;
mod seam;
mod silence;
mod topics;
mod topics_late;
mod topics_overlap;
mod worker;
