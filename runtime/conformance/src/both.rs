//! Runs a story against both servers.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use kubefuncs_testkit::nsq_is_available;

use crate::{Server, Settings};

/// Runs `story` against nsqd and the embedded broker, at the same time, and says which one failed.
///
/// # Panics
/// When the story does, on either.
pub fn on_both(settings: Settings, story: impl Fn(&mut Server) + Sync) {
    let name = thread::current().name().unwrap_or("a story").to_owned();
    let real = nsq_is_available();
    let tell = &|start: Start| {
        let mut server = start(&settings);
        // The server is stopped after the story, whatever comes of it.
        let outcome = catch_unwind(AssertUnwindSafe(|| story(&mut server)));
        if outcome.is_err() {
            server.say_last_words();
        }
        outcome
    };
    let outcomes = thread::scope(|scope| {
        let mut runs = Vec::new();
        for (kind, start) in servers(real) {
            let run = thread::Builder::new()
                .name(format!("{name}, on {kind}"))
                .spawn_scoped(scope, move || tell(start));
            runs.push(run.expect("a thread"));
        }
        runs.into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect::<Vec<_>>()
    });
    for outcome in outcomes {
        if let Err(panic) = outcome.and_then(|told| told) {
            resume_unwind(panic);
        }
    }
}

type Start = fn(&Settings) -> Server;

fn servers(real: bool) -> Vec<(&'static str, Start)> {
    let embedded: (&str, Start) = ("the embedded broker", Server::embedded);
    let nsqd: (&str, Start) = ("nsqd", Server::nsqd);
    if real {
        vec![embedded, nsqd]
    } else {
        vec![embedded]
    }
}
