//! A call from HTTP through real NSQ to a function and back.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use kubefuncs_e2e::stats::is_subscribed;
use kubefuncs_testkit::http::{self, Response};
use kubefuncs_testkit::{
    Nsqd, NsqdOptions, Nsqlookupd, Port, Process, binary, require_nsq, wait_until,
};
use serde_json::Value;
use tempfile::TempDir;

/// For a busy machine; nothing here is expected to take so long.
const LIMIT: Duration = Duration::from_secs(60);
/// The default `timeout` of a route, so the longest a caller is to wait.
const ROUTE_TIMEOUT: Duration = Duration::from_secs(3);

/// One nsqlookupd and two nsqd.
struct Broker {
    lookupd: Nsqlookupd,
    nsqds: [Nsqd; 2],
}

impl Broker {
    fn start() -> Broker {
        let lookupd = Nsqlookupd::start();
        let options = NsqdOptions::default().lookupd(&lookupd);
        Broker {
            nsqds: [Nsqd::start(options.clone()), Nsqd::start(options)],
            lookupd,
        }
    }

    /// A program that finds this broker as the environment contract says.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary(name, name));
        command
            .env("NSQ_LOOKUPD_ADDR", self.lookupd.http().ip().to_string())
            .env("NSQ_LOOKUPD_PORT", self.lookupd.http().port().to_string());
        command
    }
}

struct Gateway {
    process: Process,
    main: Port,
    admin: Port,
    _config: TempDir,
}

impl Gateway {
    fn start(broker: &Broker) -> Gateway {
        let (main, admin) = (Port::reserve(), Port::reserve());
        let config = tempfile::tempdir().unwrap();
        let file = config.path().join("gateway.yaml");
        fs::write(&file, "routes:\n  /test/: test\n").unwrap();
        let mut command = broker.command("kubefuncs-gateway");
        command.arg("--config").arg(&file).args([
            "--listen",
            &main.to_string(),
            "--admin",
            &admin.to_string(),
        ]);
        let process = Process::start("gateway", command);
        Gateway {
            process,
            main,
            admin,
            _config: config,
        }
    }

    #[track_caller]
    fn wait_ready(&mut self) {
        let admin = self.admin.addr();
        self.process.wait_ready(LIMIT, "the gateway is ready", || {
            http::is_ok(admin, "/readyz")
        });
    }

    #[track_caller]
    fn get(&self, path: &str) -> Response {
        http::get(self.main.addr(), path).unwrap()
    }
}

struct Function {
    process: Process,
    health: Port,
}

impl Function {
    fn start(broker: &Broker) -> Function {
        let health = Port::reserve();
        let mut command = broker.command("kubefuncs-example");
        command
            .env("TOPIC", "test")
            .env("HEALTHZ_ADDR", health.to_string());
        Function {
            process: Process::start("function", command),
            health,
        }
    }

    #[track_caller]
    fn wait_ready(&mut self) {
        let health = self.health.addr();
        self.process.wait_ready(LIMIT, "the function is ready", || {
            http::is_ok(health, "/readyz")
        });
    }
}

/// Broker, gateway and function, both of them ready.
fn start() -> (Broker, Gateway, Function) {
    let broker = Broker::start();
    let (mut gateway, mut function) = (Gateway::start(&broker), Function::start(&broker));
    function.wait_ready();
    gateway.wait_ready();
    (broker, gateway, function)
}

#[track_caller]
fn assert_pong(response: &Response) {
    assert_eq!(
        (response.status, response.text().as_str()),
        (200, "pong\n"),
        "{response:?}"
    );
}

/// Our errors are JSON with these four members.
#[track_caller]
fn assert_error(response: &Response, status: u16) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(
        response.header("content-type"),
        Some("application/json"),
        "{response:?}"
    );
    let error: Value = serde_json::from_slice(&response.body).unwrap();
    for member in ["code", "component", "reason", "requestId"] {
        assert!(!error[member].is_null(), "no {member}: {error}");
    }
}

