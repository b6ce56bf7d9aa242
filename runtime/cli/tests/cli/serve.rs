//! An HTTP server as a function.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kubefuncs::{CallErrorKind, CallOptions, Client, Config, HttpRequest, HttpResponse, Method};
use kubefuncs_testkit::{Port, Process, http, leave_out, require_nsq, wait_until};

use crate::server::Server;
use crate::support::{Nsq, PATIENCE};

/// `kubefuncs serve`, and its health port.
fn serve(nsq: &Nsq, args: &[&str]) -> (Process, SocketAddr) {
    let health = Port::reserve();
    let mut command = nsq.kubefuncs(&["serve", "--topic", "web"]);
    command.args(args).env("HEALTHZ_ADDR", health.to_string());
    let addr = health.addr();
    (Process::start("serve", command), addr)
}

/// As [`serve`], ready.
fn ready(nsq: &Nsq, args: &[&str]) -> Process {
    let (mut process, health) = serve(nsq, args);
    process.wait_ready(PATIENCE, "/readyz answers 200", || {
        http::is_ok(health, "/readyz")
    });
    process
}

async fn client(nsq: &Nsq) -> Client {
    let client = Client::connect(Config::from_vars(nsq.vars()).unwrap())
        .await
        .unwrap();
    tokio::time::timeout(PATIENCE, client.ready())
        .await
        .unwrap();
    client
}

async fn call(client: &Client, request: HttpRequest) -> Result<HttpResponse, kubefuncs::CallError> {
    let options = CallOptions::new()
        .with_timeout(PATIENCE)
        .with_request_id("seven");
    client.call("web", request, options).await?.into_http()
}

