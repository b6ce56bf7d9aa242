//! The environment contract.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use kubefuncs::Config;
use kubefuncs::config::{Brokers, PayloadForm};
use proptest::prelude::*;

fn read(vars: &[(&str, &str)]) -> Config {
    Config::from_vars(vars.iter().copied()).unwrap()
}

fn lookupds(vars: &[(&str, &str)]) -> Vec<String> {
    match read(vars).brokers {
        Brokers::Lookupd(addresses) => addresses.iter().map(ToString::to_string).collect(),
        Brokers::Nsqd(address) => panic!("a fixed broker: {address}"),
    }
}

const ALL: [&str; 26] = [
    "TOPIC",
    "CHANNEL",
    "NSQ_LOOKUPD_ADDR",
    "NSQ_LOOKUPD_PORT",
    "NSQ_NSQD_ADDR",
    "NSQ_NSQD_PORT",
    "HEALTHZ_ADDR",
    "KUBEFUNCS_LOOKUPD",
    "KUBEFUNCS_TIMEOUT",
    "KUBEFUNCS_CONCURRENCY",
    "KUBEFUNCS_ATTEMPTS",
    "KUBEFUNCS_BACKOFF_MIN",
    "KUBEFUNCS_BACKOFF_MAX",
    "KUBEFUNCS_DRAIN",
    "KUBEFUNCS_MAX_MESSAGE",
    "KUBEFUNCS_REPLIES",
    "KUBEFUNCS_REPLY_TOPICS",
    "KUBEFUNCS_PAYLOAD",
    "KUBEFUNCS_LOG",
    "KUBEFUNCS_DEAD_LETTER",
    "NSQ_TLS",
    "NSQ_TLS_CA",
    "NSQ_TLS_CERT",
    "NSQ_TLS_KEY",
    "NSQ_AUTH_SECRET_FILE",
    "PATH",
];

#[test]
fn an_empty_environment_gives_the_defaults_of_the_original() {
    let config = read(&[]);
    assert_eq!(
        (config.topic.as_str(), config.channel.as_str()),
        ("test", "default")
    );
    assert_eq!(lookupds(&[]), ["127.0.0.1:4161"]);
    assert_eq!(config.healthz_addr, ":8080");
    assert_eq!(config.timeout, Duration::from_secs(3));
    assert_eq!((config.attempts, config.max_message), (5, 1_048_576));
    assert_eq!((config.replies, config.payload), (true, PayloadForm::Event));
    let empty = ALL.map(|name| (name, ""));
    let read = format!("{:?}", read(&empty));
    assert_eq!(read, format!("{config:?}"), "empty is absent");
}

#[test]
fn brokers_are_found_by_the_first_of_three_ways() {
    let nsqd = ("NSQ_NSQD_ADDR", "10.0.0.1");
    let lookupd = ("NSQ_LOOKUPD_ADDR", "lookupd.kubefuncs.svc");
    let list = ("KUBEFUNCS_LOOKUPD", "a:4161, [::1]:4162");
    assert_eq!(lookupds(&[nsqd, lookupd, list]), ["a:4161", "[::1]:4162"]);
    assert_eq!(lookupds(&[nsqd, lookupd]), ["lookupd.kubefuncs.svc:4161"]);
    assert_eq!(
        lookupds(&[lookupd, ("NSQ_LOOKUPD_PORT", "9")]),
        ["lookupd.kubefuncs.svc:9"]
    );
    assert_eq!(lookupds(&[("NSQ_LOOKUPD_ADDR", "::1")]), ["[::1]:4161"]);
    assert_eq!(lookupds(&[("NSQ_LOOKUPD_ADDR", "a:7")]), ["a:7"]);
    let fixed = |vars: &[(&str, &str)]| match read(vars).brokers {
        Brokers::Nsqd(address) => address.to_string(),
        Brokers::Lookupd(addresses) => panic!("by lookup: {addresses:?}"),
    };
    assert_eq!(fixed(&[nsqd]), "10.0.0.1:4150");
    assert_eq!(fixed(&[nsqd, ("NSQ_NSQD_PORT", "9")]), "10.0.0.1:9");
}

#[test]
fn every_value_is_read() {
    let config = read(&[
        ("TOPIC", "orders"),
        ("CHANNEL", "checkout#ephemeral"),
        ("HEALTHZ_ADDR", "127.0.0.1:0"),
        ("KUBEFUNCS_TIMEOUT", "1m30s"),
        ("KUBEFUNCS_CONCURRENCY", "2500"),
        ("KUBEFUNCS_ATTEMPTS", "1"),
        ("KUBEFUNCS_BACKOFF_MIN", "250ms"),
        ("KUBEFUNCS_BACKOFF_MAX", "1h"),
        ("KUBEFUNCS_MAX_MESSAGE", "2097152"),
        ("KUBEFUNCS_REPLIES", "false"),
        ("KUBEFUNCS_REPLY_TOPICS", "a,b"),
        ("KUBEFUNCS_PAYLOAD", "raw"),
        ("KUBEFUNCS_LOG", "kubefuncs=debug,warn"),
    ]);
    assert_eq!(
        (config.topic.as_str(), config.channel.as_str()),
        ("orders", "checkout#ephemeral")
    );
    assert_eq!(config.healthz_addr, "127.0.0.1:0");
    assert_eq!((config.timeout.as_secs(), config.drain.as_secs()), (90, 95));
    assert_eq!(
        (config.concurrency, config.attempts, config.max_message),
        (2500, 1, 2 << 20)
    );
    assert_eq!(
        (config.backoff_min.as_millis(), config.backoff_max.as_secs()),
        (250, 3600)
    );
    assert_eq!((config.replies, config.payload), (false, PayloadForm::Raw));
    assert_eq!(config.reply_topics.len(), 2);
    assert_eq!(config.log, "kubefuncs=debug,warn");
}

