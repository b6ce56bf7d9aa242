//! What a route, and the limits, may say in full.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::limits::Limits;
use crate::route::{Async, Route};

fn yaml(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("routes.yaml"), text).map_err(|error| error.to_string())
}

/// The one route, whose settings in YAML are these.
fn route(settings: &str) -> Result<Route, String> {
    let config = yaml(&format!("routes:\n  /a/: {{topic: a, {settings}}}\n"))?;
    Ok(config.routes.iter().next().unwrap().clone())
}

#[test]
fn a_route_in_full() {
    let route = route(
        "idempotent: true, async: true, auth: {bearer: {file: /t/token}}, cors: {origins: \
         [\"https://shop.example\", \"http://[::1]:3000\"], headers: [X-Trace], expose: [ETag], \
         credentials: true, maxAge: 1h}",
    )
    .unwrap();
    let cors = route.cors.unwrap();
    assert_eq!(cors.origins, ["https://shop.example", "http://[::1]:3000"]);
    assert_eq!(
        (cors.headers[0].as_str(), cors.expose[0].as_str()),
        ("x-trace", "etag")
    );
    assert!(cors.credentials && route.idempotent);
    assert_eq!(cors.max_age, Some(Duration::from_secs(3600)));
    assert_eq!(route.token_file, Some(PathBuf::from("/t/token")));
    assert_eq!(route.respond_async, Async::Always);
}

#[test]
fn async_is_never_always_or_when_asked() {
    for (text, meaning) in [
        ("timeout: 1s", Async::Never),
        ("async: false", Async::Never),
        ("async: true", Async::Always),
        ("async: prefer", Async::Asked),
    ] {
        assert_eq!(route(text).unwrap().respond_async, meaning, "{text}");
    }
}

#[test]
fn what_makes_no_sense_is_told_with_its_reason() {
    for (settings, words) in [
        ("async: yes please", "`true`, `false`, or `prefer`"),
        ("auth: {}", "missing field `bearer`"),
        ("auth: {bearer: {}}", "missing field `file`"),
        ("auth: {bearer: {file: token}}", "no absolute path"),
        ("auth: {bearer: {token: x}}", "unknown field `token`"),
        ("auth: {basic: {}}", "unknown field `basic`"),
        ("cors: {}", "missing field `origins`"),
        ("cors: {origins: []}", "name the pages"),
        ("cors: {origins: [shop.example]}", "is no origin"),
        (
            "cors: {origins: [\"https://shop.example/\"]}",
            "is no origin",
        ),
        (
            "cors: {origins: [\"https://Shop.example\"]}",
            "in lower case",
        ),
        ("cors: {origins: [\"null\"]}", "is no origin"),
        (
            "cors: {origins: [\"*\"], credentials: true}",
            "browsers refuse",
        ),
        (
            "cors: {origins: [\"*\"], headers: [a b]}",
            "no name of a header",
        ),
        ("cors: {origins: [\"*\"], maxAge: 25h}", "longer than 24h"),
        (
            "cors: {origins: [\"*\"], max_age: 1h}",
            "unknown field `max_age`",
        ),
    ] {
        let error = route(settings).unwrap_err();
        assert!(error.starts_with("routes.yaml:2:"), "{settings}\n{error}");
        assert!(error.contains(words), "{settings}\n{error}");
    }
}

#[test]
fn limits_are_read_in_their_units_and_the_rest_stays_usual() {
    let config =
        yaml("routes: {}\nlimits: {body: 500KiB, bytes: 1MiB, calls: 7, depth: 3}").unwrap();
    let limits = config.limits.over(&Limits::default());
    assert_eq!(
        (limits.body, limits.bytes, limits.calls, limits.depth),
        (512_000, 1 << 20, 7, 3)
    );
    assert_eq!(limits.topic_calls, Limits::default().topic_calls);
    for (size, bytes) in [
        ("1", 1),
        ("2kB", 2000),
        ("3MB", 3_000_000),
        ("4MiB", 4 << 20),
    ] {
        let config = yaml(&format!("routes: {{}}\nlimits: {{body: {size}}}")).unwrap();
        assert_eq!(config.limits.body, Some(bytes), "{size}");
    }
    for (limit, words) in [
        ("body: 0", "out of range"),
        ("body: 99999999MiB", "out of range"),
        ("body: -1", "a size"),
        ("body: 1 KiB", "is no size"),
        ("body: 1GiB", "is no size"),
        ("body: KiB", "is no size"),
        ("calls: 1KiB", "a number"),
        ("calls: 0", "out of range"),
        ("bodies: 1", "unknown field"),
        ("bytes: 500KiB", "raise `bytes` (512000)"),
        ("body: 25MiB", "would never be taken"),
    ] {
        let error = yaml(&format!("routes: {{}}\nlimits:\n  {limit}\n")).unwrap_err();
        assert!(error.starts_with("routes.yaml:3:"), "{limit}\n{error}");
        assert!(error.contains(words), "{limit}\n{error}");
    }
}

#[test]
fn the_readme_shows_a_file_that_is_read() {
    let readme = include_str!("../../../README.md");
    let (_, example) = readme.split_once("```yaml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(yaml(example).unwrap().routes.len(), 4);
    let limits = Limits::default();
    for (name, value) in [
        ("body", format!("{}KiB", limits.body >> 10)),
        ("calls", limits.calls.to_string()),
        ("bytes", format!("{}MiB", limits.bytes >> 20)),
        ("topicCalls", limits.topic_calls.to_string()),
        ("topicBytes", format!("{}MiB", limits.topic_bytes >> 20)),
        ("depth", limits.depth.to_string()),
    ] {
        let row = format!("\n| `{name}` | {value} |");
        assert!(readme.contains(&row), "{row}");
    }
}
