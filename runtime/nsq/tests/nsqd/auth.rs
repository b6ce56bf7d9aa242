//! AUTH: who may do what, told by types, and tried again as permissions change.

use kubefuncs_nsq::{
    AuthSecret, Channel, Connection, ConnectionConfig, Consumer, ConsumerConfig, Discovery,
    ErrorCode, ErrorKind, LookupConfig, Producer, ProducerConfig, PublishError, PublishErrorKind,
    Topic,
};
use kubefuncs_testkit::{AuthServer, Nsqd, NsqdOptions, Nsqlookupd, require_nsq};

use crate::support::*;

const BOTH: &[&str] = &["publish", "subscribe"];

fn secret(secret: &'static str) -> ConnectionConfig {
    ConnectionConfig {
        auth: Some(AuthSecret::new(secret)),
        ..ConnectionConfig::default()
    }
}

fn guarded() -> (AuthServer, Nsqd) {
    let auth = AuthServer::start();
    let nsqd = Nsqd::start(NsqdOptions::default().auth(&auth));
    (auth, nsqd)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_permitted_is_refused_by_name_and_the_rest_goes_on() {
    require_nsq!();
    let (auth, nsqd) = guarded();
    auth.permit("publisher", "^mine$", &["publish"], 60);
    let producer = producer(&nsqd, "publisher").await;
    publish(&producer, "mine").await.unwrap();
    let error = publish(&producer, "theirs").await.unwrap_err();
    assert_eq!(error.kind(), PublishErrorKind::Rejected);
    assert_eq!(error.server_error().unwrap().code, ErrorCode::Unauthorized);
    // nsqd has closed the connection over it; another one comes.
    while let Err(error) = publish(&producer, "mine").await {
        assert!(!error.may_be_stored(), "{error}");
        tokio::time::sleep(SECOND / 100).await;
    }

    let consumer = consumer_of(&nsqd, "publisher", "mine");
    let refused = || consumer.snapshot().iter().any(|node| node.failed == 1);
    until("subscribing is not permitted", refused).await;
    let mut confirmed = consumer.confirmed();
    assert!(confirmed.borrow().is_empty());
    auth.permit("publisher", "^mine$", BOTH, 60);
    soon("permitted", confirmed.wait_for(|nodes| !nodes.is_empty()))
        .await
        .unwrap();
}

async fn producer(nsqd: &Nsqd, who: &'static str) -> Producer {
    let mut config = ProducerConfig::default();
    config.connection = secret(who);
    let producer = Producer::start(config, &fixed([nsqd]));
    let mut ready = producer.ready();
    soon("connected", ready.wait_for(|ready| !ready.is_empty()))
        .await
        .unwrap();
    producer
}

async fn publish(producer: &Producer, to: &str) -> Result<(), PublishError> {
    soon("an outcome", producer.publish(&topic(to), "x".into())).await
}

fn consumer_of(nsqd: &Nsqd, who: &'static str, topic: &str) -> Consumer {
    let mut config = ConsumerConfig::new(Topic::new(topic).unwrap(), Channel::new("c").unwrap());
    config.connection = secret(who);
    Consumer::start(config, &fixed([nsqd]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_file_can_be_replaced() {
    require_nsq!();
    let (auth, nsqd) = guarded();
    auth.permit("new", ".*", BOTH, 60);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    assert!(AuthSecret::file(&file).is_err(), "there is no such file");
    std::fs::write(&file, "old\n").unwrap();
    let config = ConnectionConfig {
        auth: Some(AuthSecret::file(&file).unwrap()),
        ..ConnectionConfig::default()
    };
    let old = Connection::connect(&at(&nsqd), &config).await.unwrap_err();
    assert_eq!(old.server_error().unwrap().code, ErrorCode::AuthFailed);
    std::fs::write(&file, "new\n").unwrap();
    connect(&nsqd, &config).await;
    std::fs::write(&file, "\n").unwrap();
    let empty = Connection::connect(&at(&nsqd), &config).await.unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::Config);
    assert!(AuthSecret::file(&file).is_err(), "an empty secret is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stranger_that_a_lookupd_names_gets_the_secret() {
    require_nsq!();
    let auth = AuthServer::start();
    auth.permit("hunter2", ".*", BOTH, 60);
    let mut lookupd = Nsqlookupd::start();
    let nsqd = Nsqd::start(NsqdOptions::default().auth(&auth).lookupd(&lookupd));
    let mut lookup = LookupConfig::new([lookupd.http().into()]);
    let mut config = config("t");
    config.connection = secret("hunter2");

    let consumer = Consumer::start(config.clone(), &Discovery::lookupd(lookup.clone()));
    until("it has failed", || {
        consumer.snapshot().iter().any(|node| node.failed == 2)
    })
    .await;
    assert_eq!(auth.asked().len(), 0);
    drop(consumer);

    lookup.interval = SECOND / 10;
    lookup.allowed_hosts = Some("10.0.0.0/8, *.nsqd".parse().unwrap());
    let nobody = Discovery::lookupd(lookup.clone());
    let consumer = Consumer::start(config.clone(), &nobody);
    let asked = |lookupd: &mut Nsqlookupd| lookupd.process().stderr().matches("/nodes").count();
    let before = asked(&mut lookupd);
    until("asked twice more", || asked(&mut lookupd) >= before + 2).await;
    assert!(nobody.nodes().borrow().is_empty() && consumer.snapshot().is_empty());

    lookup.allowed_hosts = Some("127.0.0.0/8".parse().unwrap());
    let consumer = subscribed(config, &Discovery::lookupd(lookup), 1).await;
    put(&nsqd, "t", "x");
    next(&consumer).await;
}
