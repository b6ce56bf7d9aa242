//! Answers to calls: a publish and a FIN that belong together.

use kubefuncs_nsq::{Consumer, ErrorCode, Limits, PublishErrorKind};
use kubefuncs_testkit::{Nsqd, NsqdOptions, require_nsq};

use crate::support::*;

/// A function and a caller on one node.
async fn both(nsqd: &Nsqd, limits: Limits) -> (Consumer, Consumer) {
    let mut requests = config("requests");
    requests.connection.limits = limits;
    requests.connection.msg_timeout = Some(SECOND);
    let mut replies = config("rpc-test#ephemeral");
    replies.connections_per_node = 2;
    replies.max_in_flight = 10;
    let discovery = fixed([nsqd]);
    (
        subscribed(requests, &discovery, 1).await,
        subscribed(replies, &discovery, 1).await,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_arrives_and_its_request_is_finished() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let (function, caller) = both(&nsqd, Limits::default()).await;
    let reply_topic = topic("rpc-test#ephemeral");

    for n in 0..20 {
        let (node, requests) = (at(&nsqd), topic("requests"));
        let request = caller.publish_on(&node, &requests, format!("{n}?").into());
        soon("OK", request).await.unwrap();
        let request = next(&function).await;
        let answer = text(request.body()).replace('?', "!");
        let publishing = request.answer(&reply_topic, answer.into()).unwrap();
        let reply = next(&caller).await;
        assert_eq!(text(reply.body()), format!("{n}!"));
        drop(reply.finish());
        soon("OK", publishing).await.unwrap();
    }
    until("finished", || {
        channel(&nsqd, "requests")["clients"][0]["finish_count"] == 20
    })
    .await;
    assert_eq!(figure(&nsqd, "requests", "in_flight_count"), 0);
    assert_eq!(figure(&nsqd, "requests", "timeout_count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_the_other_connection_finishes_after_its_ok() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let (function, caller) = both(&nsqd, Limits::default()).await;
    put(&nsqd, "requests", "?");
    let request = next(&function).await;
    let reply_topic = topic("rpc-test#ephemeral");
    soon("OK", request.answer_aside(&reply_topic, "!".into()))
        .await
        .unwrap();
    assert_eq!(text(next(&caller).await.body()), "!");
    until("finished", || {
        channel(&nsqd, "requests")["clients"][0]["finish_count"] == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_too_large_can_be_replaced_by_a_smaller_one() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    let (function, caller) = both(&nsqd, Limits::default()).await;
    let reply_topic = topic("rpc-test#ephemeral");
    put(&nsqd, "requests", "?");
    let request = next(&function).await;
    let refused = request
        .answer(&reply_topic, vec![7; 1_048_577].into())
        .unwrap_err();
    assert_eq!(refused.error.kind(), PublishErrorKind::Size);
    assert_eq!(function.running(), 1, "it is still ours");
    soon(
        "OK",
        refused
            .delivery
            .answer(&reply_topic, "too large".into())
            .unwrap(),
    )
    .await
    .unwrap();
    assert_eq!(text(next(&caller).await.body()), "too large");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nsqd_refuses_an_answer_the_request_is_not_finished_but_delivered_again() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default().arg("-max-msg-size=1000"));
    let (function, caller) = both(&nsqd, Limits::default()).await;
    let reply_topic = topic("rpc-test#ephemeral");
    put(&nsqd, "requests", "?");
    let request = next(&function).await;
    let answer = request.answer(&reply_topic, vec![7; 2000].into()).unwrap();
    let error = soon("outcome", answer).await.unwrap_err();
    assert_eq!(error.server_error().unwrap().code, ErrorCode::BadMessage);

    let again = next(&function).await;
    assert_eq!(again.attempts(), 2);
    soon("OK", again.answer(&reply_topic, "short".into()).unwrap())
        .await
        .unwrap();
    assert_eq!(text(next(&caller).await.body()), "short");
}