fn get(path: &str) -> HttpRequest {
    HttpRequest::new(Method::GET, path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_responses_pass_but_for_what_is_about_the_connection() {
    require_nsq!();
    let (nsq, server) = (Nsq::start(), Server::start());
    let process = ready(
        &nsq,
        &[
            "--upstream",
            &(server.url() + "/base/"),
            "--strip-prefix",
            "/web",
        ],
    );
    let client = client(&nsq).await;

    let mut request = HttpRequest::new(Method::PUT, "/web/a%20b?c=d").with_body("body");
    for (name, value) in [
        ("x-two", "1"),
        ("x-two", "2"),
        ("connection", "x-secret"),
        ("x-secret", "hop by hop"),
        ("transfer-encoding", "chunked"),
        ("content-length", "9999"),
        ("expect", "100-continue"),
    ] {
        request.headers.append(name, value.parse().unwrap());
    }
    request.host = "shop.example".to_owned();
    request.remote_addr = "10.1.2.3".to_owned();
    let response = call(&client, request).await.unwrap();
    assert_eq!(
        (response.status.as_u16(), &response.body[..]),
        (200, &b"ok\n"[..])
    );
    let asked = server.asked().remove(0);
    assert_eq!(asked.line, "PUT /base/a%20b?c=d HTTP/1.1\r\n");
    assert_eq!(asked.body, "body");
    for header in [
        "host: shop.example",
        "x-forwarded-for: 10.1.2.3",
        "x-request-id: seven",
        "content-length: 4",
        "x-two: 1",
        "x-two: 2",
    ] {
        assert!(asked.has(header), "{header}: {asked:?}");
    }
    for name in ["x-secret", "transfer-encoding", "expect"] {
        assert_eq!(asked.names(name), 0, "{name}: {asked:?}");
    }
    assert_eq!(asked.names("content-length"), 1, "{asked:?}");

    // The server's work belongs to the caller's trace.
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let options = CallOptions::new()
        .with_timeout(PATIENCE)
        .with_metadata("traceparent", trace);
    client
        .call("web", get("/web/traced"), options)
        .await
        .unwrap();
    let traced = server.asked().remove(1);
    let parent = traced
        .headers
        .iter()
        .find(|line| line.starts_with("traceparent: "));
    let parent = parent.unwrap_or_else(|| panic!("{traced:?}"));
    assert!(
        parent.contains("0af7651916cd43dd8448eb211c80319c"),
        "{parent}"
    );

    // A base is taken off only where it is the whole of a segment.
    call(&client, get("/website")).await.unwrap();
    call(&client, get("/web")).await.unwrap();
    let lines: Vec<_> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines[2..],
        ["GET /base/website HTTP/1.1\r\n", "GET /base/ HTTP/1.1\r\n"]
    );
    drop(process);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_does_wrong_is_an_honest_failure() {
    require_nsq!();
    let (nsq, server) = (Nsq::start(), Server::start());
    let mut process = ready(&nsq, &["--upstream", &server.url()]);
    let client = client(&nsq).await;

    let response = call(&client, get("/framing")).await.unwrap();
    assert_eq!(
        (response.status.as_u16(), &response.body[..]),
        (203, &b"one"[..])
    );
    assert_eq!(response.headers.get_all("set-cookie").iter().count(), 2);
    for name in [
        "connection",
        "keep-alive",
        "transfer-encoding",
        "x-hop",
        "content-length",
    ] {
        assert!(!response.headers.contains_key(name), "{name}: {response:?}");
    }
    for (path, code, retryable) in [
        ("/short", "upstream_broken", true),
        ("/garbage", "upstream_broken", true),
        ("/huge", "too_large", false),
    ] {
        let error = call(&client, get(path)).await.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::Function, "{path}: {error}");
        assert_eq!(
            (error.code(), error.is_retryable()),
            (code, retryable),
            "{path}: {error}"
        );
    }
    // A message cannot choose another server.
    for url in ["http://other.example/", "other", "", "/a b", "/\r\nx: y"] {
        let error = call(&client, get(url)).await.unwrap_err();
        assert_eq!(error.code(), "bad_request", "{url:?}: {error}");
    }
    let status = call(&client, get("/busy")).await.unwrap().status;
    assert_eq!(status.as_u16(), 503, "an answer is the server's affair");
    assert!(process.is_running());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_is_the_servers_and_no_message_is_taken_without_it() {
    require_nsq!();
    let nsq = Nsq::start();
    let port = Port::reserve();
    let url = format!("http://{port}");
    let (mut process, health) = serve(&nsq, &["--upstream", &url, "--health", "/up"]);
    process.wait_ready(PATIENCE, "it says that the server is down", || {
        process_says(&nsq, health)
    });
    let ran = nsq.run(&["emit", "web", "waits"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");

    let ran = nsq.run(&["emit", "web"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");

    // The events waited for the server, and none of their attempts was used up.
    let server = Server::on(port);
    process.wait_ready(PATIENCE, "/readyz answers 200", || {
        http::is_ok(health, "/readyz")
    });
    wait_until(PATIENCE, "the events arrive", || server.asked().len() == 2);
    let mut bodies = Vec::new();
    for asked in server.asked() {
        assert_eq!(asked.line, "POST / HTTP/1.1\r\n");
        bodies.push(asked.body);
    }
    bodies.sort();
    assert_eq!(bodies, ["", "waits"]);
    assert!(!process.stderr().contains("failed and will be tried again"));
}

/// Alive and not ready, and subscribed.
fn process_says(nsq: &Nsq, health: SocketAddr) -> bool {
    let not_ready = http::get(health, "/readyz").is_ok_and(|response| response.status == 503);
    not_ready
        && http::is_ok(health, "/healthz")
        && nsq.nsqd.stats("topic=web").contains("\"default\"")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_requests_run_than_may_and_a_drain_finishes_them() {
    require_nsq!();
    let (nsq, server) = (Nsq::start(), Server::start());
    let mut process = ready(
        &nsq,
        &[
            "--upstream",
            &server.url(),
            "--concurrency",
            "2",
            "--timeout",
            "30s",
        ],
    );
    let client = client(&nsq).await;
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client, get("/gate")).await })
        })
        .collect();
    wait_until(PATIENCE, "two run", || server.asked().len() == 2);
    for _ in 0..3 {
        server.open.send(()).unwrap();
    }
    wait_until(PATIENCE, "the last two run", || server.asked().len() == 5);
    process.terminate();
    wait_until(PATIENCE, "it drains", || {
        process.stderr().contains("draining")
    });
    assert!(process.is_running(), "two requests run still");
    for _ in 0..2 {
        server.open.send(()).unwrap();
    }
    assert_eq!(
        process.wait(PATIENCE).code(),
        Some(0),
        "{}",
        process.last_words()
    );
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().body, "late\n");
    }
    assert_eq!(server.most.load(Ordering::SeqCst), 2);
}

