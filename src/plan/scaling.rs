//! How many pods: the replicas field, the autoscaler, the disruption budget.

use serde_json::json;

use super::labels::{Metadata, selector};
use super::{HORIZONTAL_POD_AUTOSCALER, Kind, POD_DISRUPTION_BUDGET, Plan, SCALED_OBJECT};
use crate::resolve::{Broker, Endpoint, POLLING, Scaling};
use crate::source::Span;

/// A workload that an autoscaler may own.
pub(super) struct Autoscaled<'a> {
    /// The kind of the workload.
    pub kind: &'a Kind<'a>,
    /// The container whose CPU use counts.
    pub container: &'a str,
    /// For how many seconds the autoscaler looks back before it takes pods away.
    pub window: u64,
    /// The queue that may decide.
    pub queue: Option<Queue<'a>>,
}

/// A channel whose depth may decide how many pods there are.
pub(super) struct Queue<'a> {
    pub topic: &'a str,
    pub channel: &'a str,
    pub broker: &'a Broker,
    /// Seconds without a waiting message before the last pod goes. Asking NSQ, KEDA sees neither
    /// messages that run nor those that are to be delivered again.
    pub cooldown: u64,
}

impl Queue<'_> {
    /// Where the exporter tells how much work there is, where there is an exporter.
    fn url(&self) -> Option<String> {
        let Endpoint { host, port } = self.broker.exporter.as_ref()?;
        // Of all that names may have, only this means something in a query.
        let [topic, channel] = [self.topic, self.channel].map(|name| name.replace('#', "%23"));
        Some(format!(
            "http://{host}:{port}/queue?topic={topic}&channel={channel}"
        ))
    }
}

/// `spec.replicas`: absent where an autoscaler or somebody else owns the number, for otherwise
/// each apply would reset it.
pub(super) fn replicas(scaling: Scaling) -> Option<u32> {
    match scaling {
        Scaling::Fixed(replicas) => Some(replicas),
        _ => None,
    }
}

/// The autoscaler and the disruption budget of a workload.
pub(super) fn plan(
    metadata: &Metadata,
    origin: Option<Span>,
    scaling: Scaling,
    scaled: &Autoscaled<'_>,
    plan: &mut Plan,
) {
    if scaling.many() {
        budget(metadata, origin, plan);
    }
    let target = object! {
        "apiVersion": scaled.kind.api_version,
        "kind": scaled.kind.kind,
        "name": metadata.name.as_str(),
    };
    match (scaling, &scaled.queue) {
        (Scaling::Cpu { min, max, cpu }, _) => {
            let context = object! {
                "target": target,
                "container": scaled.container,
                "min": min,
                "max": max,
                "cpu": cpu,
                "window": scaled.window,
            };
            plan.add(&HORIZONTAL_POD_AUTOSCALER, metadata, origin, context);
        }
        (
            Scaling::Queue {
                min,
                max,
                depth,
                cpu,
            },
            Some(queue),
        ) => {
            let context = json!({
                "target": target,
                "container": scaled.container,
                "min": min,
                "max": max,
                "depth": depth.to_string(),
                "cpu": cpu.map(|cpu| cpu.to_string()),
                "window": scaled.window,
                "cooldown": queue.cooldown,
                "polling": POLLING,
                // So many where the queue cannot be seen.
                "fallback": min.max(1),
                "topic": queue.topic,
                "channel": queue.channel,
                "lookupd": format!("{}:{}", queue.broker.lookupd.host, queue.broker.lookupd.port),
                "exporter": queue.url(),
            });
            plan.add(&SCALED_OBJECT, metadata, origin, context);
        }
        _ => {}
    }
}

/// One pod less at a time: never so strict that a node cannot be drained.
pub(super) fn budget(metadata: &Metadata, origin: Option<Span>, plan: &mut Plan) {
    let context = object! {"selector": selector(&metadata.name)};
    plan.add(&POD_DISRUPTION_BUDGET, metadata, origin, context);
}