#[test]
fn a_call_is_answered_and_an_unknown_path_is_not_found() {
    require_nsq!();
    let (_broker, mut gateway, mut function) = start();
    for path in ["/test/hello", "/test/", "/test", "/test/a/b?c=d"] {
        assert_pong(&gateway.get(path));
    }
    for path in ["/", "/other", "/testing/hello"] {
        assert_error(&gateway.get(path), 404);
    }
    let posted = http::post(gateway.main.addr(), "/test/hello", &[b'x'; 100_000]).unwrap();
    assert_pong(&posted);
    assert!(
        gateway.process.stop().success(),
        "{}",
        gateway.process.last_words()
    );
    assert!(
        function.process.stop().success(),
        "{}",
        function.process.last_words()
    );
}

/// The very first request, as soon as both say they are ready.
#[test]
fn the_first_call_after_ready_is_answered() {
    require_nsq!();
    for _ in 0..3 {
        let (_broker, gateway, _function) = start();
        assert_pong(&gateway.get("/test/hello"));
    }
}

/// From some moment on nobody can look anything up: what a first call needs is there by then.
#[test]
fn the_first_call_needs_no_lookup() {
    require_nsq!();
    let (mut broker, gateway, _function) = start();
    // To make a topic an nsqd itself asks nsqlookupd, so both are to have this one.
    let both = || {
        broker
            .nsqds
            .iter()
            .all(|nsqd| is_subscribed(nsqd.http(), "test"))
    };
    wait_until(LIMIT, "the function is subscribed on both nsqd", both);
    broker.lookupd.pause();
    assert_pong(&gateway.get("/test/hello"));
}

#[test]
fn calls_go_on_while_one_of_two_nsqd_is_away() {
    require_nsq!();
    for away in 0..2 {
        let (mut broker, gateway, _function) = start();
        broker.nsqds[away].stop();
        // A request may meet the moment in which the connection goes.
        wait_until(LIMIT, "calls are answered through the other nsqd", || {
            gateway.get("/test/hello").status == 200
        });
        for _ in 0..10 {
            assert_pong(&gateway.get("/test/hello"));
        }
    }
}

#[test]
fn with_the_function_stopped_a_call_times_out_and_with_it_back_is_answered() {
    require_nsq!();
    let (broker, gateway, mut function) = start();
    assert_pong(&gateway.get("/test/hello"));
    function.process.stop();
    let asked = Instant::now();
    assert_error(&gateway.get("/test/hello"), 504);
    assert!(
        asked.elapsed() < ROUTE_TIMEOUT + LIMIT,
        "answered at the deadline, not when all is over"
    );
    let mut function = Function::start(&broker);
    function.wait_ready();
    // Until the gateway has seen that somebody serves the topic again, callers are told to come back.
    wait_until(LIMIT, "calls are answered again", || {
        gateway.get("/test/hello").status == 200
    });
    assert_pong(&gateway.get("/test/hello"));
}

#[test]
fn with_the_broker_stopped_a_call_is_refused_and_with_it_back_is_answered() {
    require_nsq!();
    let (mut broker, gateway, _function) = start();
    assert_pong(&gateway.get("/test/hello"));
    for nsqd in &mut broker.nsqds {
        nsqd.stop();
    }
    wait_until(LIMIT, "the gateway is not ready", || {
        !http::is_ok(gateway.admin.addr(), "/readyz")
    });
    assert_error(&gateway.get("/test/hello"), 503);
    for nsqd in &mut broker.nsqds {
        nsqd.restart();
    }
    wait_until(LIMIT, "calls are answered again", || {
        gateway.get("/test/hello").status == 200
    });
}

#[test]
fn a_gateway_without_any_broker_starts_and_says_so() {
    require_nsq!();
    let mut broker = Broker::start();
    for nsqd in &mut broker.nsqds {
        nsqd.stop();
    }
    broker.lookupd.stop();
    let mut gateway = Gateway::start(&broker);
    let admin: SocketAddr = gateway.admin.addr();
    gateway
        .process
        .wait_ready(LIMIT, "the gateway is alive", || {
            http::is_ok(admin, "/healthz")
        });
    assert!(!http::is_ok(admin, "/readyz"));
    assert_error(&gateway.get("/test/hello"), 503);
}
