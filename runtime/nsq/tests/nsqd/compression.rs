//! snappy and deflate: any bytes come back as they were.

use std::time::Duration;

use kubefuncs_nsq::{Compression, Connection, ConnectionConfig, ErrorKind, OutputBuffer, Tls};
use kubefuncs_testkit::{Ca, Nsqd, NsqdOptions, Proxy, require_nsq};

use crate::support::*;

const BOTH: [Compression; 2] = [Compression::Snappy, Compression::Deflate { level: 6 }];

fn with(compression: Compression) -> ConnectionConfig {
    ConnectionConfig {
        compression,
        output_buffer: OutputBuffer::Sized {
            bytes: 16 << 10,
            flush_every: Duration::from_millis(25),
        },
        ..ConnectionConfig::default()
    }
}

/// Bodies that shrink, and bodies that do not.
fn bodies() -> Vec<Vec<u8>> {
    let text = |size: usize| {
        b"to be, or not to be; "
            .iter()
            .copied()
            .cycle()
            .take(size)
            .collect()
    };
    let noise = |size: usize| {
        let mut state = 1u64;
        let next = std::iter::repeat_with(move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        next.take(size).collect()
    };
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for size in [1, 100, 65_535, 65_536, 65_537, 1 << 20] {
        bodies.push(text(size));
        bodies.push(noise(size));
    }
    bodies
}

async fn round_trips(nsqd: &Nsqd, connection: ConnectionConfig) {
    let mut config = config("t");
    config.connection = connection;
    let consumer = subscribed(config, &fixed([nsqd]), 1).await;
    for body in bodies() {
        publish_on(&consumer, &at(nsqd), body.clone()).await;
        let delivery = next(&consumer).await;
        assert!(delivery.body() == &body, "{} bytes", body.len());
        drop(delivery.finish());
    }
    until("all are finished", || {
        figure(nsqd, "t", "in_flight_count") == 0
    })
    .await;
    assert_eq!(figure(nsqd, "t", "requeue_count"), 0);
    consumer.close(SECOND).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_body_is_the_same_after_a_round_trip() {
    require_nsq!();
    for compression in BOTH {
        let nsqd = Nsqd::start(NsqdOptions::default());
        round_trips(&nsqd, with(compression)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_as_well() {
    require_nsq!();
    let ca = Ca::new();
    let pair = ca.issue(&["127.0.0.1"]);
    for compression in BOTH {
        let nsqd = Nsqd::start(NsqdOptions::default().tls(&pair));
        let config = ConnectionConfig {
            tls: Some(Tls::ca_file(ca.file()).unwrap()),
            ..with(compression)
        };
        round_trips(&nsqd, config).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_compressed_is_less_on_the_wire() {
    require_nsq!();
    let nsqd = Nsqd::start(NsqdOptions::default());
    for compression in BOTH {
        let proxy = Proxy::recording(nsqd.tcp());
        let connection = connect_to(proxy.addr(), &with(compression)).await;
        let text = bodies().swap_remove(10);
        assert_eq!(text.len(), 1 << 20);
        soon("OK", connection.publish(&topic("t"), text.into()))
            .await
            .unwrap();
        assert!(
            proxy.sent().len() < 200_000,
            "{compression:?}: {} bytes",
            proxy.sent().len()
        );
        let stats = nsqd.stats("");
        let word = if compression == Compression::Snappy {
            "snappy"
        } else {
            "deflate"
        };
        assert!(stats.contains(&format!("\"{word}\":true")), "{stats}");
        assert!(connection.identity().snappy != connection.identity().deflate);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_it_switched_off_is_spoken_to_without() {
    require_nsq!();
    let nsqd = Nsqd::start(
        NsqdOptions::default()
            .arg("-snappy=false")
            .arg("-deflate=false"),
    );
    for compression in BOTH {
        let connection = connect(&nsqd, &with(compression)).await;
        assert!(!connection.identity().snappy && !connection.identity().deflate);
        soon("OK", connection.publish(&topic("t"), "x".into()))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_unbuffered_connection_is_not_compressed() {
    for compression in BOTH {
        let config = ConnectionConfig {
            output_buffer: OutputBuffer::Unbuffered,
            ..with(compression)
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().into();
        let error = Connection::connect(&address, &config).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}
