//! A function that is back is found by the first who asks, and brokers are not asked by everybody.

use std::thread;
use std::time::Instant;

use kubefuncs_testkit::http::{self, Response};
use kubefuncs_testkit::{Nsqd, Proxy, require_nsq, wait_until};
use serde_json::Value;

use crate::cluster::{Cluster, LIMIT, Program};

fn get(gateway: &Program, path: &str) -> Response {
    http::get(gateway.main(), path).unwrap()
}

fn is_refused(answer: &Response) -> bool {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    answer.status == 503 && body["code"] == "not_served" && answer.header("retry-after").is_some()
}

/// A caller waits for its deadline, and after it nobody does.
#[track_caller]
fn give_up(gateway: &Program, path: &str) {
    wait_until(LIMIT, "callers are refused", || {
        let answer = get(gateway, path);
        assert!(answer.status == 504 || is_refused(&answer), "{answer:?}");
        answer.status == 503
    });
}

/// Whether a function has its subscription, by the word of the broker.
fn is_consumed(nsqd: &Nsqd, topic: &str) -> bool {
    let stats: Value = serde_json::from_str(&nsqd.stats(&format!("topic={topic}"))).unwrap();
    stats["topics"][0]["channels"][0]["client_count"]
        .as_u64()
        .is_some_and(|clients| clients > 0)
}

#[test]
fn the_first_who_asks_once_a_function_is_subscribed_is_answered() {
    require_nsq!();
    let topics: Vec<_> = (0..20).map(|number| format!("test-{number}")).collect();
    let routes = topics
        .iter()
        .map(|topic| format!("/{topic}/: {{topic: {topic}, timeout: 2s}}"));
    let routes: Vec<_> = routes.collect();
    let cluster = Cluster::start(&format!("{{{}}}", routes.join(", ")));
    let gateway = &cluster.gateway();
    thread::scope(|scope| {
        for topic in &topics {
            scope.spawn(move || give_up(gateway, &format!("/{topic}/")));
        }
    });
    for topic in &topics {
        let path = format!("/{topic}/");
        // The brokers have just said that there is nobody.
        assert!(is_refused(&get(gateway, &path)));
        let _function = cluster.beginning(topic);
        wait_until(LIMIT, "there is a subscription", || {
            cluster.nsqds.iter().any(|nsqd| is_consumed(nsqd, topic))
        });
        let answer = get(gateway, &path);
        assert_eq!((answer.status, answer.text().as_str()), (200, "pong\n"));
    }
}

#[test]
fn callers_who_are_refused_make_the_brokers_be_asked_but_not_each_of_them() {
    require_nsq!();
    // Where it leads is said below.
    let proxy = Proxy::recording(([127, 0, 0, 1], 9).into());
    let port = proxy.addr().port();
    let cluster = Cluster::start_with("{/test/: {topic: test, timeout: 1s}}", |options| {
        options.arg(format!("-broadcast-http-port={port}"))
    });
    proxy.forward_to(cluster.nsqds[0].http());
    let gateway = cluster.gateway();
    give_up(&gateway, "/test/");
    let asked = || {
        let sent = proxy.sent();
        let question = b"GET /stats";
        let found = sent
            .windows(question.len())
            .filter(|bytes| bytes == question);
        found.count()
    };
    let (before, begun) = (asked(), Instant::now());
    let flood = || {
        let mut refused = 0;
        while asked() < before + 8 {
            assert!(begun.elapsed() < LIMIT, "nobody asks");
            let answer = get(&gateway, "/test/");
            assert!(is_refused(&answer), "{answer:?}");
            refused += 1;
        }
        refused
    };
    let refused: u128 = thread::scope(|scope| {
        let callers: Vec<_> = (0..50).map(|_| scope.spawn(flood)).collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .sum()
    });
    let asked = (asked() - before) as u128;
    // One that had begun, the first, and then one in 200 ms.
    let most = 2 + begun.elapsed().as_millis() / 200;
    println!("{asked} times for {refused} callers, {most} at most");
    assert!(
        asked <= most && asked * 2 < refused,
        "{asked} times for {refused}"
    );
}
