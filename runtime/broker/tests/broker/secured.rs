//! TLS and AUTH, as far as nsqd cannot be asked: what cannot be used is named, and auth servers
//! that are down or hang.

use std::time::Duration;

use kubefuncs_broker::{
    Broker, BrokerConfig, ClientAuthPolicy, Hold, NsqdOptions, TlsOptions, TlsRequired,
};
use kubefuncs_testkit::{Ca, Port};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::client::{Client, Seen, http};

async fn start(nsqd: NsqdOptions) -> std::io::Result<Broker> {
    let config = BrokerConfig {
        nsqd,
        ..BrokerConfig::default()
    };
    Broker::start(config).await
}

fn with_tls(tls: TlsOptions) -> NsqdOptions {
    NsqdOptions {
        tls: Some(tls),
        ..NsqdOptions::default()
    }
}

fn asking<const N: usize>(servers: [String; N]) -> NsqdOptions {
    NsqdOptions {
        auth_http_addresses: servers.into(),
        ..NsqdOptions::default()
    }
}

#[tokio::test]
async fn a_file_or_address_that_cannot_be_used_is_named() {
    let ca = Ca::new();
    let (pair, other) = (ca.issue(&["127.0.0.1"]), ca.issue(&["127.0.0.1"]));
    let missing = ca.file().with_file_name("missing.pem");
    let tls = || TlsOptions::new(pair.cert_file(), pair.key_file());
    let verifying = |root_ca_file| TlsOptions {
        client_auth_policy: Some(ClientAuthPolicy::RequireVerify),
        root_ca_file,
        ..tls()
    };
    for (options, file, words) in [
        (
            TlsOptions::new(&missing, pair.key_file()),
            missing.clone(),
            "cannot be read",
        ),
        (
            TlsOptions::new(pair.cert_file(), &missing),
            missing.clone(),
            "cannot be read",
        ),
        (
            TlsOptions::new(pair.key_file(), pair.key_file()),
            pair.key_file(),
            "no certificate in it",
        ),
        (
            TlsOptions::new(pair.cert_file(), pair.cert_file()),
            pair.cert_file(),
            "no private key in it",
        ),
        (
            TlsOptions::new(pair.cert_file(), other.key_file()),
            other.key_file(),
            "",
        ),
        (
            verifying(Some(missing.clone())),
            missing.clone(),
            "cannot be read",
        ),
        (
            verifying(Some(pair.key_file())),
            pair.key_file(),
            "no certificate in it",
        ),
        (verifying(None), "root_ca_file".into(), "which CA"),
    ] {
        let error = start(with_tls(options)).await.unwrap_err().to_string();
        let file = file.display().to_string();
        assert!(error.contains(&file) && error.contains(words), "{error}");
    }
    let error = start(asking(["https://auth:443".to_owned()])).await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("HOST:PORT") && error.contains("https://auth:443"),
        "{error}"
    );
}

#[tokio::test]
async fn without_a_port_for_it_there_is_no_https() {
    let ca = Ca::new();
    let pair = ca.issue(&["127.0.0.1"]);
    let tls = TlsOptions {
        required: TlsRequired::Yes,
        ..TlsOptions::new(pair.cert_file(), pair.key_file())
    };
    let broker = start(with_tls(tls)).await.unwrap();
    assert_eq!(broker.addresses().https, None);
    let (status, body) = http(broker.addresses().http, "POST", "/pub?topic=t").await;
    let expected = r#"{"message": "TLS_REQUIRED", "https_port": 0}"#;
    assert_eq!((status, body.as_str()), (403, expected));
    broker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_begin_tls_keeps_no_broker_from_ending() {
    let ca = Ca::new();
    let pair = ca.issue(&["127.0.0.1"]);
    let tls = TlsOptions::new(pair.cert_file(), pair.key_file());
    let broker = start(with_tls(tls)).await.unwrap();
    let mut probe = Client::connect(broker.addresses().tcp).await;
    let wish = br#"{"feature_negotiation":true,"tls_v1":true}"#;
    probe.command("IDENTIFY", wish).await;
    assert!(matches!(probe.next().await, Seen::Response(json) if json.starts_with('{')));
    let begin = Instant::now();
    broker.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(5));
}

/// Permits everything, or takes questions and answers nothing; tells how many it has taken.
async fn server(answers: bool) -> (String, watch::Receiver<u32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (taken, seen) = watch::channel(0);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            if answers {
                let rule = r#"{"channels":[""],"permissions":["publish"]}"#;
                let body = format!(r#"{{"ttl":3600,"authorizations":[{rule}]}}"#);
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                let mut question = [0; 4096];
                let _ = stream.read(&mut question).await;
                let _ = stream.write_all((head + &body).as_bytes()).await;
            }
            kept.push(stream);
            taken.send_modify(|taken| *taken += 1);
        }
    });
    (address, seen)
}

#[tokio::test(start_paused = true)]
async fn an_auth_server_that_hangs_is_given_five_seconds() {
    let (hanging, mut taken) = server(false).await;
    let broker = start(asking([hanging])).await.unwrap();
    let mut ask = async |times| {
        let _hold = Hold::time();
        let mut probe = Client::connect(broker.addresses().tcp).await;
        probe.command("AUTH", b"secret").await;
        drop(taken.wait_for(|taken| *taken == times).await.unwrap());
        probe
    };
    let mut probe = ask(1).await;
    let begin = Instant::now();
    let failed = Seen::Error("E_AUTH_FAILED AUTH failed".to_owned());
    assert_eq!(probe.later().await, failed);
    assert!(begin.elapsed() > Duration::from_secs(4));
    assert_eq!(probe.next().await, Seen::End);

    // Whoever waits for it does not keep the broker from ending.
    let waits = ask(2).await;
    let begin = Instant::now();
    broker.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(4));
    drop(waits);
}

#[tokio::test]
async fn one_auth_server_stands_in_for_another() {
    let (down, other) = (Port::reserve(), Port::reserve());
    let nobody = || [down.to_string(), other.to_string()];
    let [first, last] = nobody();
    let broker = start(asking([first, server(true).await.0, last])).await;
    let broker = broker.unwrap();
    for _ in 0..8 {
        let mut probe = Client::connect(broker.addresses().tcp).await;
        probe.command("AUTH", b"secret").await;
        let answer = probe.next().await;
        let Seen::Response(json) = answer else {
            panic!("instead of an answer: {answer:?}");
        };
        assert!(json.contains(r#""permission_count":1"#), "{json}");
        probe.publish("t", "x").await;
        probe.ok().await;
    }
    broker.stop().await;
    let broker = start(asking(nobody())).await.unwrap();
    let mut probe = Client::connect(broker.addresses().tcp).await;
    probe.command("AUTH", b"secret").await;
    probe.error("E_AUTH_FAILED").await;
    broker.stop().await;
}
