//! Virtual-time stories: one behaviour each, named by the promise in SPEC.md that it holds.

#[path = "../common/mod.rs"]
mod common;

mod order;
