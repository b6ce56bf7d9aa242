//! `docs/protocol.md` is enough to write a function: one in another language, called through our
//! client; and the bytes it shows are those our own tests read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use kubefuncs::{CallErrorKind, CallOptions, Client, Config, HttpRequest, Method};
use kubefuncs_e2e::stats::is_subscribed;
use kubefuncs_testkit::{
    Nsqd, NsqdOptions, Nsqlookupd, Port, Process, http, leave_out, require_nsq, wait_until,
    workspace_dir,
};

const LIMIT: Duration = Duration::from_secs(60);

/// The function, or nothing where there is no Python.
fn python(lookupd: &Nsqlookupd, health: &Port) -> Option<Process> {
    if let Err(error) = Command::new("python3").arg("--version").output() {
        leave_out(&format!("python3: {error}"));
        return None;
    }
    let mut command = Command::new("python3");
    command
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/protocol/function.py"))
        .env("KUBEFUNCS_LOOKUPD", lookupd.http().to_string())
        .env("HEALTHZ_ADDR", health.to_string());
    Some(Process::start("python", command))
}

fn get(url: &str) -> HttpRequest {
    HttpRequest::new(Method::GET, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_in_python_is_called() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let start = || Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
    let nsqds = [start(), start()];
    let health = Port::reserve();
    let Some(mut function) = python(&lookupd, &health) else {
        return;
    };
    function.wait_ready(LIMIT, "the function is ready", || {
        http::is_ok(health.addr(), "/readyz")
            && nsqds.iter().all(|nsqd| is_subscribed(nsqd.http(), "test"))
    });
    let lookup = lookupd.http().to_string();
    let config = Config::from_vars([("KUBEFUNCS_LOOKUPD", lookup.as_str())]);
    let client = Client::connect(config.unwrap()).await.unwrap();
    tokio::time::timeout(LIMIT, client.ready()).await.unwrap();
    let options = || CallOptions::new().with_timeout(LIMIT);

    for number in 0..20 {
        let url = format!("/echo?n={number}");
        let request = HttpRequest::new(Method::PUT, url.clone()).with_body("hello");
        let answer = client.call("test", request, options()).await.unwrap();
        let answer = answer.into_http().unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "text/plain");
        assert_eq!(answer.body, format!("PUT {url} hello"));
    }
    let error = client
        .call("test", get("/fail"), options())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Function);
    assert_eq!(
        (error.code(), error.is_retryable()),
        ("stock", true),
        "{error}"
    );
    client.call("test", (), options()).await.unwrap();

    // What must not be answered is taken, and neither run nor fatal.
    let hostile = b"\x0a\x011\x1a\x05a\nPUB";
    assert_eq!(
        http::post(nsqds[0].http(), "/pub?topic=test", hostile)
            .unwrap()
            .status,
        200
    );
    client.emit("test", get("/event")).await.unwrap();
    let left = |nsqd: &Nsqd| {
        let stats: serde_json::Value = serde_json::from_str(&nsqd.stats("topic=test")).unwrap();
        let channel = stats["topics"][0]["channels"][0].clone();
        ["depth", "in_flight_count"]
            .map(|field| channel[field].as_u64().unwrap())
            .iter()
            .sum::<u64>()
    };
    wait_until(LIMIT, "everything is dealt with", || {
        nsqds.iter().all(|nsqd| left(nsqd) == 0)
    });
    client.call("test", (), options()).await.unwrap();
    assert_eq!((client.pending(), client.unmatched_replies()), (0, 0));

    assert!(function.stop().success(), "{}", function.last_words());
}

#[test]
fn the_bytes_on_the_page_are_the_test_vectors() {
    let page = fs::read_to_string(workspace_dir().join("docs/protocol.md")).unwrap();
    let mut names = Vec::new();
    for block in page.split("```hex ").skip(1) {
        let (name, rest) = block.split_once('\n').unwrap();
        names.push(name);
        let shown: String = rest
            .split("```")
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let fixtures = workspace_dir().join("runtime/messages/tests/fixtures");
        let bytes = fs::read(fixtures.join(name)).unwrap();
        let wanted: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(shown, wanted, "{name}");
    }
    let fixtures = fs::read_dir(workspace_dir().join("runtime/messages/tests/fixtures")).unwrap();
    for file in fixtures {
        let name = file.unwrap().file_name().into_string().unwrap();
        // Of what others sent and may send the page tells in words.
        let is_ours =
            !name.starts_with("old_") && name != "ping.bin" && name != "unknown_fields.bin";
        assert!(!is_ours || names.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn the_page_names_every_field() {
    let page = fs::read_to_string(workspace_dir().join("docs/protocol.md")).unwrap();
    let file = workspace_dir().join("runtime/messages/proto/kubefuncs.proto");
    let mut fields = 0;
    for line in fs::read_to_string(file).unwrap().lines() {
        // `string id = 1;`
        let Some((head, number)) = line.trim().trim_end_matches(';').split_once(" = ") else {
            continue;
        };
        let (Ok(number), Some(name)) = (number.parse::<u32>(), head.split(' ').next_back()) else {
            continue;
        };
        assert!(
            page.contains(&format!("{number} `{name}`")),
            "{number} {name}"
        );
        fields += 1;
    }
    assert!(fields >= 20, "{fields}");
}
