//! How many pods: the replicas field, the autoscaler, the disruption budget.

use serde_json::{Value, json};

use super::labels::{Metadata, selector};
use super::{DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER, POD_DISRUPTION_BUDGET, Plan};
use crate::resolve::Scaling;
use crate::source::Span;

/// `spec.replicas`: absent where an autoscaler or somebody else owns the number, for otherwise
/// each apply would reset it.
pub(super) fn replicas(scaling: Scaling) -> Option<u32> {
    match scaling {
        Scaling::Fixed(replicas) => Some(replicas),
        Scaling::Cpu { .. } | Scaling::Unmanaged => None,
    }
}

/// The autoscaler and the disruption budget of a Deployment.
///
/// `window` is for how many seconds the autoscaler looks back before it takes pods away.
pub(super) fn plan(
    metadata: &Metadata,
    origin: Option<Span>,
    scaling: Scaling,
    container: &str,
    window: u64,
    plan: &mut Plan,
) {
    if scaling.many() {
        budget(metadata, origin, plan);
    }
    if let Scaling::Cpu { min, max, cpu } = scaling {
        let target = json!({
            "apiVersion": DEPLOYMENT.api_version,
            "kind": DEPLOYMENT.kind,
            "name": metadata.name,
        });
        let context = json!({
            "target": target,
            "container": container,
            "min": min,
            "max": max,
            "cpu": cpu,
            "window": window,
        });
        plan.add(&HORIZONTAL_POD_AUTOSCALER, metadata, origin, context);
    }
}

/// One pod less at a time: never so strict that a node cannot be drained.
pub(super) fn budget(metadata: &Metadata, origin: Option<Span>, plan: &mut Plan) {
    let context: Value = json!({"selector": selector(&metadata.name)});
    plan.add(&POD_DISRUPTION_BUDGET, metadata, origin, context);
}
