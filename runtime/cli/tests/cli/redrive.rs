//! Dead letters of the real library, put back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use kubefuncs::messages::{Event, Message};
use kubefuncs::{Config, Context, Failure, Function, Raw, dead_letter};
use kubefuncs_testkit::{Nsqd, NsqdOptions, http, require_nsq, wait_until};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::support::{Nsq, PATIENCE};

/// What a function was given.
type Given = (String, Bytes, Option<String>);

/// A function that gives up until it is told otherwise.
struct Shop {
    function: Function,
    heals: Arc<AtomicBool>,
    given: mpsc::UnboundedReceiver<Given>,
}

impl Nsq {
    async fn shop(&self, channel: &str, payload: &str) -> Shop {
        let mut vars = self.vars();
        for (name, value) in [
            ("TOPIC", "orders"),
            ("CHANNEL", channel),
            ("HEALTHZ_ADDR", "127.0.0.1:0"),
            ("KUBEFUNCS_DEAD_LETTER", "true"),
            ("KUBEFUNCS_PAYLOAD", payload),
        ] {
            vars.push((name.to_owned(), value.to_owned()));
        }
        let heals = Arc::new(AtomicBool::new(false));
        let (given_in, given) = mpsc::unbounded_channel();
        let well = heals.clone();
        let handler = move |context: Context, payload: Raw| {
            let given = given_in.clone();
            let well = well.load(Ordering::SeqCst);
            async move {
                if !well {
                    return Err(Failure::dead_letter("out of\u{1b}[2J stock").with_code("stock"));
                }
                let kept = context.metadata().get("kept").cloned();
                let _ = given.send((context.event_id().to_owned(), payload.bytes, kept));
                Ok(())
            }
        };
        let config = Config::from_vars(vars).unwrap();
        let function = Function::start(config, handler).await.unwrap();
        tokio::time::timeout(PATIENCE, function.ready())
            .await
            .unwrap();
        Shop {
            function,
            heals,
            given,
        }
    }

    fn letters(&self, topic: &str) -> u64 {
        let stats: Value =
            serde_json::from_str(&self.nsqd.stats(&format!("topic={topic}"))).unwrap();
        let channel = &stats["topics"][0]["channels"][0];
        channel["depth"].as_u64().unwrap_or(0)
    }

