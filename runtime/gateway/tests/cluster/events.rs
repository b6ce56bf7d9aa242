//! Requests that nobody waits for, and topics that nobody serves.

use kubefuncs_testkit::http::{self, Response};
use kubefuncs_testkit::{require_nsq, wait_until};
use serde_json::Value;

use crate::cluster::{Cluster, LIMIT, Program, wait_served};

const ROUTES: &str = "{/test/: {topic: test, timeout: 1s}, /import/: {topic: test, async: true}}";

fn get(gateway: &Program, path: &str) -> Response {
    http::get(gateway.main(), path).unwrap()
}

fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Asks until the answer has this status and code; until then it is one of the others.
#[track_caller]
fn becomes(gateway: &Program, status: u16, code: &str, before: &[u16]) {
    wait_until(LIMIT, code, || {
        let answer = get(gateway, "/test/");
        let known = [before, &[status]].concat();
        assert!(known.contains(&answer.status), "{answer:?}");
        answer.status == status && (status == 200 || json(&answer)["code"] == code)
    });
}

#[test]
fn a_topic_without_function_is_told_after_one_deadline_and_until_it_has_one() {
    require_nsq!();
    let cluster = Cluster::start(ROUTES);
    let (gateway, mut function) = (cluster.gateway(), cluster.function());
    wait_served(&gateway, "/test/");
    function.leave();
    becomes(&gateway, 504, "timeout", &[]);
    becomes(&gateway, 503, "not_served", &[504]);
    assert!(get(&gateway, "/test/").header("retry-after").is_some());
    let _function = cluster.function();
    becomes(&gateway, 200, "", &[503, 504]);

    for nsqd in &cluster.nsqds {
        http::post(
            nsqd.http(),
            "/channel/pause?topic=test&channel=default",
            b"",
        )
        .unwrap();
    }
    becomes(&gateway, 503, "paused", &[200, 504]);
    for nsqd in &cluster.nsqds {
        http::post(
            nsqd.http(),
            "/channel/unpause?topic=test&channel=default",
            b"",
        )
        .unwrap();
    }
    becomes(&gateway, 200, "", &[503, 504]);
}

#[test]
fn what_nobody_waits_for_is_done_and_told_by_the_gateway_that_took_it() {
    require_nsq!();
    let cluster = Cluster::start(ROUTES);
    let (gateway, other, mut function) = (cluster.gateway(), cluster.gateway(), cluster.function());
    wait_served(&gateway, "/test/");
    function.leave();
    let taken = get(&gateway, "/import/");
    assert_eq!(taken.status, 202);
    let location = taken.header("location").unwrap().to_owned();
    assert_eq!(json(&get(&gateway, &location))["status"], "accepted");
    assert_eq!(get(&other, &location).status, 410);
    // It waits in the queue until there is somebody.
    let _function = cluster.function();
    wait_until(LIMIT, "it is done", || {
        json(&get(&gateway, &location))["status"] == "done"
    });
    let done = json(&get(&gateway, &location));
    assert_eq!(
        (&done["httpStatus"], &done["attempts"]),
        (&200.into(), &1.into())
    );
}
