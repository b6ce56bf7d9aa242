//! A function and its caller over brokers that want TLS, a certificate, and a secret.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{LIMIT, echo, within};
use kubefuncs::{CallErrorKind, CallOptions, Client, Config, Function, HttpRequest};
use kubefuncs_testkit::{AuthServer, Ca, Nsqd, NsqdOptions, Nsqlookupd, require_nsq};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_takes_the_secured_way_or_none() {
    require_nsq!();
    let (ca, stranger, auth) = (Ca::new(), Ca::new(), AuthServer::start());
    auth.permit("sesame", ".*", &["publish", "subscribe"], 60);
    let (lookupd, pair) = (Nsqlookupd::start(), ca.issue(&["127.0.0.1"]));
    let options = NsqdOptions::default().lookupd(&lookupd).tls(&pair);
    let _nsqd = Nsqd::start(options.client_certs_of(&ca).auth(&auth));
    let files = tempfile::tempdir().unwrap();
    let secret = files.path().join("secret");
    std::fs::write(&secret, "sesame\n").unwrap();

    let ours = ca.issue(&["client"]);
    let path = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let vars = |trusted: &Ca| {
        let vars = [
            ("KUBEFUNCS_LOOKUPD", lookupd.http().to_string()),
            ("HEALTHZ_ADDR", "127.0.0.1:0".to_owned()),
            ("NSQ_TLS", "true".to_owned()),
            ("NSQ_TLS_CA", path(trusted.file())),
            ("NSQ_TLS_CERT", path(ours.cert_file())),
            ("NSQ_TLS_KEY", path(ours.key_file())),
            ("NSQ_AUTH_SECRET_FILE", path(secret.clone())),
        ];
        Config::from_vars(vars).unwrap()
    };
    let function = Function::start(vars(&ca), echo).await.unwrap();
    within("the function is ready", function.ready()).await;
    let client = Client::connect(vars(&ca)).await.unwrap();
    within("the client is ready", client.ready()).await;
    let request = || HttpRequest::new(kubefuncs::Method::POST, "/").with_body("hello");
    let options = || CallOptions::new().with_timeout(LIMIT);
    let reply = client.call("test", request(), options()).await.unwrap();
    assert_eq!(reply.into_http().unwrap().body, "hello");

    // Whoever trusts somebody else speaks to nobody.
    let other = Client::connect(vars(&stranger)).await.unwrap();
    common::eventually("it has tried", || {
        let text = String::from_utf8(other.metrics().encode().1).unwrap();
        !text.contains("kubefuncs_connections{state=\"failed\"} 0")
    })
    .await;
    let error = other.call("test", request(), options()).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Unavailable);
    assert!(auth.asked().iter().all(|query| query.contains("tls=true")));
}
