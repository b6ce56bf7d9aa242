//! Released clients of other languages, against nsqd and against the embedded broker: each finds
//! the broker through the directory, publishes by every command there is, consumes, touches,
//! requeues and finishes.
//!
//! They are fetched once, by Go and by pip, into the target directory. Where that cannot be done,
//! a test says so and is left out; with `CI` set it fails.

#![allow(clippy::unwrap_used)]

mod build;

use std::process::Command;
use std::time::Duration;

use kubefuncs_broker::TlsRequired;
use kubefuncs_conformance::{Settings, TlsSettings, fresh, on_both};
use kubefuncs_testkit::{Process, leave_out};

const LIMIT: Duration = Duration::from_secs(90);

/// A hundred messages and a deferred one, one of them requeued; `secured` by TLS and AUTH, and
/// by a client that can, compressed then.
fn tell(program: Result<Vec<String>, String>, secured: bool) {
    let program = match program {
        Ok(program) => program,
        Err(reason) => return leave_out(&reason),
    };
    let tls = TlsSettings {
        required: TlsRequired::ExceptHttp,
        ..TlsSettings::default()
    };
    let settings = Settings {
        lookupd: true,
        tls: secured.then_some(tls),
        auth: secured,
        compression: secured,
        ..Settings::default()
    };
    on_both(settings, |server| {
        let topic = fresh("clients");
        // So that the deferred message is not late for want of a channel that is known.
        server.change(&format!("/topic/create?topic={topic}"));
        server.change(&format!("/channel/create?topic={topic}&channel=c"));
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]);
        command.args([server.tcp().to_string(), server.lookupd_http().to_string()]);
        command.arg(&topic);
        if secured {
            let permissions = ["publish", "subscribe"];
            server.auth().permit("sesame", ".*", &permissions, 60);
            command.env("NSQ_TLS_CA", server.ca().file());
            command.env("NSQ_AUTH_SECRET", "sesame");
        }
        let mut process = Process::start("client", command);
        let status = process.wait(LIMIT);
        assert!(status.success(), "{}", process.last_words());
        assert_eq!(process.stdout(), "done\n");
        for (field, value) in [
            ("in_flight_count", 0),
            ("depth", 0),
            ("deferred_count", 0),
            ("message_count", 101),
            ("requeue_count", 1),
            ("timeout_count", 0),
            ("client_count", 0),
        ] {
            server.wait_for(&topic, "c", field, value);
        }
    });
}

#[test]
fn go_nsq_works() {
    tell(build::go("go-nsq"), false);
}

#[test]
fn pynsq_works() {
    tell(build::python("pynsq"), false);
}

#[test]
fn go_nsq_works_over_tls_and_with_auth() {
    tell(build::go("go-nsq"), true);
}

#[test]
fn pynsq_works_over_tls_and_with_auth() {
    tell(build::python("pynsq"), true);
}