    fn await_letters(&self, topic: &str, count: u64) {
        wait_until(PATIENCE, "the letters are there", || {
            self.letters(topic) == count
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_are_shown_then_put_back_for_the_channel_that_gave_them_up() {
    require_nsq!();
    let nsq = Nsq::start();
    let mut shop = nsq.shop("shop", "event").await;
    let mut other = nsq.shop("other", "event").await;
    other.heals.store(true, Ordering::SeqCst);
    for body in ["1", "2", "3"] {
        let ran = nsq.run(&["emit", "orders", body, "--metadata", "kept=yes"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(other.given.recv().await.unwrap().1, body);
    }
    nsq.await_letters("orders.shop.dead", 3);

    let ran = nsq.run(&["redrive", "orders.shop.dead", "--dry-run"]);
    assert_eq!(
        (ran.code, ran.stdout.lines().count()),
        (Some(0), 3),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("orders (shop) stock: out of\\u{1b}[2J stock"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("3 of 3 would be put back"), "{ran:?}");
    nsq.await_letters("orders.shop.dead", 3);

    shop.heals.store(true, Ordering::SeqCst);
    let ran = nsq.run(&["redrive", "orders.shop.dead", "--max", "1", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    let (id, body, kept) = shop.given.recv().await.unwrap();
    assert_eq!(
        (&line["id"], &line["channel"]),
        (&id.into(), &"shop".into())
    );
    assert_eq!(
        (&line["code"], &line["topic"]),
        (&"stock".into(), &"orders".into())
    );
    assert_eq!(kept.as_deref(), Some("yes"));

    let ran = nsq.run(&["redrive", "orders.shop.dead"]);
    assert!(ran.stderr.contains("2 of 2 put back"), "{ran:?}");
    let mut bodies = vec![body, shop.given.recv().await.unwrap().1];
    bodies.push(shop.given.recv().await.unwrap().1);
    bodies.sort();
    assert_eq!(bodies, ["1", "2", "3"]);
    nsq.await_letters("orders.shop.dead", 0);
    shop.function.drain().await;
    other.function.drain().await;
    assert!(
        other.given.recv().await.is_none(),
        "the other channel got none of them again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_whose_caller_is_gone_answers_nobody() {
    require_nsq!();
    let nsq = Nsq::start();
    let mut shop = nsq.shop("shop", "event").await;
    let asked = Event {
        id: "asked".to_owned(),
        topic: "orders".to_owned(),
        r#return: "not-for-answers".to_owned(),
        budget_ms: 1,
        notify: "somebody".to_owned(),
        ..Event::default()
    };
    http::post(nsq.nsqd.http(), "/pub?topic=orders", &asked.encode_to_vec()).unwrap();
    nsq.await_letters("orders.shop.dead", 1);
    shop.heals.store(true, Ordering::SeqCst);
    let ran = nsq.run(&["redrive", "orders.shop.dead"]);
    assert!(ran.stderr.contains("1 of 1 put back"), "{ran:?}");
    assert_eq!(shop.given.recv().await.unwrap().0, "asked");
    shop.function.drain().await;
    assert!(!nsq.nsqd.stats("").contains("not-for-answers"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_raw_body_comes_back_byte_by_byte() {
    require_nsq!();
    let nsq = Nsq::start();
    let mut shop = nsq.shop("shop", "raw").await;
    let ran = nsq.run(&["emit", "orders", "--raw", "--", "-bytes-"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    nsq.await_letters("orders.shop.dead", 1);
    shop.heals.store(true, Ordering::SeqCst);
    let ran = nsq.run(&["redrive", "orders.shop.dead"]);
    assert!(ran.stdout.contains("every channel"), "{ran:?}");
    assert_eq!(shop.given.recv().await.unwrap().1, "-bytes-");
    shop.function.drain().await;
}

/// Each broker gets a share of what may be in flight; none may hold back a letter for that.
#[test]
fn letters_are_all_shown_wherever_they_are() {
    require_nsq!();
    let nsq = Nsq::start();
    let other = Nsqd::start(NsqdOptions::default().lookupd(&nsq.lookupd));
    for (nsqd, letters) in [(&nsq.nsqd, 5), (&other, 0)] {
        let post = |path: &str, body: &[u8]| http::post(nsqd.http(), path, body).unwrap();
        post("/topic/create?topic=dead", b"");
        post("/channel/create?topic=dead&channel=default", b"");
        for number in 0..letters {
            let mut letter = Event {
                id: number.to_string(),
                ..Event::default()
            };
            let topic = (dead_letter::TOPIC.to_owned(), "orders".to_owned());
            letter.metadata.extend([topic]);
            post("/pub?topic=dead", &letter.encode_to_vec());
        }
    }
    let ran = nsq.run(&["redrive", "dead", "--dry-run"]);
    assert_eq!(ran.stdout.lines().count(), 5, "{ran:?}");
    let mut both = [nsq.nsqd.tcp(), other.tcp()];
    both.sort();
    let named = format!("5 letters on nsqd {}, {}", both[0], both[1]);
    assert!(ran.stderr.contains(&named), "{ran:?}");
    assert!(ran.stderr.contains("5 of 5 would be put back"), "{ran:?}");
}

#[test]
fn what_is_no_letter_stays_where_it_is() {
    require_nsq!();
    let nsq = Nsq::start();
    let ran = nsq.run(&["redrive", "orders.shop.dead"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("no broker has a channel `default`"),
        "{ran:?}"
    );

    let post = |path: &str, body: &[u8]| http::post(nsq.nsqd.http(), path, body).unwrap();
    post("/topic/create?topic=mine", b"");
    post("/channel/create?topic=mine&channel=default", b"");
    let ran = nsq.run(&["redrive", "mine"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("0 of 0 put back"), "{ran:?}");

    post("/pub?topic=mine", b"\xffno event");
    post("/pub?topic=mine", &Event::default().encode_to_vec());
    let foreign = Event {
        id: "an event, and no letter".to_owned(),
        ..Event::default()
    };
    post("/pub?topic=mine", &foreign.encode_to_vec());
    // An empty message, which the event without a field is, nsqd does not take.
    nsq.await_letters("mine", 2);
    let ran = nsq.run(&["redrive", "mine", "--timeout", "500ms"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stderr.contains("is no dead letter"), "{ran:?}");
    nsq.await_letters("mine", 2);
}
