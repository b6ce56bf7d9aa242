//! Parts of PromQL that alerts and dashboards have in common.

use crate::resolve::{App, Function};

/// Selects what a function's pods say.
pub(super) fn channel(app: &App, function: &Function) -> String {
    format!(
        r#"namespace="{}",topic="{}",channel="{}""#,
        app.namespace, function.topic, function.channel
    )
}

/// Selects what the pods of a Deployment say.
pub(super) fn pods_of(app: &App, object: &str) -> String {
    format!(
        r#"namespace="{}",pod=~"{object}-[^-]+-[^-]+""#,
        app.namespace
    )
}
