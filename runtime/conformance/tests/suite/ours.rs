//! Our own client, where it is the client that has to be careful: TLS with the right server or
//! none, secrets to nobody else, and permissions that come and go.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use kubefuncs_conformance::{PATIENCE, Server, Settings, TlsSettings, on_both};
use kubefuncs_nsq::{
    AuthSecret, Channel, Compression, Connection, ConnectionConfig, Consumer, ConsumerConfig,
    Discovery, Error, ErrorCode, ErrorKind, OutputBuffer, Producer, ProducerConfig, PublishError,
    PublishErrorKind, Tls, Topic,
};
use kubefuncs_testkit::{Ca, Proxy};

const BOTH: &[&str] = &["publish", "subscribe"];

/// A story that is told on an executor of its own.
fn on_both_async(settings: Settings, story: impl AsyncFn(&Server) + Sync) {
    on_both(settings, |server| {
        let executor = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        executor.unwrap().block_on(story(server));
    });
}

fn with_tls(tls: TlsSettings) -> Settings {
    Settings {
        tls: Some(tls),
        compression: true,
        ..Settings::default()
    }
}

fn over(tls: Tls) -> ConnectionConfig {
    ConnectionConfig {
        tls: Some(tls),
        ..ConnectionConfig::default()
    }
}

fn trusting(ca: &Ca) -> Tls {
    Tls::ca_file(ca.file()).unwrap()
}

fn secret(secret: &'static str) -> ConnectionConfig {
    ConnectionConfig {
        auth: Some(AuthSecret::new(secret)),
        ..ConnectionConfig::default()
    }
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("not within {PATIENCE:?}: {what}"),
    }
}

async fn connect(to: SocketAddr, config: &ConnectionConfig) -> Result<Connection, Error> {
    soon(
        "a connection or none",
        Connection::connect(&to.into(), config),
    )
    .await
}

async fn refused(to: SocketAddr, config: &ConnectionConfig) -> Error {
    connect(to, config).await.expect_err("no connection")
}

fn topic(name: &str) -> Topic {
    Topic::new(name).unwrap()
}

/// A connection that works.
async fn works(to: SocketAddr, config: &ConnectionConfig) -> Connection {
    let connection = connect(to, config).await.unwrap();
    let topic = topic("works");
    soon("OK", connection.publish(&topic, "x".into()))
        .await
        .unwrap();
    connection
}

#[test]
fn tls_is_spoken_with_the_right_server_only() {
    on_both_async(with_tls(TlsSettings::default()), async |server: &Server| {
        works(server.tcp(), &over(trusting(server.ca()))).await;
        let wrong = refused(server.tcp(), &over(trusting(&Ca::new()))).await;
        assert_eq!(wrong.kind(), ErrorKind::Tls);
        assert!(wrong.to_string().contains("UnknownIssuer"), "{wrong}");
        let public = refused(server.tcp(), &over(Tls::public_roots().unwrap())).await;
        assert_eq!(public.kind(), ErrorKind::Tls, "{public}");
    });
    let elsewhere = TlsSettings {
        host: "elsewhere.example",
        ..TlsSettings::default()
    };
    on_both_async(with_tls(elsewhere), async |server: &Server| {
        let wrong = refused(server.tcp(), &over(trusting(server.ca()))).await;
        assert_eq!(wrong.kind(), ErrorKind::Tls);
        assert!(wrong.to_string().contains("not valid for name"), "{wrong}");
        let named = trusting(server.ca()).server_name("elsewhere.example");
        works(server.tcp(), &over(named.unwrap())).await;
    });
}

#[test]
fn a_server_without_tls_learns_nothing() {
    on_both_async(Settings::guarded(), async |server: &Server| {
        let proxy = Proxy::recording(server.tcp());
        let config = ConnectionConfig {
            tls: Some(trusting(&Ca::new())),
            ..secret("hunter2")
        };
        let error = refused(proxy.addr(), &config).await;
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert!(error.to_string().contains("does not offer it"), "{error}");
        until("the proxy is through", || proxy.saw("IDENTIFY")).await;
        assert!(!proxy.saw("AUTH") && !proxy.saw("hunter2"));
        assert_eq!(server.auth().asked().len(), 0);
    });
}

#[test]
fn a_secret_and_messages_go_encrypted_to_a_server_that_wants_a_certificate() {
    let settings = Settings {
        auth: true,
        ..with_tls(TlsSettings::mutual())
    };
    on_both_async(settings, async |server: &Server| {
        server.auth().permit("hunter2", ".*", BOTH, 60);
        let showing = |of: &Ca| {
            let pair = of.issue(&["client"]);
            let tls = trusting(server.ca()).client_cert_files(pair.cert_file(), pair.key_file());
            ConnectionConfig {
                tls: Some(tls.unwrap()),
                ..secret("hunter2")
            }
        };
        let nothing = refused(server.tcp(), &over(trusting(server.ca()))).await;
        assert_eq!(nothing.kind(), ErrorKind::Tls, "{nothing}");
        let stranger = refused(server.tcp(), &showing(&Ca::new())).await;
        assert_eq!(stranger.kind(), ErrorKind::Tls, "{stranger}");
        let proxy = Proxy::recording(server.tcp());
        works(proxy.addr(), &showing(server.ca())).await;
        assert!(proxy.saw("IDENTIFY"), "the proxy keeps what it sees");
        assert!(!proxy.saw("hunter2") && !proxy.saw("AUTH") && !proxy.saw("PUB"));
        let asked = server.auth().asked();
        assert!(
            asked.iter().all(|query| query.contains("tls=true")),
            "{asked:?}"
        );
    });
}

