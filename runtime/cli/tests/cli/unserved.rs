//! Topics that nobody serves: said where it is certain, and only there.

use kubefuncs_testkit::{Nsqd, NsqdOptions, Port, http, require_nsq, wait_until};
use serde_json::{Value, json};

use crate::support::{Nsq, PATIENCE, Ran, directory, kubefuncs};

const NOBODY: &str = "nobody serves topic `nosuch`: no broker has a channel of it";

/// Makes a channel, and waits until nsqlookupd knows it.
fn serve(nsq: &Nsq, nsqd: &Nsqd, topic: &str) {
    for path in ["/topic/create?", "/channel/create?channel=shop&"] {
        http::post(nsqd.http(), &format!("{path}topic={topic}"), b"").unwrap();
    }
    wait_until(PATIENCE, "the directory knows the channel", || {
        let asked = format!("/channels?topic={topic}");
        let answer = http::get(nsq.lookupd.http(), &asked).unwrap();
        answer.text().contains("shop")
    });
}

#[test]
fn an_event_and_a_call_for_nobody_are_told_with_the_topics_that_are_served() {
    require_nsq!();
    let nsq = Nsq::start();
    let ran = nsq.run(&["emit", "nosuch", "hi"]);
    let expected = format!("kubefuncs: sent, but it waits: {NOBODY}\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert_eq!(ran.stderr, expected);

    serve(&nsq, &nsq.nsqd, "test");
    let ran = nsq.run(&["emit", "nosuch", "hi", "--json"]);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let names: Vec<_> = said.as_object().unwrap().keys().collect();
    assert_eq!(names, ["bytes", "id", "topic"]);
    let named = format!("{NOBODY}; topics that have one: `test`\n");
    assert!(ran.stderr.ends_with(&named), "{ran:?}");

    let ran = nsq.run(&["call", "nosuch", "--timeout", "600ms"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(124), ""), "{ran:?}");
    assert!(ran.stderr.contains("within the deadline"), "{ran:?}");
    assert!(ran.stderr.ends_with(&named), "{ran:?}");

    for other in ["a", "b", "c", "d", "e"] {
        serve(&nsq, &nsq.nsqd, other);
    }
    let ran = nsq.run(&["emit", "nosuch", "hi"]);
    assert_eq!(ran.stderr, expected, "six are too many to be a help");
}

#[test]
fn an_event_for_somebody_is_sent_without_a_word() {
    require_nsq!();
    let nsq = Nsq::start();
    let other = Nsqd::start(NsqdOptions::default().lookupd(&nsq.lookupd));
    serve(&nsq, &other, "orders");
    for topic in ["orders", "orders"] {
        let ran = nsq.run(&["emit", topic, "hi"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    }
}

#[test]
fn nothing_is_guessed_where_anybody_gives_no_answer() {
    require_nsq!();
    let nsq = Nsq::start();
    let nowhere = Port::reserve().to_string();
    let lookupds = format!("{},{nowhere}", nsq.lookupd.http());
    let nsqd = nsq.nsqd.tcp().to_string();
    for brokers in [["--lookupd", &lookupds], ["--nsqd", &nsqd]] {
        let args = [&["emit", "nosuch", "hi"], &brokers[..]].concat();
        let ran = Ran::of(kubefuncs(&args));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(!ran.stderr.contains("nobody serves"), "{ran:?}");
        let args = [&["call", "nosuch", "--timeout", "600ms"], &brokers[..]].concat();
        let ran = Ran::of(kubefuncs(&args));
        assert_eq!(ran.code, Some(124), "{ran:?}");
        assert!(
            ran.stderr.contains("it may have run, or nobody serves it"),
            "{ran:?}"
        );
    }
}

/// What a directory knows may be old: the brokers have the last word.
#[test]
fn each_broker_is_asked_before_anything_is_said() {
    require_nsq!();
    let nsq = Nsq::start();
    let (tcp, http) = (nsq.nsqd.tcp().port(), nsq.nsqd.http().port());
    let emit = |producers: &[(u16, u16)]| {
        let producers: Vec<_> = producers
            .iter()
            .map(|(tcp, http)| json!({"broadcast_address": "127.0.0.1", "tcp_port": tcp, "http_port": http}))
            .collect();
        let says = json!({"producers": producers, "channels": [], "topics": []});
        let directory = directory(says.to_string()).to_string();
        let ran = Ran::of(kubefuncs(&[
            "emit",
            "nosuch",
            "hi",
            "--lookupd",
            &directory,
        ]));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stderr.contains(NOBODY)
    };
    assert!(emit(&[(tcp, http)]));
    let silent = Port::reserve().addr().port();
    assert!(!emit(&[(tcp, http), (silent, silent)]));
    serve(&nsq, &nsq.nsqd, "nosuch");
    assert!(!emit(&[(tcp, http)]));
}
