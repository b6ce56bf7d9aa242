//! The example as a process: what an orchestrator and a caller see of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::time::Duration;

use kubefuncs::{CallOptions, Client, Config, HttpRequest, HttpResponse};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, Port, Process, http, require_nsq};

const LIMIT: Duration = Duration::from_secs(30);

/// The example with nothing in its environment but `vars`.
fn example(vars: &[(&str, &str)]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefuncs-example"));
    command.env_clear().envs(vars.iter().copied());
    Process::start("example", command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_answers_pong_and_leaves_on_sigterm() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let nsqd = || Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
    let _nsqds = [nsqd(), nsqd()];
    let (health, address) = (Port::reserve(), lookupd.http().to_string());
    let mut function = example(&[
        ("KUBEFUNCS_LOOKUPD", &address),
        ("HEALTHZ_ADDR", &health.to_string()),
    ]);
    function.wait_ready(LIMIT, "/readyz answers 200", || {
        http::is_ok(health.addr(), "/readyz")
    });
    for path in ["/healthz", "/", "/whatever"] {
        assert!(http::is_ok(health.addr(), path), "{path}");
    }

    let config = Config::from_vars([("KUBEFUNCS_LOOKUPD", &address)]).unwrap();
    let client = Client::connect(config).await.unwrap();
    tokio::time::timeout(LIMIT, client.ready()).await.unwrap();
    for _ in 0..4 {
        let request = HttpRequest::new(kubefuncs::Method::GET, "/hello");
        let options = CallOptions::new().with_timeout(LIMIT);
        let reply = client
            .call("test", request, options)
            .await
            .unwrap()
            .into_http()
            .unwrap();
        assert_eq!(reply, HttpResponse::text("pong\n"));
    }

    assert_eq!(function.stop().code(), Some(0), "{}", function.last_words());
    assert!(
        function.stderr().contains("drained"),
        "{}",
        function.last_words()
    );
    assert_eq!(
        function.stdout(),
        "",
        "standard output belongs to the function"
    );
}

#[test]
fn without_a_broker_it_lives_and_is_not_ready() {
    let (health, nowhere) = (Port::reserve(), Port::reserve());
    let mut function = example(&[
        ("KUBEFUNCS_LOOKUPD", &nowhere.to_string()),
        ("HEALTHZ_ADDR", &health.to_string()),
    ]);
    function.wait_ready(LIMIT, "/healthz answers 200", || {
        http::is_ok(health.addr(), "/healthz")
    });
    assert_eq!(http::get(health.addr(), "/readyz").unwrap().status, 503);
    function.interrupt();
    assert_eq!(
        function.wait(LIMIT).code(),
        Some(0),
        "{}",
        function.last_words()
    );
}

#[test]
fn a_wrong_environment_is_told_whole_and_ends_it() {
    let mut function = example(&[("KUBEFUNCS_TIMEOUT", "soon"), ("TOPIC", "a b")]);
    assert_eq!(function.wait(LIMIT).code(), Some(1));
    let said = function.stderr();
    assert!(
        said.contains("TOPIC is `a b`") && said.contains("KUBEFUNCS_TIMEOUT is `soon`"),
        "{said}"
    );
}

#[test]
fn a_health_port_in_use_is_told_and_ends_it() {
    let taken = Port::reserve();
    let _listener = std::net::TcpListener::bind(taken.addr()).unwrap();
    let mut function = example(&[("HEALTHZ_ADDR", &taken.to_string())]);
    assert_eq!(function.wait(LIMIT).code(), Some(1));
    let said = function.stderr();
    assert!(
        said.contains(&format!("cannot listen on HEALTHZ_ADDR {taken}")),
        "{said}"
    );
}
