//! What brokers that are well tell.

use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq, wait_until};

use crate::exposition::value;
use crate::support::{Consumer, Exporter, LIMIT, cluster, node, post, publish, through};

#[test]
fn an_empty_broker_is_up_and_has_no_topic() {
    require_nsq!();
    let (lookupd, [nsqd]) = cluster();
    let exporter = Exporter::start(&through(&lookupd));
    let page = exporter.until("nsq_up", &[("node", &node(&nsqd))], Some(1.0));
    assert_eq!(value(&page, "nsq_healthy", &[]), Some(1.0));
    assert_eq!(value(&page, "nsq_info", &[("version", "1.3.0")]), Some(1.0));
    assert_eq!(value(&page, "nsq_lookupd_up", &[]), Some(1.0));
    assert!(value(&page, "nsq_start_time_seconds", &[]).unwrap() > 1e9);
    assert!(!page.contains_key("nsq_topic_depth") && !page.contains_key("nsq_channel_depth"));
    assert!(
        value(
            &page,
            "nsq_exporter_scrape_duration_seconds",
            &[("result", "success")]
        )
        .unwrap()
            > 0.0
    );
}

#[test]
fn queues_are_told_by_broker_topic_and_channel() {
    require_nsq!();
    let (lookupd, [a, b]) = cluster();
    for nsqd in [&a, &b] {
        post(nsqd, "/topic/create?topic=orders", b"");
        post(nsqd, "/channel/create?topic=orders&channel=default", b"");
    }
    publish(&a, "orders", 5);
    post(&b, "/pub?topic=orders&defer=60000", b"later");
    post(&b, "/topic/create?topic=nobody", b"");
    publish(&b, "nobody", 2);
    post(&a, "/channel/pause?topic=orders&channel=default", b"");
    let exporter = Exporter::start(&through(&lookupd));
    let (at_a, at_b) = (node(&a), node(&b));
    let orders = |node| [("node", node), ("topic", "orders"), ("channel", "default")];
    let page = exporter.until("nsq_channel_depth", &orders(&at_a), Some(5.0));
    let of = |name, node| value(&page, name, &orders(node));
    assert_eq!(of("nsq_channel_message_count", &at_a), Some(5.0));
    assert_eq!(of("nsq_channel_paused", &at_a), Some(1.0));
    assert_eq!(of("nsq_channel_client_count", &at_a), Some(0.0));
    assert_eq!(of("nsq_channel_in_flight_count", &at_a), Some(0.0));
    assert_eq!(of("nsq_channel_depth", &at_b), Some(0.0));
    assert_eq!(of("nsq_channel_deferred_count", &at_b), Some(1.0));
    assert_eq!(of("nsq_channel_paused", &at_b), Some(0.0));
    let topic = |name| value(&page, name, &[("node", &at_b), ("topic", "nobody")]);
    assert_eq!(topic("nsq_topic_depth"), Some(2.0));
    assert_eq!(topic("nsq_topic_message_bytes"), Some(2.0));
    assert_eq!(topic("nsq_topic_channel_count"), Some(0.0));
    for name in ["nsq_topic_message_count", "nsq_channel_requeue_count"] {
        assert_eq!(page[name].kind, "counter", "{name}");
    }
    // Pausing starts no new series.
    post(&a, "/channel/unpause?topic=orders&channel=default", b"");
    let later = exporter.until("nsq_channel_paused", &orders(&at_a), Some(0.0));
    let series = |page: &crate::exposition::Page| page["nsq_channel_depth"].series.len();
    assert_eq!(series(&page), series(&later));
}

#[test]
fn latencies_are_in_seconds_where_they_are_measured() {
    require_nsq!();
    let nsqd =
        Nsqd::start(NsqdOptions::default().arg("-e2e-processing-latency-percentile=0.99,0.95"));
    let exporter = Exporter::start(&[format!("--nsqd={}", nsqd.http())]);
    publish(&nsqd, "orders", 1);
    post(&nsqd, "/channel/create?topic=orders&channel=default", b"");
    let page = exporter.until("nsq_channel_depth", &[], Some(1.0));
    assert!(
        !page.contains_key("nsq_channel_e2e_latency_99p"),
        "nothing was measured"
    );
    let mut consumer = Consumer::subscribe(&nsqd, "orders", "default");
    consumer.take_one();
    let measured = || exporter.page().contains_key("nsq_channel_e2e_latency_99p");
    wait_until(LIMIT, "it was measured", measured);
    let page = exporter.page();
    for name in ["99p", "95p"] {
        let seconds = value(&page, &format!("nsq_channel_e2e_latency_{name}"), &[]);
        assert!((0.0..60.0).contains(&seconds.unwrap()), "{seconds:?}");
    }
    for quantile in ["99", "95"] {
        let name = format!("nsq_topic_e2e_latency_{quantile}_percentile");
        assert!(value(&page, &name, &[]).is_some(), "{name}");
    }
    assert!(
        !page.contains_key("nsq_lookupd_up"),
        "no directory was named"
    );
}

#[test]
fn a_thousand_topics_are_told_whole() {
    require_nsq!();
    let (lookupd, [nsqd]) = cluster();
    for index in 0..1000 {
        post(&nsqd, &format!("/pub?topic=t{index}"), b"x");
    }
    let exporter = Exporter::start(&through(&lookupd));
    let page = exporter.until("nsq_topic_message_count", &[("topic", "t999")], Some(1.0));
    assert_eq!(page["nsq_topic_depth"].series.len(), 1000);
}

#[test]
fn ephemeral_names_are_one_and_what_they_count_never_falls() {
    require_nsq!();
    let (lookupd, [nsqd]) = cluster();
    let exporter = Exporter::start(&through(&lookupd));
    let replies = [("topic", "rpc-*#ephemeral")];
    let count = |wanted| {
        let page = exporter.until("nsq_topic_message_count", &replies, Some(wanted));
        let topics = page["nsq_topic_message_count"].series.iter();
        assert_eq!(topics.count(), 1, "one series for all of them");
    };
    for index in 0..20 {
        publish(&nsqd, &format!("rpc-host-{index}%23ephemeral"), 1);
    }
    count(20.0);
    // Gone, and with them what the broker counted.
    for index in 0..20 {
        post(
            &nsqd,
            &format!("/topic/delete?topic=rpc-host-{index}#ephemeral"),
            b"",
        );
    }
    exporter.until("nsq_topic_depth", &replies, Some(0.0));
    count(20.0);
    publish(&nsqd, "rpc-host-1%23ephemeral", 3);
    count(23.0);
    post(&nsqd, "/topic/create?topic=orders", b"");
    post(
        &nsqd,
        "/channel/create?topic=orders&channel=tail#ephemeral",
        b"",
    );
    exporter.until(
        "nsq_channel_depth",
        &[("topic", "orders"), ("channel", "*#ephemeral")],
        Some(0.0),
    );
}

#[test]
fn counters_go_on_when_a_broker_is_started_anew() {
    require_nsq!();
    let (lookupd, [mut nsqd]) = cluster();
    post(&nsqd, "/topic/create?topic=orders", b"");
    let exporter = Exporter::start(&through(&lookupd));
    publish(&nsqd, "orders", 7);
    exporter.until("nsq_topic_message_count", &[("topic", "orders")], Some(7.0));
    nsqd.restart();
    publish(&nsqd, "orders", 1);
    exporter.until("nsq_topic_message_count", &[("topic", "orders")], Some(8.0));
}