/// It says nothing of closing, and closes after each answer: a request over a kept connection meets
/// that now and then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_closes_its_connections_loses_no_request() {
    require_nsq!();
    let (nsq, server) = (Nsq::start(), Server::start());
    let _process = ready(&nsq, &["--upstream", &server.url()]);
    let client = client(&nsq).await;
    for number in 0..100 {
        let method = if number % 2 == 0 {
            Method::GET
        } else {
            Method::POST
        };
        let response = call(&client, HttpRequest::new(method, "/")).await;
        assert_eq!(response.unwrap().body, "ok\n", "request {number}");
    }
    let posts = server
        .asked()
        .into_iter()
        .filter(|asked| asked.line.starts_with("POST"));
    assert_eq!(posts.count(), 50, "none was sent twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_server_costs_its_caller_the_deadline_and_nobody_else() {
    require_nsq!();
    let (nsq, server) = (Nsq::start(), Server::start());
    let _process = ready(&nsq, &["--upstream", &server.url()]);
    let client = client(&nsq).await;
    let slow = CallOptions::new().with_timeout(Duration::from_millis(700));
    let error = client.call("web", get("/gate"), slow).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Timeout, "{error}");
    assert_eq!(call(&client, get("/")).await.unwrap().body, "ok\n");
}

/// A server that nobody here wrote.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_of_python_serve() {
    require_nsq!();
    let (folder, port) = (tempfile::tempdir().unwrap(), Port::reserve());
    std::fs::write(folder.path().join("file.txt"), "a file\n").unwrap();
    let python = || std::process::Command::new("python3");
    if python().arg("--version").output().is_err() {
        return leave_out("no python3 here");
    }
    let mut command = python();
    let number = port.number().to_string();
    command
        .args(["-m", "http.server", &number, "--bind", "127.0.0.1"])
        .current_dir(folder.path());
    let nsq = Nsq::start();
    let (mut process, health) = serve(&nsq, &["--upstream", &format!("http://{port}")]);
    let _python = Process::start("python", command);
    process.wait_ready(PATIENCE, "/readyz answers 200", || {
        http::is_ok(health, "/readyz")
    });
    let client = client(&nsq).await;
    let response = call(&client, get("/file.txt")).await.unwrap();
    assert_eq!(
        (response.status.as_u16(), &response.body[..]),
        (200, &b"a file\n"[..])
    );
    assert_eq!(
        call(&client, get("/none")).await.unwrap().status.as_u16(),
        404
    );
    let head = call(&client, HttpRequest::new(Method::HEAD, "/file.txt"))
        .await
        .unwrap();
    assert_eq!(
        (&head.headers["content-length"], head.body.len()),
        (&"7".parse().unwrap(), 0)
    );
}

#[test]
fn an_upstream_that_is_none_is_refused() {
    for (url, expected) in [
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("https://127.0.0.1", "only http"),
        ("http://user@127.0.0.1", "http://127.0.0.1:3000"),
        ("http://127.0.0.1/?a", "without a query"),
        ("/path", "http://127.0.0.1:3000"),
    ] {
        let ran = crate::support::Ran::of(crate::support::kubefuncs(&["serve", "--upstream", url]));
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(expected), "{url}: {ran:?}");
    }
}
