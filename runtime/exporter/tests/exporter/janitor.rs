//! The janitor deletes what nobody reads, and nothing else.

use kubefuncs_testkit::{Nsqd, Nsqlookupd, http, require_nsq, wait_until};

use crate::exposition::value;
use crate::support::{Consumer, Exporter, LIMIT, cluster, publish, through};

fn has(nsqd: &Nsqd, topic: &str) -> bool {
    nsqd.stats("")
        .contains(&format!(r#""topic_name":"{topic}""#))
}

fn knows(lookupd: &Nsqlookupd, topic: &str) -> bool {
    http::get(lookupd.http(), "/topics")
        .unwrap()
        .text()
        .contains(&format!("\"{topic}\""))
}

fn deleted(exporter: &Exporter, from: &str) -> f64 {
    let name = "nsq_exporter_janitor_deleted_total";
    value(&exporter.page(), name, &[("from", from)]).unwrap()
}

#[test]
fn leaked_reply_topics_go_and_all_others_stay() {
    require_nsq!();
    let (lookupd, [nsqd, mut crashed]) = cluster();
    // A late answer makes the topic of a caller that is gone anew.
    publish(&nsqd, "rpc-gone-1%23ephemeral", 1);
    for topic in ["orders", "rpc-orders", "other%23ephemeral"] {
        publish(&nsqd, topic, 1);
    }
    let _reader = Consumer::subscribe(&nsqd, "rpc-alive-1#ephemeral", "default#ephemeral");
    // What a killed broker had stays in the directory.
    let _lost = Consumer::subscribe(&crashed, "rpc-lost-1#ephemeral", "default#ephemeral");
    wait_until(LIMIT, "it is registered", || {
        knows(&lookupd, "rpc-lost-1#ephemeral")
    });
    crashed.kill();
    let mut flags = through(&lookupd);
    flags.extend(["--janitor".to_owned(), "--janitor-rest=1s".to_owned()]);
    let exporter = Exporter::start(&flags);
    wait_until(LIMIT, "the leaked topic is gone", || {
        !has(&nsqd, "rpc-gone-1#ephemeral")
    });
    wait_until(LIMIT, "the leaked name is gone", || {
        !knows(&lookupd, "rpc-lost-1#ephemeral")
    });
    wait_until(LIMIT, "it is told", || deleted(&exporter, "nsqd") >= 1.0);
    for topic in [
        "orders",
        "rpc-orders",
        "other#ephemeral",
        "rpc-alive-1#ephemeral",
    ] {
        assert!(has(&nsqd, topic), "{topic} is gone");
    }
    assert!(knows(&lookupd, "rpc-alive-1#ephemeral"));
    assert_eq!(deleted(&exporter, "nsqd"), 1.0);
}

#[test]
fn without_the_flag_nothing_is_deleted() {
    require_nsq!();
    let (lookupd, [nsqd]) = cluster();
    publish(&nsqd, "rpc-gone-1%23ephemeral", 1);
    let mut flags = through(&lookupd);
    flags.push("--janitor-rest=1s".to_owned());
    let exporter = Exporter::start(&flags);
    // As many rounds as would have been enough.
    let rounds = || {
        value(
            &exporter.page(),
            "nsq_exporter_scrape_duration_seconds",
            &[("result", "success")],
        )
    };
    wait_until(LIMIT, "rounds", || rounds().unwrap() > 25.0);
    assert!(has(&nsqd, "rpc-gone-1#ephemeral"));
    assert!(
        !exporter
            .page()
            .contains_key("nsq_exporter_janitor_deleted_total")
    );
}
