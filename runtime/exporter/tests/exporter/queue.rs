//! The number for autoscalers.

use kubefuncs_testkit::{http, require_nsq, wait_until};

use crate::support::{Exporter, LIMIT, cluster, post, publish, through};

#[test]
fn the_number_is_what_waits_runs_and_is_deferred() {
    require_nsq!();
    let (lookupd, [a, b]) = cluster();
    for nsqd in [&a, &b] {
        post(nsqd, "/topic/create?topic=orders", b"");
    }
    post(&a, "/channel/create?topic=orders&channel=default", b"");
    let exporter = Exporter::start(&through(&lookupd));
    let until = |wanted: &str| {
        wait_until(LIMIT, wanted, || {
            exporter.queue("orders", "default") == (200, wanted.to_owned())
        });
    };
    until(r#"{"value":0,"depth":0,"inFlight":0,"deferred":0,"paused":false,"nodes":2}"#);
    publish(&a, "orders", 3);
    post(&a, "/pub?topic=orders&defer=60000", b"later");
    // Nobody has the channel there yet: its first consumer gets what waits in the topic.
    publish(&b, "orders", 2);
    until(r#"{"value":6,"depth":5,"inFlight":0,"deferred":1,"paused":false,"nodes":2}"#);
    post(&a, "/channel/pause?topic=orders&channel=default", b"");
    until(r#"{"value":2,"depth":5,"inFlight":0,"deferred":1,"paused":true,"nodes":2}"#);
}

#[test]
fn what_is_not_known_is_said() {
    require_nsq!();
    let (lookupd, [_nsqd]) = cluster();
    let exporter = Exporter::start(&through(&lookupd));
    assert_eq!(exporter.queue("orders", "default").0, 404);
    for odd in [
        "",
        "?topic=a",
        "?topic=a&channel=",
        "?topic=a%20b&channel=c",
        "?topic=a&channel=c&topic=b",
    ] {
        let response = http::get(exporter.addr(), &format!("/queue{odd}")).unwrap();
        assert_eq!(response.status, 400, "{odd}: {}", response.text());
    }
}
