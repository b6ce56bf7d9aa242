//! Which nodes there are, and that their coming and going loses nothing.

use std::time::Duration;

use kubefuncs_nsq::{
    Address, Backoff, Connection, ConnectionConfig, Discovery, ErrorCode, ErrorKind, LookupConfig,
    Rewrite,
};
use kubefuncs_testkit::{Nsqd, NsqdOptions, Nsqlookupd, require_nsq};

use crate::support::*;

fn lookup(lookupds: &[&Nsqlookupd]) -> Discovery {
    let mut config =
        LookupConfig::new(lookupds.iter().map(|lookupd| Address::from(lookupd.http())));
    config.interval = Duration::from_millis(300);
    config.timeout = SECOND;
    Discovery::lookupd(config)
}

fn quick() -> Backoff {
    Backoff {
        max: Duration::from_millis(300),
        ..Backoff::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_is_subscribed_though_none_knows_the_topic() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let nsqds: Vec<_> = (0..2)
        .map(|_| Nsqd::start(NsqdOptions::default().lookupd(&lookupd)))
        .collect();
    let mut config = config("new");
    config.max_in_flight = 2;
    let discovery = lookup(&[&lookupd]);
    let consumer = subscribed(config, &discovery, 2).await;
    for nsqd in &nsqds {
        assert_eq!(discovery.http(&at(nsqd)), Some(nsqd.http().into()));
        put(nsqd, "new", "x");
    }
    let mut from = [
        next(&consumer).await.node().clone(),
        next(&consumer).await.node().clone(),
    ];
    from.sort();
    let mut all: Vec<_> = nsqds.iter().map(at).collect();
    all.sort();
    assert_eq!(from[..], all);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_union_of_all_lookupds_counts_and_newcomers_are_found() {
    require_nsq!();
    let lookupds = [Nsqlookupd::start(), Nsqlookupd::start()];
    let first = Nsqd::start(NsqdOptions::default().lookupd(&lookupds[0]));
    let second = Nsqd::start(NsqdOptions::default().lookupd(&lookupds[1]));
    let consumer = subscribed(config("t"), &lookup(&[&lookupds[0], &lookupds[1]]), 2).await;

    let third = Nsqd::start(NsqdOptions::default().lookupd(&lookupds[0]));
    confirmed(&consumer, 3).await;
    for nsqd in [&first, &second, &third] {
        put(nsqd, "t", "x");
        drop(next(&consumer).await.finish());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookupd_that_dies_hangs_or_forgets_drops_no_connection() {
    require_nsq!();
    let mut lookupd = Nsqlookupd::start();
    let nsqd = Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
    let discovery = lookup(&[&lookupd]);
    let consumer = subscribed(config("t"), &discovery, 1).await;
    let connections = channel(&nsqd, "t")["clients"].clone();
    assert_eq!(connections.as_array().unwrap().len(), 1);

    // Each state lasts for several polls.
    for change in [
        Nsqlookupd::kill,
        Nsqlookupd::restart,
        Nsqlookupd::pause,
        Nsqlookupd::resume,
    ] {
        change(&mut lookupd);
        tokio::time::sleep(SECOND).await;
        assert_eq!(discovery.nodes().borrow().len(), 1);
        assert_eq!(consumer.confirmed().borrow().len(), 1);
        put(&nsqd, "t", "x");
        drop(next(&consumer).await.finish());
    }
    let same = channel(&nsqd, "t")["clients"][0]["remote_address"].clone();
    assert_eq!(
        same, connections[0]["remote_address"],
        "it never had to connect again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_found_though_the_lookupd_comes_last() {
    require_nsq!();
    let mut lookupd = Nsqlookupd::start();
    lookupd.stop();
    let nsqd = Nsqd::start(NsqdOptions::default().lookupd_tcp(lookupd.tcp()));
    let consumer = kubefuncs_nsq::Consumer::start(config("t"), &lookup(&[&lookupd]));
    lookupd.restart();
    confirmed(&consumer, 1).await;
    put(&nsqd, "t", "x");
    next(&consumer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_and_started_again_is_subscribed_again() {
    require_nsq!();
    let mut nsqd = Nsqd::start(NsqdOptions::default());
    let other = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.max_in_flight = 4;
    config.connections_per_node = 2;
    config.backoff = quick();
    let consumer = subscribed(config, &fixed([&nsqd, &other]), 2).await;

    nsqd.kill();
    confirmed(&consumer, 1).await;
    assert!(consumer.confirmed().borrow().contains(&at(&other)));
    until("all noticed", || consumer.publisher(&at(&nsqd)).is_none()).await;
    let gone = consumer
        .publish_on(&at(&nsqd), &topic("t"), "x".into())
        .await
        .unwrap_err();
    assert!(!gone.may_be_stored());
    put(&other, "t", "meanwhile");
    let meanwhile = next(&consumer).await;
    assert_eq!(text(meanwhile.body()), "meanwhile");
    drop(meanwhile.finish());

    nsqd.restart();
    confirmed(&consumer, 2).await;
    until("both connections", || windows(&nsqd, "t") == [1, 1]).await;
    put(&nsqd, "t", "after");
    assert_eq!(text(next(&consumer).await.body()), "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_topic_is_subscribed_anew() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let mut config = config("t");
    config.backoff = quick();
    let consumer = subscribed(config, &fixed([&nsqd]), 1).await;
    kubefuncs_testkit::http::post(nsqd.http(), "/topic/delete?topic=t", b"").unwrap();
    until("subscribed anew", || windows(&nsqd, "t") == [1]).await;
    put(&nsqd, "t", "x");
    next(&consumer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_is_refused_is_tried_again_until_there_is_room() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default().arg("-max-channel-consumers=1"));
    let mut config = config("t");
    config.backoff = quick();
    let first = subscribed(config.clone(), &fixed([&nsqd]), 1).await;
    let second = kubefuncs_nsq::Consumer::start(config, &fixed([&nsqd]));
    let mut known = second.confirmed();
    assert!(
        tokio::time::timeout(SECOND, known.changed()).await.is_err(),
        "there is no room"
    );
    first.close(SECOND).await;
    confirmed(&second, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_port_and_a_server_that_asks_for_more_are_named() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default().arg("-auth-http-address=127.0.0.1:1"));
    let defaults = ConnectionConfig::default();
    let http = Connection::connect(&nsqd.http().into(), &defaults)
        .await
        .unwrap_err();
    assert_eq!(http.kind(), ErrorKind::Protocol);
    assert!(http.to_string().contains("HTTP"), "{http}");

    let auth = Connection::connect(&at(&nsqd), &defaults)
        .await
        .unwrap_err();
    assert_eq!(auth.kind(), ErrorKind::Config);
    assert!(
        auth.to_string().contains("AUTH") && !auth.is_retryable(),
        "{auth}"
    );

    let odd = ConnectionConfig {
        msg_timeout: Some(Duration::from_millis(1)),
        ..defaults
    };
    let odd = Connection::connect(&at(&nsqd), &odd).await.unwrap_err();
    assert_eq!(odd.server_error().unwrap().code, ErrorCode::BadBody);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_address_that_leads_nowhere_is_rewritten() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let options = NsqdOptions::default().arg("-broadcast-address=nowhere.invalid");
    let nsqd = Nsqd::start(options.lookupd(&lookupd));
    let mut config = LookupConfig::new([lookupd.http().into()]);
    config.rewrite = Some(Rewrite::new(|node| {
        let known = node.host() == "nowhere.invalid";
        known.then(|| Address::new("127.0.0.1", node.port()))
    }));
    let discovery = Discovery::lookupd(config.clone());
    let consumer = subscribed(crate::support::config("t"), &discovery, 1).await;
    assert_eq!(discovery.http(&at(&nsqd)), Some(nsqd.http().into()));
    put(&nsqd, "t", "x");
    next(&consumer).await;

    config.rewrite = Some(Rewrite::new(|_| None));
    let nobody = Discovery::lookupd(config);
    let mut nodes = nobody.nodes();
    let none = tokio::time::timeout(SECOND, nodes.wait_for(|nodes| !nodes.is_empty()));
    assert!(none.await.is_err(), "left out");
}
