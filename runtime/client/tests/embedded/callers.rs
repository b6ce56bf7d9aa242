//! Which broker a call goes to, and what is said when one does not answer.

use std::time::Duration;

use futures_util::future::join_all;
use kubefuncs::{
    CallErrorKind, CallOptions, Client, Context, HttpRequest, HttpResponse, TopicState,
};
use kubefuncs_messages::{Event, Message};
use tokio::task::JoinHandle;

use super::brokers::{Brokers, LIMIT, Runs, connections, eventually, next, within};

fn get() -> HttpRequest {
    HttpRequest::new("GET".parse().unwrap(), "/")
}

type Calling = JoinHandle<Result<kubefuncs::Reply, kubefuncs::CallError>>;

fn spawn_call(client: &Client, options: CallOptions) -> Calling {
    let client = client.clone();
    tokio::spawn(async move { client.call("test", get(), options).await })
}

async fn told(client: &Client, what: &str, condition: impl Fn(&TopicState) -> bool) -> TopicState {
    let mut watch = client.watch("test").unwrap();
    let look = async {
        loop {
            let state = watch.next().await.unwrap();
            if condition(&state) {
                return state;
            }
        }
    };
    within(what, look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_may_be_repeated_survives_the_loss_of_its_broker_under_one_id() {
    let brokers = Brokers::start(2).await;
    let other = brokers.consumer("test", "default").await;
    let client = brokers.client(&[]).await;
    for idempotent in [false, true] {
        let options = CallOptions::new()
            .with_timeout(if idempotent {
                LIMIT
            } else {
                Duration::from_secs(2)
            })
            .with_idempotent(idempotent);
        let call = spawn_call(&client, options);
        let first = next(&other).await;
        let lost = (0..2)
            .find(|index| brokers.address(*index) == *first.node())
            .unwrap();
        let request = Event::decode(first.body().clone()).unwrap();
        brokers.0[lost].crash().await;
        if idempotent {
            let again = next(&other).await;
            assert_ne!(again.node(), first.node());
            let repeated = Event::decode(again.body().clone()).unwrap();
            assert_eq!(
                (&repeated.id, &repeated.r#return),
                (&request.id, &request.r#return)
            );
            assert!(repeated.budget_ms <= request.budget_ms);
            let reply = Event {
                id: repeated.id,
                ..Event::default()
            };
            let topic = kubefuncs::Topic::new(&repeated.r#return).unwrap();
            let node = again.node().clone();
            other
                .publish_on(&node, &topic, reply.encode_to_vec().into())
                .await
                .unwrap();
            within("the call ends", call).await.unwrap().unwrap();
            again.finish().await;
        } else {
            let error = within("the call ends", call).await.unwrap().unwrap_err();
            assert_eq!(error.kind(), CallErrorKind::Timeout);
            assert!(error.may_have_run());
        }
        drop(first);
        brokers.0[lost].restart().await.unwrap();
        let everywhere = || connections(client.metrics()) == 8;
        eventually("the broker is back", everywhere).await;
        let mut confirmed = other.confirmed();
        within(
            "the consumer is back",
            confirmed.wait_for(|nodes| nodes.len() == 2),
        )
        .await
        .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_confirmation_is_no_second_run_unless_it_may_be() {
    let (brokers, runs) = (Brokers::start(2).await, Runs::default());
    // Answers only once it is told, so that no answer makes the confirmation unimportant.
    let handler = runs.handler(|_: Context| async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(())
    });
    let _function = brokers.function(&[], handler).await;
    let client = brokers.client(&[]).await;
    for (idempotent, copies) in [(false, 1), (true, 2)] {
        let before = runs.seen().len();
        brokers.0[0].lose_publish_replies("test", 1);
        brokers.0[1].lose_publish_replies("test", u32::from(!idempotent));
        let options = CallOptions::new()
            .with_timeout(LIMIT)
            .with_idempotent(idempotent);
        // Which broker is the first is the client's to say; soon it is the one that loses its answer.
        let mut calls = 0;
        within("a call meets it", async {
            while calls == 0 || (idempotent && runs.seen().len() == before + calls) {
                client.call("test", get(), options.clone()).await.unwrap();
                calls += 1;
            }
        })
        .await;
        let ids = |runs: &Runs| {
            let runs = runs.seen();
            let ids = runs[before..].iter().map(|(id, _)| id.clone());
            let all = ids.collect::<Vec<_>>();
            (
                all.len(),
                all.into_iter()
                    .collect::<std::collections::BTreeSet<_>>()
                    .len(),
            )
        };
        eventually("all copies have run", || ids(&runs).0 >= calls + copies - 1).await;
        let expected = (calls + copies - 1, calls);
        assert_eq!(ids(&runs), expected, "a copy has the id of its first");
        eventually("both are back", || connections(client.metrics()) == 8).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_left_is_told_apart_from_what_may_have_run() {
    let brokers = Brokers::start(1).await;
    let client = brokers.client(&[]).await;
    brokers.0[0].pause();
    // More than sockets hold: some stay in the client's own queue.
    let calls = (0..60).map(|_| {
        let (client, request) = (client.clone(), get().with_body(vec![0; 1_000_000]));
        let options = CallOptions::new().with_timeout(Duration::from_secs(2));
        tokio::spawn(async move { client.call("test", request, options).await.unwrap_err() })
    });
    let mut kinds = std::collections::BTreeMap::<_, usize>::new();
    for call in calls.collect::<Vec<_>>() {
        let error = within("the call ends", call).await.unwrap();
        let (status, may_have_run) = (error.http_status(), error.may_have_run());
        assert_eq!(status == 504, may_have_run, "{error}");
        assert_eq!(
            status == 503,
            error.kind() == CallErrorKind::Unavailable,
            "{error}"
        );
        *kinds.entry(status).or_default() += 1;
    }
    assert!(kinds[&503] > 40 && kinds[&504] > 0, "{kinds:?}");
    brokers.0[0].resume();
    // What was taken back was never stored.
    let other = brokers.consumer("test", "default").await;
    for _ in 0..kinds[&504] {
        next(&other).await.finish().await;
    }
    brokers.publish(0, "test", b"end".to_vec()).await;
    assert_eq!(next(&other).await.body(), "end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_is_watched_and_calls_prefer_brokers_where_it_is_served() {
    let brokers = Brokers::start(2).await;
    let client = brokers.client(&[]).await;
    brokers.publish(0, "test", b"x".to_vec()).await;
    let state = told(&client, "it waits", |state| state.waiting() == 1).await;
    assert_eq!((state.is_served(), state.is_paused()), (Some(false), false));
    assert_eq!((state.nodes.len(), state.silent), (2, 0));

    // A function that reaches one broker only.
    let node = brokers.address(1).to_string();
    let (host, port) = node.rsplit_once(':').unwrap();
    let vars = [
        ("NSQ_NSQD_ADDR", host),
        ("NSQ_NSQD_PORT", port),
        ("HEALTHZ_ADDR", "127.0.0.1:0"),
    ];
    let config = kubefuncs::Config::from_vars(vars).unwrap();
    let function = kubefuncs::Function::start(config, |_: Context, _: HttpRequest| async {
        Ok(HttpResponse::text("pong"))
    });
    let function = function.await.unwrap();
    told(&client, "it is served", |state| {
        state.is_served() == Some(true)
    })
    .await;
    for _ in 0..6 {
        let options = CallOptions::new().with_timeout(LIMIT);
        client.call("test", get(), options).await.unwrap();
    }
    drop(function);
    told(&client, "nobody serves it", |state| {
        state.is_served() == Some(false)
    })
    .await;
    brokers.0[1].crash().await;
    told(&client, "one broker is left", |state| {
        state.nodes.len() == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_word_is_younger_than_the_question_and_one_is_for_all_who_ask() {
    let brokers = Brokers::start(2).await;
    let client = brokers.client(&[]).await;
    let watch = client.watch("test").unwrap();
    for _ in 0..5 {
        let consumer = brokers.consumer("test", "default").await;
        let state = within("the brokers answer", watch.fresh()).await.unwrap();
        assert_eq!(state.is_served(), Some(true), "{state:?}");
        drop(consumer);
        told(&client, "nobody serves it", |state| {
            state.is_served() == Some(false)
        })
        .await;
    }
    let begun = std::time::Instant::now();
    for _ in 0..6 {
        let asking = (0..100).map(|_| watch.fresh());
        let all = within("the brokers answer", futures_util::future::join_all(asking)).await;
        assert!(all.iter().all(Option::is_some));
    }
    // Six rounds at least, and between two of them there is some time.
    assert!(begun.elapsed() >= Duration::from_secs(1));
    client.close().await;
    assert_eq!(within("it is closed", watch.fresh()).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_is_not_known() {
    let brokers = Brokers::start(1).await;
    let node = brokers.address(0).to_string();
    let (host, port) = node.rsplit_once(':').unwrap();
    // A fixed broker's HTTP port is guessed, and here the guess is wrong.
    let vars = [("NSQ_NSQD_ADDR", host), ("NSQ_NSQD_PORT", port)];
    let client = Client::connect(kubefuncs::Config::from_vars(vars).unwrap())
        .await
        .unwrap();
    within("the client is ready", client.ready()).await;
    let state = told(&client, "an answer is missing", |state| state.silent == 1).await;
    assert_eq!((state.is_known(), state.is_served()), (false, None));
    let error = client.watch("no topic").unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Invalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_is_no_error_of_the_next_call() {
    let (brokers, runs) = (Brokers::start(1).await, Runs::default());
    let handler = runs.handler(|_: Context| async { Ok(()) });
    let _function = brokers.function(&[], handler).await;
    let client = brokers.client(&[]).await;
    // More often, and connections that never live for long come back later than a call waits for one.
    for _ in 0..3 {
        brokers.0[0].reset_connections();
        let options = CallOptions::new().with_timeout(LIMIT).with_idempotent(true);
        client.call("test", get(), options).await.unwrap();
        eventually("all is connected again", || {
            connections(client.metrics()) == 4
        })
        .await;
    }
}

/// Requests that are queued together go out as one command. When a broker fails half-way with it
/// nobody knows which of them it has, so they wait for their answer and are not sent again. From then
/// on it gets each by itself, and what it refuses goes to the other broker.
#[tokio::test]
async fn what_one_command_may_have_stored_is_not_sent_again_and_then_each_goes_by_itself() {
    let (brokers, runs) = (Brokers::start(2).await, Runs::default());
    let handler = runs.handler(|_: Context| async { Ok(()) });
    let _function = brokers.function(&[], handler).await;
    let client = brokers.client(&[]).await;
    let burst = || {
        let options = || CallOptions::new().with_timeout(Duration::from_secs(1));
        join_all((0..32).map(|_| client.call("test", get(), options())))
    };
    brokers.0[0].refuse_publishes("test", 1);
    let (answered, unknown): (Vec<_>, Vec<_>) = burst().await.into_iter().partition(Result::is_ok);
    assert_eq!((answered.len(), unknown.len()), (16, 16));
    let kinds = unknown.into_iter().map(|one| one.unwrap_err().kind());
    assert!(kinds.into_iter().all(|kind| kind == CallErrorKind::Timeout));
    assert_eq!(runs.seen().len(), 16);

    let again = || connections(client.metrics()) == 8;
    eventually("its connections are back", again).await;
    brokers.0[0].refuse_publishes("test", 1);
    assert!(burst().await.iter().all(Result::is_ok));
    assert_eq!(runs.seen().len(), 48);
}