#[test]
fn any_body_goes_compressed_over_tls() {
    let noise = |n: usize| (n.wrapping_mul(0x9e37_79b9) >> 13) as u8;
    on_both_async(with_tls(TlsSettings::default()), async |server: &Server| {
        for compression in [Compression::Snappy, Compression::Deflate { level: 6 }] {
            let mut config = ConsumerConfig::new(topic("t"), Channel::new("c").unwrap());
            config.connection = ConnectionConfig {
                compression,
                output_buffer: OutputBuffer::Sized {
                    bytes: 16_384,
                    flush_every: Duration::from_millis(25),
                },
                ..over(trusting(server.ca()))
            };
            let consumer = Consumer::start(config, &nodes(server));
            let mut subscribed = consumer.confirmed();
            let subscribing = subscribed.wait_for(|nodes| nodes.len() == 1);
            drop(soon("subscribed", subscribing).await.unwrap());
            for size in [1, 65_536, 1 << 20] {
                for body in [vec![b'a'; size], (0..size).map(noise).collect()] {
                    let (node, t) = (server.tcp().into(), topic("t"));
                    let publishing = consumer.publish_on(&node, &t, body.clone().into());
                    soon("OK", publishing).await.unwrap();
                    let delivery = soon("a message", consumer.recv()).await.unwrap();
                    assert!(delivery.body() == &body, "{compression:?}: {size} bytes");
                    drop(delivery.finish());
                }
            }
            consumer.close(Duration::from_secs(1)).await;
        }
    });
}

#[test]
fn without_the_right_secret_there_is_no_connection() {
    on_both_async(Settings::guarded(), async |server: &Server| {
        server.auth().permit("right", ".*", BOTH, 60);
        let none = refused(server.tcp(), &ConnectionConfig::default()).await;
        assert_eq!(none.kind(), ErrorKind::Config, "{none}");
        let wrong = refused(server.tcp(), &secret("wrong")).await;
        assert_eq!(wrong.kind(), ErrorKind::Refused);
        assert_eq!(wrong.server_error().unwrap().code, ErrorCode::AuthFailed);
        assert!(wrong.is_retryable() && !wrong.to_string().contains("wrong"));
        works(server.tcp(), &secret("right")).await;
        assert!(!format!("{:?}", secret("right")).contains("right"));
    });
}

#[test]
fn what_is_not_permitted_is_refused_by_name_and_the_rest_goes_on() {
    on_both_async(Settings::guarded(), async |server: &Server| {
        server.auth().permit("us", "^mine$", &["publish"], 60);
        let producer = producer(server, "us").await;
        publish(&producer, "mine").await.unwrap();
        let error = publish(&producer, "theirs").await.unwrap_err();
        assert_eq!(error.kind(), PublishErrorKind::Rejected);
        assert_eq!(error.server_error().unwrap().code, ErrorCode::Unauthorized);
        again_and_again("another connection", async || {
            let published = publish(&producer, "mine").await;
            published
                .inspect_err(|error| assert!(!error.may_be_stored(), "{error}"))
                .ok()
        })
        .await;
    });
}

#[test]
fn a_permission_that_ends_rejects_and_one_that_returns_is_found() {
    on_both_async(Settings::guarded(), async |server: &Server| {
        server.auth().permit("us", ".*", BOTH, 1);
        let producer = producer(server, "us").await;
        publish(&producer, "t").await.unwrap();
        server.auth().revoke("us");
        let error = again_and_again("asked again", async || publish(&producer, "t").await.err());
        let error = error.await;
        assert_eq!(error.server_error().unwrap().code, ErrorCode::AuthFailed);
        let mut ready = producer.ready();
        let gone = soon("no connection", ready.wait_for(|ready| ready.is_empty())).await;
        drop(gone.unwrap());
        let error = publish(&producer, "t").await.unwrap_err();
        assert_eq!(error.kind(), PublishErrorKind::NotSent);
        server.auth().permit("us", ".*", BOTH, 60);
        let back = soon("connected anew", ready.wait_for(|ready| !ready.is_empty())).await;
        drop(back.unwrap());
        publish(&producer, "t").await.unwrap();
    });
}

fn nodes(server: &Server) -> Discovery {
    Discovery::fixed([server.tcp().into()])
}

async fn producer(server: &Server, who: &'static str) -> Producer {
    let mut config = ProducerConfig::default();
    config.connection = secret(who);
    let producer = Producer::start(config, &nodes(server));
    let mut ready = producer.ready();
    let connected = soon("connected", ready.wait_for(|ready| !ready.is_empty())).await;
    drop(connected.unwrap());
    producer
}

async fn publish(producer: &Producer, to: &str) -> Result<(), PublishError> {
    soon("an outcome", producer.publish(&topic(to), "x".into())).await
}

/// Asks until there is an answer.
async fn again_and_again<T>(what: &str, attempt: impl AsyncFn() -> Option<T>) -> T {
    soon(what, async {
        loop {
            if let Some(done) = attempt().await {
                return done;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    again_and_again(what, async || condition().then_some(())).await;
}
