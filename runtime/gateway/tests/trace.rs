//! One trace over all its hops: from a caller through the gateway and NSQ to a function, and to
//! the function that this one calls, told to a collector.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener as Listener};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use kubefuncs::trace::{Trace, export};
use kubefuncs::{CallOptions, Client, Config, Context, Function, HttpRequest, HttpResponse};
use kubefuncs_gateway::Gateway;
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, http, require_nsq};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const LIMIT: Duration = Duration::from_secs(30);
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// A collector: it takes what is posted to it, and hands its hops on.
fn collector() -> (SocketAddr, Receiver<Value>) {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let (sender, hops) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while stream.read_line(&mut head).unwrap() > 2 {
                let line = head.lines().last().unwrap().to_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
            assert!(head.contains("application/json"), "{head}");
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let told = &body["resourceSpans"][0];
            let service = &told["resource"]["attributes"][0];
            assert_eq!(service["key"], "service.name");
            assert_eq!(service["value"]["stringValue"], "shop");
            for hop in told["scopeSpans"][0]["spans"].as_array().unwrap() {
                sender.send(hop.clone()).unwrap();
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    (addr, hops)
}

fn config(lookupd: &Nsqlookupd, topic: &str) -> Config {
    let lookupd = lookupd.http().to_string();
    Config::from_vars([
        ("KUBEFUNCS_LOOKUPD", lookupd.as_str()),
        ("TOPIC", topic),
        ("HEALTHZ_ADDR", "127.0.0.1:0"),
        ("KUBEFUNCS_TIMEOUT", "20s"),
    ])
    .unwrap()
}

/// The hop of this name.
fn hop<'h>(hops: &'h [Value], name: &str) -> &'h Value {
    let found = hops.iter().find(|hop| hop["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not told: {hops:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_goes_through_two_functions_and_is_told() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let _nsqd = Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
    let (addr, told) = collector();
    let exporting = export(&format!("http://{addr}"), "shop", 1.0).unwrap();

    let stock = async |ctx: Context, _: HttpRequest| {
        let trace = ctx.trace().map_or_else(String::new, |trace: Trace| {
            format!("{} {}", trace.trace_id(), trace.tracestate())
        });
        Ok(HttpResponse::text(trace))
    };
    let stock = Function::start(config(&lookupd, "stock"), stock)
        .await
        .unwrap();
    let client = Client::connect(config(&lookupd, "")).await.unwrap();
    let orders = move |_: Context, request: HttpRequest| {
        let client = client.clone();
        async move {
            client.ready().await;
            // It says nothing of a trace.
            let reply = client.call("stock", request, CallOptions::new()).await;
            Ok(reply.and_then(|reply| reply.into_http()).unwrap())
        }
    };
    let orders = Function::start(config(&lookupd, "orders"), orders)
        .await
        .unwrap();
    stock.ready().await;
    orders.ready().await;

    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.yaml");
    std::fs::write(
        &routes,
        "routes: {/orders/: {topic: orders, timeout: 20s}}\n",
    )
    .unwrap();
    let routes = kubefuncs_gateway::Config::load(&routes).unwrap();
    let backend = Client::connect(config(&lookupd, "")).await.unwrap();
    backend.ready().await;
    let main = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = main.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(Gateway::new(routes, backend).run(main, admin, async {
        let _ = stopped.await;
    }));

    let parent = format!("00-{TRACE}-{CALLER}-01");
    let ask = move || {
        let headers = [("traceparent", parent.as_str()), ("tracestate", "us=1")];
        http::request(gateway, "GET", "/orders/7", &headers, b"").unwrap()
    };
    let answer = tokio::task::spawn_blocking(ask).await.unwrap();
    assert_eq!(
        (answer.status, answer.text()),
        (200, format!("{TRACE} us=1"))
    );

    stop.send(()).unwrap();
    running.await.unwrap();
    exporting.end().await;
    let deadline = Instant::now() + LIMIT;
    let mut hops = Vec::new();
    while hops.len() < 5 {
        let left = deadline.saturating_duration_since(Instant::now());
        hops.push(told.recv_timeout(left).expect("five hops"));
    }
    let way = [
        ("GET", 2),
        ("call orders", 3),
        ("handle orders", 5),
        ("call stock", 3),
        ("handle stock", 5),
    ];
    let mut before = CALLER.to_owned();
    for (name, kind) in way {
        let hop = hop(&hops, name);
        assert_eq!(hop["traceId"], TRACE, "{name}");
        assert_eq!(hop["parentSpanId"], before.as_str(), "{name}");
        assert_eq!(hop["traceState"], "us=1", "{name}");
        assert_eq!(hop["kind"], kind, "{name}");
        assert!(hop.get("status").is_none(), "{name}: {hop}");
        before = hop["spanId"].as_str().unwrap().to_owned();
        assert!(before.len() == 16 && before != CALLER, "{before}");
    }
}
