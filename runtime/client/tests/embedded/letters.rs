//! What is given up is kept, once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kubefuncs::{
    CallErrorKind, CallOptions, Context, Failure, HttpRequest, HttpResponse, dead_letter,
};
use kubefuncs_messages::{Event, Message};
use tokio::sync::Semaphore;

use super::brokers::{Brokers, Runs, ended, event, eventually, next, next_event};

const QUICK: [(&str, &str); 4] = [
    ("KUBEFUNCS_BACKOFF_MIN", "1ms"),
    ("KUBEFUNCS_BACKOFF_MAX", "2ms"),
    ("KUBEFUNCS_ATTEMPTS", "3"),
    ("KUBEFUNCS_DEAD_LETTER", "true"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_never_succeeds_is_kept_once_while_others_flow() {
    let (brokers, runs) = (Brokers::start(2).await, Runs::default());
    let handler = runs.handler(|context: Context| async move {
        match context.event_id() {
            "poison" => Err(Failure::retry("no stock").with_code("stock")),
            _ => Ok(()),
        }
    });
    let function = brokers.function(&QUICK, handler).await;
    brokers
        .publish(1, "test", event("poison").encode_to_vec())
        .await;
    for number in 0..20 {
        brokers
            .publish(number % 2, "test", event("fine").encode_to_vec())
            .await;
    }
    eventually("all is dealt with", || {
        (ended(&function, "done"), ended(&function, "dead")) == (20.0, 1.0)
    })
    .await;
    let poison = runs.seen().into_iter().filter(|(id, _)| id == "poison");
    assert_eq!(
        poison.map(|(_, attempt)| attempt).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(ended(&function, "failed"), 2.0);

    // Its durable channel was there first: who comes later finds it.
    let keeper = brokers
        .consumer("test.default.dead", dead_letter::CHANNEL)
        .await;
    let letter = next_event(&keeper).await;
    let said = |name: &str| letter.metadata.get(name).map(String::as_str);
    assert_eq!(letter.id, "poison");
    assert_eq!(said(dead_letter::REASON), Some("no stock"));
    assert_eq!(said(dead_letter::CODE), Some("stock"));
    assert_eq!(said(dead_letter::TOPIC), Some("test"));
    assert_eq!(said(dead_letter::ORIGIN_CHANNEL), Some("default"));
    assert_eq!(said(dead_letter::ATTEMPTS), Some("3"));
    // Nothing else is there: what we send ourselves comes next.
    brokers
        .publish(1, "test.default.dead", b"end".to_vec())
        .await;
    assert_eq!(next(&keeper).await.body(), "end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_looks_on_first_does_not_take_the_letters() {
    let (brokers, runs) = (Brokers::start(1).await, Runs::default());
    let handler =
        runs.handler(|_: Context| async { Err::<(), _>(Failure::dead_letter("look at it")) });
    let function = brokers.function(&QUICK, handler).await;
    brokers.publish(0, "test", event("1").encode_to_vec()).await;
    eventually("it is given up", || ended(&function, "dead") == 1.0).await;
    assert_eq!(runs.seen(), [("1".to_owned(), 1)]);
    let onlooker = brokers
        .consumer("test.default.dead", "tail#ephemeral")
        .await;
    brokers
        .publish(0, "test.default.dead", b"later".to_vec())
        .await;
    assert_eq!(next(&onlooker).await.body(), "later");
    let keeper = brokers
        .consumer("test.default.dead", dead_letter::CHANNEL)
        .await;
    assert_eq!(next_event(&keeper).await.id, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_rejected_is_dropped_and_what_is_no_event_is_kept_as_it_is() {
    let (brokers, runs) = (Brokers::start(1).await, Runs::default());
    let handler = runs.handler(|_: Context| async { Err::<(), _>(Failure::reject("never")) });
    let vars = [&QUICK[..3], &[("KUBEFUNCS_DEAD_LETTER", "lost")]].concat();
    let function = brokers.function(&vars, handler).await;
    brokers
        .publish(0, "test", event("rejected").encode_to_vec())
        .await;
    eventually("it is dropped", || ended(&function, "dead") == 1.0).await;
    brokers.publish(0, "test", vec![0xff, 0, 1]).await;
    let hostile = Event {
        r#return: "orders".into(),
        ..event("hostile")
    };
    brokers.publish(0, "test", hostile.encode_to_vec()).await;

    let keeper = brokers.consumer("lost", dead_letter::CHANNEL).await;
    let mut letters = [next_event(&keeper).await, next_event(&keeper).await];
    letters.sort_by(|a, b| a.id.cmp(&b.id));
    let code = |letter: &Event| letter.metadata[dead_letter::CODE].clone();
    assert_eq!(letters.each_ref().map(code), ["no-event", "return"]);
    assert_eq!(
        letters.each_ref().map(|letter| letter.id.as_str()),
        ["", "hostile"]
    );
    let revived = dead_letter::revive(letters[0].encode_to_vec().into()).unwrap();
    assert_eq!(revived.body, Bytes::from_static(&[0xff, 0, 1]));
    eventually("all is counted", || ended(&function, "dead") == 3.0).await;
    assert_eq!(
        runs.seen().len(),
        1,
        "only what was an event for us was run"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_refuses_a_letter_keeps_the_message_until_it_is_taken() {
    let (brokers, runs) = (Brokers::start(1).await, Runs::default());
    let gate = Arc::new(Semaphore::new(0));
    let handler = runs.handler({
        let gate = Arc::clone(&gate);
        move |_: Context| {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await?.forget();
                Err::<(), _>(Failure::dead_letter("look"))
            }
        }
    });
    let vars = [&QUICK[..], &[("KUBEFUNCS_TIMEOUT", "2s")]].concat();
    let function = brokers.function(&vars, handler).await;
    let keeper = brokers
        .consumer("test.default.dead", dead_letter::CHANNEL)
        .await;
    brokers.publish(0, "test", event("1").encode_to_vec()).await;
    eventually("it runs", || runs.seen().len() == 1).await;
    // A refused letter closes the connection, and the message comes again after the broker's
    // timeout of 1 s.
    brokers.0[0].refuse_publishes("test.default.dead", 2);
    gate.add_permits(10);
    assert_eq!(next_event(&keeper).await.id, "1");
    brokers
        .publish(0, "test.default.dead", b"end".to_vec())
        .await;
    assert_eq!(next(&keeper).await.body(), "end");
    assert_eq!(runs.seen().len(), 3);
    function.drain().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_is_told_and_the_letter_kept() {
    let brokers = Brokers::start(1).await;
    let _function = brokers
        .function(&QUICK, |_: Context, _: HttpRequest| async {
            Err::<HttpResponse, _>(Failure::dead_letter("look at it").with_code("odd"))
        })
        .await;
    let client = brokers.client(&[]).await;
    let options = CallOptions::new().with_timeout(Duration::from_secs(20));
    let request = HttpRequest::new("GET".parse().unwrap(), "/");
    let error = client.call("test", request, options).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (CallErrorKind::Function, "odd")
    );
    assert!(!error.is_retryable());
    let keeper = brokers
        .consumer("test.default.dead", dead_letter::CHANNEL)
        .await;
    let letter = next_event(&keeper).await;
    assert_eq!(letter.metadata[dead_letter::REASON], "look at it");
    // Put back, nobody is told: the caller has its answer.
    let revived = dead_letter::revive(letter.encode_to_vec().into()).unwrap();
    let revived = Event::decode(revived.body).unwrap();
    assert_eq!((revived.r#return.as_str(), revived.budget_ms), ("", 0));
    assert_eq!(revived.only_channel, "default");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_back_runs_on_its_channel_only() {
    let (brokers, ours, others) = (Brokers::start(1).await, Runs::default(), Runs::default());
    let ok = |_: Context| async { Ok(()) };
    let function = brokers.function(&[], ours.handler(ok)).await;
    let other = brokers
        .function(&[("CHANNEL", "audit")], others.handler(ok))
        .await;
    let letter = Event {
        metadata: [
            (dead_letter::TOPIC, "test"),
            (dead_letter::ORIGIN_CHANNEL, "default"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        ..event("again")
    };
    let revived = dead_letter::revive(letter.encode_to_vec().into()).unwrap();
    assert_eq!(revived.topic.as_deref(), Some("test"));
    brokers.publish(0, "test", revived.body.to_vec()).await;
    brokers
        .publish(0, "test", event("new").encode_to_vec())
        .await;
    eventually("both are run", || ended(&function, "done") == 2.0).await;
    eventually("the new one is run", || !others.seen().is_empty()).await;
    assert_eq!(others.seen(), [("new".to_owned(), 1)]);
    other.drain().await;
}