#[test]
fn all_bad_values_are_named_at_once() {
    let bad = [
        ("NSQ_LOOKUPD_PORT", "70000"),
        ("NSQ_NSQD_ADDR", "http://nsqd"),
        ("KUBEFUNCS_LOOKUPD", "a:4161,,b:4161"),
        ("TOPIC", "two words"),
        ("KUBEFUNCS_TIMEOUT", "15m"),
        ("KUBEFUNCS_CONCURRENCY", "0"),
        ("KUBEFUNCS_BACKOFF_MIN", "2s"),
        ("KUBEFUNCS_BACKOFF_MAX", "1s"),
        ("KUBEFUNCS_REPLIES", "no"),
        ("HEALTHZ_ADDR", "8080"),
        ("NSQ_TLS", "yes"),
        ("KUBEFUNCS_LOG", "kubefuncs=loud"),
    ];
    let error = Config::from_vars(bad).unwrap_err();
    let named = error
        .problems()
        .iter()
        .map(|problem| problem.variable)
        .collect::<Vec<_>>();
    let mut expected = bad.map(|(name, _)| name).to_vec();
    // Each on its own may be; together they may not, and one of them is named.
    expected.retain(|name| *name != "KUBEFUNCS_BACKOFF_MAX");
    assert_eq!(sorted(named), sorted(expected));
    let text = error.to_string();
    assert!(
        text.contains("KUBEFUNCS_TIMEOUT is `15m`: it may be from 100ms to 14m"),
        "{text}"
    );
    assert!(
        text.contains("KUBEFUNCS_REPLIES is `no`: it may be `true` or `false`"),
        "{text}"
    );
    assert!(
        text.contains("KUBEFUNCS_BACKOFF_MIN is 2s, above KUBEFUNCS_BACKOFF_MAX, which is 1s"),
        "{text}"
    );
}

#[test]
fn what_is_written_is_blamed_and_no_default() {
    for (variable, value, said) in [
        (
            "KUBEFUNCS_BACKOFF_MIN",
            "2m",
            "is 2m, above KUBEFUNCS_BACKOFF_MAX, which is 1m",
        ),
        (
            "KUBEFUNCS_BACKOFF_MAX",
            "0",
            "is 0, below KUBEFUNCS_BACKOFF_MIN, which is 1s",
        ),
    ] {
        let error = Config::from_vars([(variable, value)]).unwrap_err();
        let [problem] = error.problems() else {
            panic!("{error}");
        };
        assert_eq!(
            (problem.variable, problem.reason.as_str()),
            (variable, said)
        );
    }
}

#[test]
fn what_secures_connections_is_read_or_refused_and_never_passed_over() {
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let ca = kubefuncs_testkit::Ca::new();
    let pair = ca.issue(&["nsqd"]);
    let text = |file: std::path::PathBuf| file.to_str().unwrap().to_owned();
    std::fs::write(path("secret"), "open sesame\n").unwrap();
    let all = [
        ("NSQ_TLS_CA", text(ca.file())),
        ("NSQ_TLS_CERT", text(pair.cert_file())),
        ("NSQ_TLS_KEY", text(pair.key_file())),
        ("NSQ_AUTH_SECRET_FILE", path("secret")),
    ];
    let problems = |vars: Vec<(&str, String)>| match Config::from_vars(vars) {
        Ok(config) => {
            assert!(
                !format!("{config:?}").contains("sesame"),
                "a secret is shown"
            );
            Vec::new()
        }
        Err(error) => {
            assert!(!error.to_string().contains("sesame"), "a secret is shown");
            error
                .problems()
                .iter()
                .map(|problem| problem.variable)
                .collect()
        }
    };
    let tls = ("NSQ_TLS", "true".to_owned());
    let with = |vars: &[(&'static str, String)]| [std::slice::from_ref(&tls), vars].concat();
    assert!(problems(with(&all)).is_empty());
    assert!(problems(with(&[])).is_empty());
    for (name, value) in &all {
        assert_eq!(
            problems(vec![(name, value.clone())]),
            [*name],
            "without TLS"
        );
        let missing = with(&[(name, path("missing"))]);
        assert_eq!(problems(missing), [*name], "no such file");
    }
    for name in ["NSQ_TLS_CERT", "NSQ_TLS_KEY"] {
        assert_eq!(
            problems(with(&[(name, text(pair.cert_file()))])),
            [name],
            "one without the other"
        );
    }
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

#[test]
fn spaces_in_a_log_filter_change_nothing() {
    for (written, read) in [
        (" info, kubefuncs=debug ", "info,kubefuncs=debug"),
        ("\u{a0}warn,\u{2003}größe=info", "warn,größe=info"),
    ] {
        let config = Config::from_vars([("KUBEFUNCS_LOG", written)]).unwrap();
        assert_eq!(config.log, read);
    }
}

proptest! {
    /// Any environment is read or refused, and only variables that are there are blamed.
    #[test]
    fn any_environment_is_read_or_refused(
        vars in prop::collection::btree_map(prop::sample::select(&ALL[..]), "\\PC{1,12}", 0..8),
    ) {
        if let Err(error) = Config::from_vars(vars.clone()) {
            prop_assert!(!error.problems().is_empty());
            for problem in error.problems() {
                prop_assert!(vars.contains_key(problem.variable), "{error}");
            }
        }
    }

    #[test]
    fn a_timeout_in_range_is_read(millis in 100u64..=840_000) {
        let config = Config::from_vars([("KUBEFUNCS_TIMEOUT", format!("{millis}ms"))]).unwrap();
        prop_assert_eq!(config.timeout, Duration::from_millis(millis));
        prop_assert!(config.drain > config.timeout);
    }
}
