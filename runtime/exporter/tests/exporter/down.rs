//! Brokers and directories that do not answer.

use kubefuncs_testkit::{Nsqd, Nsqlookupd, require_nsq};

use crate::exposition::{Page, value};
use crate::support::{Exporter, cluster, node, post, publish, through};

/// A broker with something to tell.
fn busy() -> (Nsqlookupd, [Nsqd; 2], Exporter) {
    let (lookupd, nsqds) = cluster();
    for nsqd in &nsqds {
        post(nsqd, "/topic/create?topic=orders", b"");
        post(nsqd, "/channel/create?topic=orders&channel=default", b"");
        publish(nsqd, "orders", 3);
    }
    let exporter = Exporter::start(&through(&lookupd));
    for nsqd in &nsqds {
        exporter.until("nsq_channel_depth", &[("node", &node(nsqd))], Some(3.0));
    }
    (lookupd, nsqds, exporter)
}

/// It is told to be down, and nothing else is told of it.
fn told_down(page: &Page, nsqd: &Nsqd) {
    let node = node(nsqd);
    for (name, family) in page {
        let mut series = family.series.iter();
        let named = series.any(|(labels, _)| labels.get("node") == Some(&node));
        assert_eq!(named, name == "nsq_up", "{name} of a broker that is down");
    }
}

#[test]
fn a_killed_broker_is_down_and_never_empty() {
    require_nsq!();
    let (lookupd, [a, mut b], exporter) = busy();
    b.kill();
    let page = exporter.until("nsq_up", &[("node", &node(&b))], Some(0.0));
    told_down(&page, &b);
    assert_eq!(
        value(&page, "nsq_channel_depth", &[]),
        Some(3.0),
        "the other goes on"
    );
    assert!(
        value(
            &page,
            "nsq_exporter_scrape_duration_seconds",
            &[("result", "error")]
        )
        .unwrap()
            > 0.0
    );
    // The directory has dropped it by now; it is remembered all the same.
    kubefuncs_testkit::wait_until(crate::support::LIMIT, "dropped", || !lookupd.knows(b.tcp()));
    told_down(&exporter.page(), &b);
    let (status, why) = exporter.queue("orders", "default");
    assert_eq!(status, 503);
    assert!(why.contains(&node(&b)), "{why}");
    b.restart();
    let page = exporter.until("nsq_up", &[("node", &node(&b))], Some(1.0));
    assert_eq!(value(&page, "nsq_up", &[("node", &node(&a))]), Some(1.0));
}

#[test]
fn a_broker_that_hangs_is_down_and_holds_nobody_up() {
    require_nsq!();
    let (_lookupd, [a, mut b], exporter) = busy();
    b.pause();
    let page = exporter.until("nsq_up", &[("node", &node(&b))], Some(0.0));
    told_down(&page, &b);
    publish(&a, "orders", 1);
    exporter.until("nsq_channel_depth", &[("node", &node(&a))], Some(4.0));
    assert_eq!(exporter.queue("orders", "default").0, 503);
    b.resume();
    exporter.until("nsq_up", &[("node", &node(&b))], Some(1.0));
    kubefuncs_testkit::wait_until(crate::support::LIMIT, "the sum is known again", || {
        exporter.queue("orders", "default").0 == 200
    });
}

#[test]
fn a_directory_that_hangs_hides_no_broker() {
    require_nsq!();
    let (mut lookupd, [a, b], exporter) = busy();
    lookupd.pause();
    let page = exporter.until("nsq_lookupd_up", &[], Some(0.0));
    for nsqd in [&a, &b] {
        assert_eq!(value(&page, "nsq_up", &[("node", &node(nsqd))]), Some(1.0));
    }
    assert_eq!(
        exporter.queue("orders", "default").0,
        200,
        "all are known still"
    );
    // It comes back having forgotten everybody.
    lookupd.restart();
    let page = exporter.until("nsq_lookupd_up", &[], Some(1.0));
    assert_eq!(value(&page, "nsq_up", &[("node", &node(&a))]), Some(1.0));
}

#[test]
fn without_any_directory_nothing_is_known() {
    require_nsq!();
    let nowhere = kubefuncs_testkit::Port::reserve();
    let exporter = Exporter::start(&[format!("--lookupd={nowhere}")]);
    let page = exporter.page();
    assert_eq!(value(&page, "nsq_lookupd_up", &[]), Some(0.0));
    assert!(!page.contains_key("nsq_up"));
    assert_eq!(exporter.queue("orders", "default").0, 503);
}

#[test]
fn a_broker_that_a_flag_names_is_told_before_it_was_ever_there() {
    require_nsq!();
    let nowhere = kubefuncs_testkit::Port::reserve();
    let exporter = Exporter::start(&[format!("--nsqd={nowhere}")]);
    assert_eq!(value(&exporter.page(), "nsq_up", &[]), Some(0.0));
    assert_eq!(exporter.queue("orders", "default").0, 503);
}
