//! TLS: with the right servers only, and nothing secret before.

use kubefuncs_nsq::{Connection, ConnectionConfig, Error, ErrorKind, Tls};
use kubefuncs_testkit::{Ca, KeyPair, Nsqd, NsqdOptions, Proxy, require_nsq};

use crate::support::*;

fn with(tls: Tls) -> ConnectionConfig {
    ConnectionConfig {
        tls: Some(tls),
        ..ConnectionConfig::default()
    }
}

fn trusting(ca: &Ca) -> Tls {
    Tls::ca_file(ca.file()).unwrap()
}

/// An nsqd with a certificate of this CA for this name.
fn server(ca: &Ca, name: &str) -> (Nsqd, KeyPair) {
    let pair = ca.issue(&[name]);
    (Nsqd::start(NsqdOptions::default().tls(&pair)), pair)
}

async fn refused(nsqd: &Nsqd, tls: Tls) -> Error {
    let outcome = Connection::connect(&at(nsqd), &with(tls)).await;
    let error = outcome.expect_err("no connection");
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_both_ways_to_a_server_that_is_verified_and_nothing_is_in_clear() {
    require_nsq!();
    let ca = Ca::new();
    let (nsqd, _files) = server(&ca, "127.0.0.1");
    let proxy = Proxy::recording(nsqd.tcp());
    let mut config = config("t");
    config.connection = with(trusting(&ca));
    let nodes = kubefuncs_nsq::Discovery::fixed([proxy.addr().into()]);
    let consumer = subscribed(config, &nodes, 1).await;
    let node = proxy.addr().into();
    for size in [1, 100, 1 << 20] {
        let body = vec![b'~'; size];
        publish_on(&consumer, &node, body.clone()).await;
        let delivery = next(&consumer).await;
        assert!(delivery.body() == &body, "{size} bytes");
        drop(delivery.finish());
    }
    assert_eq!(channel(&nsqd, "t")["clients"][0]["tls"], true);
    assert!(proxy.saw("IDENTIFY"), "the proxy keeps what it sees");
    assert!(!proxy.saw("~~~~~~~~") && !proxy.saw("SUB t"));
    consumer.close(SECOND).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_certificate_gets_the_right_one() {
    require_nsq!();
    let (ca, stranger) = (Ca::new(), Ca::new());
    let pair = ca.issue(&["127.0.0.1"]);
    let nsqd = Nsqd::start(NsqdOptions::default().tls(&pair).client_certs_of(&ca));
    refused(&nsqd, trusting(&ca)).await;
    let with_cert = |of: &Ca| {
        let client = of.issue(&["client"]);
        let tls = trusting(&ca).client_cert_files(client.cert_file(), client.key_file());
        tls.unwrap()
    };
    refused(&nsqd, with_cert(&stranger)).await;
    let connection = connect(&nsqd, &with(with_cert(&ca))).await;
    soon("OK", connection.publish(&topic("t"), "x".into()))
        .await
        .unwrap();
    let plain = connect(&nsqd, &ConnectionConfig::default()).await;
    let error = plain.publish(&topic("t"), "x".into()).await.unwrap_err();
    assert!(!error.may_be_stored(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_over_tls_ends_as_any_other_does() {
    require_nsq!();
    let ca = Ca::new();
    let (mut nsqd, _files) = server(&ca, "127.0.0.1");
    let config = with(trusting(&ca));
    let connection = connect(&nsqd, &config).await;
    let reserved = connection.reserve(&topic("t"), "last".into()).await;
    let publishing = reserved.unwrap().send();
    drop(connection);
    soon("OK", publishing).await.unwrap();

    let connection = connect(&nsqd, &config).await;
    nsqd.kill();
    let error = soon("the end", connection.closed()).await;
    assert!(
        matches!(error.kind(), ErrorKind::Connect | ErrorKind::Tls),
        "{error}"
    );
}

#[test]
fn what_cannot_be_used_is_named() {
    let ca = Ca::new();
    let (pair, other) = (ca.issue(&["a"]), ca.issue(&["b"]));
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let missing = dir.path().join("missing.pem");
    for (file, words) in [
        (&missing, "cannot be read"),
        (&empty, "no certificate in it"),
    ] {
        let error = Tls::ca_file(file).unwrap_err().to_string();
        assert!(
            error.contains(words) && error.contains(file.to_str().unwrap()),
            "{error}"
        );
    }
    let tls = || Tls::ca_file(ca.file()).unwrap();
    let mixed = tls().client_cert_files(pair.cert_file(), other.key_file());
    assert!(mixed.is_err(), "a key of another certificate");
    let no_key = tls().client_cert_files(pair.cert_file(), pair.cert_file());
    assert!(no_key.unwrap_err().to_string().contains("no private key"));
    assert!(tls().server_name("no name").is_err());
}
