//! The gateway's configuration file. Its form is part of the gateway's contract; the compiler
//! shares nothing with it but this data.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::resolve::{Async, Route, Timeout};

/// The directory in which the Secrets with tokens are seen, one directory each.
pub const TOKENS: &str = "/etc/kubefuncs-tokens";

/// What a path leads to: the topic alone where there is nothing else to say.
#[derive(Serialize)]
#[serde(untagged)]
enum Target {
    Topic(String),
    Route(Detail),
    /// Routes that differ in host or methods.
    Routes(Vec<Detail>),
}

/// A route in full. What is usual is left out.
#[derive(Serialize)]
struct Detail {
    topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    methods: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#async: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cors: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<Value>,
}

/// The text of the file.
pub(super) fn text(routes: &[Route], body: Option<u64>) -> String {
    let mut paths: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in routes {
        paths.entry(&route.path).or_default().push(route);
    }
    let routes: BTreeMap<_, _> = paths
        .into_iter()
        .map(|(path, routes)| (path, target(&routes)))
        .collect();
    let mut document = json!({"routes": routes});
    if let Some(body) = body {
        document["limits"] = json!({"body": body});
    }
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn target(routes: &[&Route]) -> Target {
    let mut details: Vec<_> = routes.iter().map(|route| detail(route)).collect();
    match details.as_slice() {
        [only] if only.is_usual() => Target::Topic(only.topic.clone()),
        [_] => Target::Route(details.remove(0)),
        _ => Target::Routes(details),
    }
}

fn detail(route: &Route) -> Detail {
    let timeout = route
        .timeout
        .filter(|timeout| *timeout != Timeout::default());
    let auth = route.auth.as_ref();
    Detail {
        topic: route.topic.clone(),
        host: route.host.clone(),
        methods: route.methods.clone(),
        timeout: timeout.map(Timeout::text),
        r#async: match route.respond_async {
            Async::Never => None,
            Async::Asked => Some(json!("prefer")),
            Async::Always => Some(json!(true)),
        },
        idempotent: route.idempotent.then_some(true),
        cors: route.cors.clone(),
        auth: auth.map(|token| {
            let file = format!("{TOKENS}/{}/{}", token.secret, token.key);
            json!({"bearer": {"file": file}})
        }),
    }
}

impl Detail {
    fn is_usual(&self) -> bool {
        self.host.is_none()
            && self.methods.is_empty()
            && self.timeout.is_none()
            && self.r#async.is_none()
            && self.idempotent.is_none()
            && self.cors.is_none()
            && self.auth.is_none()
    }
}
