//! The exporter as a process against the real NSQ, and every process against `docs/metrics.md`.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

mod contract;
mod down;
mod exposition;
mod figures;
mod hostile;
mod janitor;
mod process;
mod queue;
mod support;
