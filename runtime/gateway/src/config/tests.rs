//! What a configuration file may say, and what is said to one that is wrong.

use super::*;
use crate::route::Match;
use http::Method;
use std::time::Duration;

fn yaml(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("routes.yaml"), text).map_err(|error| error.to_string())
}

fn target(config: &Config, method: &Method, host: &str, path: &str) -> (String, Duration) {
    match config.routes.find(method, host, path.as_bytes()) {
        Match::Route(route) => (route.topic.to_string(), route.timeout),
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn the_original_form_and_the_long_form() {
    let text = "
routes:
  /test/: test
  /orders/: {topic: orders, methods: [GET, POST], host: Shop.example, timeout: 1m30s}
";
    let config = yaml(text).unwrap();
    let three = Duration::from_secs(3);
    assert_eq!(
        target(&config, &Method::PUT, "", "/test/x"),
        ("test".into(), three)
    );
    assert_eq!(
        target(&config, &Method::POST, "shop.example", "/orders/1"),
        ("orders".into(), Duration::from_secs(90))
    );
}

#[test]
fn json_is_read_by_its_own_reader() {
    let text = "\u{feff}{\"routes\":\n\t{\"\\/test\\/\": \"test\"}}";
    let config = Config::parse(Path::new("/etc/gateway/routes.json"), text).unwrap();
    assert_eq!(config.routes.len(), 1);
    let error = Config::parse(Path::new("routes.json"), "{\"routes\": {\"/a/\": 5}}").unwrap_err();
    assert_eq!(error.place().map(|(line, _)| line), Some(1));
}

#[test]
fn several_routes_of_one_prefix() {
    let text = "
routes:
  /a/:
  - {topic: read, methods: [GET]}
  - {topic: write, methods: [POST]}
";
    let config = yaml(text).unwrap();
    assert_eq!(target(&config, &Method::GET, "", "/a/").0, "read");
    assert_eq!(target(&config, &Method::POST, "", "/a/").0, "write");
}

#[test]
fn no_routes_is_a_choice_but_no_mention_of_routes_is_not() {
    assert!(yaml("routes: {}").unwrap().routes.is_empty());
    assert!(yaml("{}").unwrap_err().contains("missing field `routes`"));
    assert!(yaml("").is_err());
}

#[test]
fn every_error_names_its_place_and_its_fix() {
    for (text, place, words) in [
        ("routes:\n  /a/: a b\n", "2:8", "use 1 to 64 of"),
        (
            "routes:\n  /a/: \"a\\nb\"\n",
            "2:8",
            "is no name of a topic",
        ),
        (
            "routes:\n  /a/: rpc-x#ephemeral\n",
            "2:8",
            "carries replies",
        ),
        ("routes:\n  /a/: 17\n", "2:8", "expected a topic"),
        ("routes:\n  /a/: ~\n", "2:8", "expected a topic"),
        ("routes:\n  a/: x\n", "2:7", "must begin with `/`"),
        ("routes:\n  /a/../b/: x\n", "2:13", "`..` segment"),
        ("routes:\n  /a/: x\n  /a: y\n", "3:7", "remove one of them"),
        ("routes:\n  /a/: x\n  /a/: y\n", "3:8", "remove one of them"),
        (
            "routes:\n  /a/:\n    topic: x\n    timeout: 3\n",
            "4:14",
            "such as `3s`",
        ),
        (
            "routes:\n  /a/:\n    topic: x\n    timeout: 3 s\n",
            "4:14",
            "write for example",
        ),
        (
            "routes:\n  /a/:\n    topic: x\n    timeout: 15m\n",
            "4:14",
            "from 100ms to 14m",
        ),
        (
            "routes:\n  /a/:\n    topic: x\n    methods: [get]\n",
            "4:15",
            "did you mean `GET`?",
        ),
        (
            "routes:\n  /a/:\n    topic: x\n    methods: []\n",
            "3:5",
            "leave it out",
        ),
        (
            "routes:\n  /a/:\n    topic: x\n    host: a.b:80\n",
            "4:11",
            "without scheme, port",
        ),
        (
            "routes:\n  /a/: {methods: [GET]}\n",
            "2:8",
            "missing field `topic`",
        ),
        (
            "routes:\n  /a/: x\nlimit: 1\n",
            "3:1",
            "unknown field `limit`",
        ),
        (
            "routes: [/a/]\n",
            "1:9",
            "expected a mapping of path prefixes",
        ),
        (
            "routes: {}\nroutes: {}\n",
            "1:1",
            "duplicate field `routes`",
        ),
        ("routes:\n\t/a/: x\n", "2:1", "cannot start any token"),
        ("routes: {/a/: x\n", "", ""),
        (
            "routes:\n  /a/: b: c\n",
            "2:",
            "mapping values are not allowed",
        ),
        ("routes: {}\n--- {}\n", "", "more than one document"),
    ] {
        let error = yaml(text).unwrap_err();
        assert!(
            error.starts_with(&format!("routes.yaml:{place}")),
            "{text:?}\n{error}"
        );
        assert!(error.contains(words), "{text:?}\n{error}");
        let (line, column) = place.split_once(':').unwrap_or_default();
        assert!(
            !error.ends_with(&format!("at line {line} column {column}")),
            "said twice: {error}"
        );
    }
}

#[test]
fn hostile_files_are_refused_quickly() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &(b'b'..=b'k')
            .map(|c| {
                let (c, before) = (c as char, (c - 1) as char);
                format!("{c}: &{c} [{}]\n", vec![format!("*{before}"); 10].join(","))
            })
            .collect::<String>();
    for text in [
        bomb,
        "[".repeat(1024 * 1024),
        "- ".repeat(500_000),
        "\0\u{1}\u{7f}".into(),
    ] {
        assert!(yaml(&text).is_err());
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let error = Config::load(Path::new("/nonexistent/routes.yaml")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/nonexistent/routes.yaml: cannot be read"
    );
    assert!(std::error::Error::source(&error).is_some());
    assert!(Config::load(Path::new("/")).is_err());
}
