//! What the compiler renders for a gateway is what this gateway takes.
//!
//! They share no code: what is read here is the compiler's output as its own tests and charts keep
//! it, which they hold to be fresh.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

use std::path::{Path, PathBuf};

use kubefuncs_gateway::route::Async;
use kubefuncs_gateway::{Config, Limits};
use kubefuncs_testkit::workspace_dir;

/// The key in the ConfigMap.
const FILE: &str = "gateway.json";

/// The texts of all configuration files of gateways in a stream of manifests.
fn configurations(stream: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(stream).unwrap();
    let documents = text.split("\n---\n");
    documents
        .filter(|document| document.contains(&format!("\n  {FILE}: |")))
        .map(|document| {
            let object: serde_yaml::Value = serde_yaml::from_str(document).unwrap();
            object["data"][FILE].as_str().unwrap().to_owned()
        })
        .collect()
}

fn streams() -> Vec<PathBuf> {
    let root = workspace_dir();
    let snapshots = std::fs::read_dir(root.join("tests/snapshots")).unwrap();
    let mut streams: Vec<_> = snapshots.map(|entry| entry.unwrap().path()).collect();
    streams.push(root.join("charts/gateway/rendered.yaml"));
    streams.sort();
    streams
}

#[test]
fn every_rendered_configuration_is_taken_and_every_field_means_something() {
    let path = Path::new("/etc/kubefuncs").join(FILE);
    let mut seen = [false; 8];
    for stream in streams() {
        for text in configurations(&stream) {
            let config = Config::parse(&path, &text);
            let config =
                config.unwrap_or_else(|error| panic!("{}: {error}\n{text}", stream.display()));
            let limits = config.limits.over(&Limits::default());
            for route in config.routes.iter() {
                let fields = [
                    route.host.is_some(),
                    route.methods.is_some(),
                    route.timeout != kubefuncs::timeout::DEFAULT,
                    route.respond_async == Async::Always,
                    route.idempotent,
                    route.cors.is_some(),
                    route.token_file.is_some(),
                    limits.body != Limits::default().body,
                ];
                seen.iter_mut()
                    .zip(fields)
                    .for_each(|(seen, field)| *seen |= field);
            }
        }
    }
    assert_eq!(
        seen, [true; 8],
        "host, methods, timeout, async, idempotent, cors, auth, limits"
    );
}
