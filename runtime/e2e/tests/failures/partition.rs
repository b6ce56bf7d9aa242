//! Networks that are silent or cut, through a proxy that nsqd announces instead of itself.

use std::time::Duration;

use kubefuncs::CallErrorKind;
use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Discovery, Topic};
use kubefuncs_testkit::{Link, Nsqd, NsqdOptions, Nsqlookupd, Proxy, http, require_nsq};

use crate::support::*;

/// An nsqd that is reached through a proxy only, by whoever asks nsqlookupd.
fn behind_a_proxy(lookupd: &Nsqlookupd) -> (Nsqd, Proxy) {
    let proxy = Proxy::start();
    let options = NsqdOptions::default().lookupd(lookupd);
    let nsqd = Nsqd::start(options.broadcast_port(proxy.addr().port()));
    proxy.forward_to(nsqd.tcp());
    (nsqd, proxy)
}

/// A caller that hears nothing from one of two brokers loses the calls it had there, and no others:
/// soon it asks the other broker only.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_broker_costs_only_its_own_calls() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let (silent, proxy) = behind_a_proxy(&lookupd);
    let heard = Nsqd::start(NsqdOptions::default().lookupd(&lookupd));
    let brokers = Brokers {
        lookupd,
        nsqds: vec![silent, heard],
    };
    let _function = Told::quick(brokers.config(&[]), "answer").await;
    let client = client(brokers.config(&[])).await;
    brokers.subscribed(1).await;
    for nsqd in &brokers.nsqds {
        until("the client is subscribed everywhere", || {
            reply_topics(nsqd).len() == 1
        })
        .await;
    }
    assert_eq!(call(&client, LIMIT).await.unwrap(), "answer");

    proxy.set(Link::Silent);
    let mut lost = 0;
    let mut row = 0;
    within("the silent broker is asked no more", async {
        while row < 20 {
            match call(&client, Duration::from_secs(2)).await {
                Ok(answer) => {
                    assert_eq!(answer, "answer");
                    row += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), CallErrorKind::Timeout, "{error}");
                    (lost, row) = (lost + 1, 0);
                }
            }
        }
    })
    .await;
    assert!(
        lost > 0,
        "calls go to both brokers, so one of them was silent"
    );

    proxy.set(Link::Open);
    within("both are used again", async {
        let before = figure(&brokers.nsqds[0], "test", "message_count");
        while figure(&brokers.nsqds[0], "test", "message_count") < before + 5 {
            let _ = call(&client, Duration::from_secs(2)).await;
        }
    })
    .await;
    brokers.drained().await;
    assert_eq!(client.pending(), 0);
}

/// A function that is cut off from the broker is replaced; when it speaks up again, the caller does
/// not hear it twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_cut_off_is_replaced_and_its_caller_hears_one_answer() {
    require_nsq!();
    let proxy = Proxy::start();
    let nsqd = Nsqd::start(NsqdOptions::default());
    proxy.forward_to(nsqd.tcp());
    let lost = Told::start(only(proxy.addr(), &[("KUBEFUNCS_TIMEOUT", "20s")]), "lost").await;
    let client = client(only(nsqd.tcp(), &[])).await;
    let calls = calls(&client, 5, LIMIT);
    until("all calls are being handled", || lost.runs() == 5).await;

    proxy.set(Link::Silent);
    let other = Told::quick(only(nsqd.tcp(), &[("KUBEFUNCS_TIMEOUT", "20s")]), "other").await;
    lost.gate.add_permits(5);
    for call in calls {
        assert_eq!(within("an answer", call).await.unwrap().unwrap(), "other");
    }
    assert_eq!((lost.runs(), other.runs()), (5, 5));
    // Its answers are on their way still, and come too late.
    proxy.set(Link::Open);
    until("the queue is empty", || left(&nsqd, "test") == 0).await;
    assert_eq!((client.pending(), other.runs()), (0, 5));
}

/// The reply topic is ephemeral: without a second connection, the loss of one would delete it with
/// all answers in it.
#[tokio::test(flavor = "multi_thread")]
async fn any_one_connection_of_a_caller_may_be_lost() {
    require_nsq!();
    let proxy = Proxy::start();
    let nsqd = Nsqd::start(NsqdOptions::default());
    proxy.forward_to(nsqd.tcp());
    let function = Told::start(only(nsqd.tcp(), &[("KUBEFUNCS_TIMEOUT", "30s")]), "answer").await;
    let client = client(only(proxy.addr(), &[])).await;
    let subscribed = || {
        let topics = reply_topics(&nsqd);
        topics.len() == 1 && figure(&nsqd, &topics[0], "client_count") == 3
    };
    until("the client is subscribed three times", subscribed).await;
    let mut calm = (0, 0);
    until("nothing else connects", || {
        let connections = proxy.connections();
        calm = (
            connections,
            if connections == calm.0 { calm.1 + 1 } else { 0 },
        );
        calm.1 == 50
    })
    .await;
    for round in 1..=3 {
        let calls = calls(&client, 10, LIMIT);
        until("all calls are being handled", || {
            function.runs() == 10 * round
        })
        .await;
        let connections = proxy.connections();
        assert!(proxy.cut_one());
        function.gate.add_permits(10);
        for call in calls {
            assert_eq!(within("an answer", call).await.unwrap().unwrap(), "answer");
        }
        until("everything is as before", || {
            proxy.connections() == connections && subscribed()
        })
        .await;
    }
    assert_eq!(function.runs(), 30, "nothing ran twice");
    assert_eq!(client.pending(), 0);
}

/// nsqd gives up writing to a consumer that does not read for longer than a heartbeat, and does not
/// tell: the consumer has to notice, and everything comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_could_not_read_for_a_while_gets_every_message() {
    require_nsq!();
    let proxy = Proxy::start();
    let nsqd = Nsqd::start(NsqdOptions::default());
    proxy.forward_to(nsqd.tcp());
    let names = (Topic::new("test").unwrap(), Channel::new("c").unwrap());
    let mut config = ConsumerConfig::new(names.0, names.1);
    config.max_in_flight = 64;
    config.connection.heartbeat = Duration::from_secs(1);
    config.connection.msg_timeout = Some(Duration::from_secs(1));
    let consumer = Consumer::start(config, &Discovery::fixed([proxy.addr().into()]));
    let mut confirmed = consumer.confirmed();
    within("subscribed", confirmed.wait_for(|nodes| nodes.len() == 1))
        .await
        .unwrap();

    proxy.set(Link::Silent);
    // More than the sockets on the way hold, so that nsqd's write does not come to an end.
    let body = |number: u8| vec![number; 512 << 10];
    for number in 0..40 {
        let published = http::post(nsqd.http(), "/pub?topic=test", &body(number)).unwrap();
        assert_eq!(published.status, 200);
    }
    within(
        "the silence is noticed",
        confirmed.wait_for(|nodes| nodes.is_empty()),
    )
    .await
    .unwrap();
    proxy.set(Link::Open);

    let mut missing: Vec<u8> = (0..40).collect();
    within("every message", async {
        while !missing.is_empty() {
            let delivery = consumer.recv().await.unwrap();
            assert_eq!(delivery.body().len(), 512 << 10);
            missing.retain(|number| *number != delivery.body()[0]);
            drop(delivery.finish());
        }
    })
    .await;
    until("the queue is empty", || left(&nsqd, "test") == 0).await;
}
