//! Brokers that come later.

use kubefuncs::messages::{Event, Message};
use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Discovery, Topic};
use kubefuncs_testkit::{Nsqd, NsqdOptions, http, require_nsq};

use crate::support::*;

/// A function of the original answers by the nsqd it was configured with, which the caller may not
/// have known when it called.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_a_broker_that_joined_after_the_call_arrives() {
    require_nsq!();
    let brokers = Brokers::start(1);
    let names = (Topic::new("test").unwrap(), Channel::new("old").unwrap());
    let old = Consumer::start(
        ConsumerConfig::new(names.0, names.1),
        &Discovery::fixed([brokers.nsqds[0].tcp().into()]),
    );
    let client = client(brokers.config(&[])).await;
    let mut calls = calls(&client, 1, LIMIT);
    let request = within("the request", old.recv()).await.unwrap();

    let newcomer = Nsqd::start(NsqdOptions::default().lookupd(&brokers.lookupd));
    let asked = Event::decode(request.body().clone()).unwrap();
    let reply = Event {
        id: asked.id,
        topic: asked.r#return.clone(),
        payload: Some(raw("late but there").into()),
        ..Event::default()
    };
    let path = format!("/pub?topic={}", asked.r#return.replace('#', "%23"));
    let published = http::post(newcomer.http(), &path, &reply.encode_to_vec()).unwrap();
    assert_eq!(published.status, 200, "{}", published.text());
    drop(request.finish());
    let answer = within("the answer", calls.remove(0)).await.unwrap();
    assert_eq!(answer.unwrap(), "late but there");
}
