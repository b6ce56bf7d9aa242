//! The gateway, complete.

use super::resources::Usual;
use super::{
    Entrance, ImageRef, Resources, Route, Scaling, entrance, image, names, resources, route, size,
};
use crate::diag::codes::shape::BAD_SHAPE;
use crate::diag::{Diagnostic, Report};
use crate::schema::Located;
use crate::schema::spec::{self, Toggle};
use crate::source::Span;

/// The gateway's image where none is named. Changing it restarts every gateway: a release of the
/// compiler alone must not.
pub(super) const IMAGE: &str = "kubefuncs/gateway:0.1.0";

/// What a gateway requests that says nothing.
const USUAL: Usual = Usual {
    cpu: "100m",
    memory: "64Mi",
    memory_limit: "256Mi",
};

/// A gateway, complete.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// `<app>-gateway`: the name of its objects.
    pub object: String,
    /// Where it is written.
    pub span: Span,
    /// Its image.
    pub image: ImageRef,
    /// The routes, in the order of their paths.
    pub routes: Vec<Route>,
    /// How many pods.
    pub scaling: Scaling,
    /// CPU and memory.
    pub resources: Resources,
    /// Ways to it from outside of the cluster.
    pub entrances: Vec<Entrance>,
    /// The largest body of a request, in bytes, where it is not the usual one.
    pub body: Option<u64>,
}

pub(super) fn resolve(
    located: &Located<spec::Gateway>,
    app: &str,
    shared: &image::Shared,
    report: &mut Report,
) -> Gateway {
    let spec = &located.value;
    let written = spec.routes.iter().flat_map(|routes| &routes.0);
    let mut routes: Vec<_> = written
        .filter_map(|(path, target)| route::of_gateway(path, target, report))
        .collect();
    routes.sort_by(|a, b| a.path.cmp(&b.path));
    if let Some(scaling) = &spec.scaling
        && let Toggle::On(written) = &scaling.value
        && written.queue_depth.is_some()
    {
        report.push(
            Diagnostic::at(
                &BAD_SHAPE,
                scaling.span,
                "a gateway has no queue to be scaled by",
            )
            .label("`queueDepth` is for functions")
            .help("scale it by `cpu`"),
        );
    }
    Gateway {
        object: names::object(app, "gateway", located.span, report),
        span: located.span,
        image: shared.gateway(),
        routes,
        scaling: Scaling::resolve(spec.scaling.as_ref(), 2, report),
        resources: resources::resolve(spec.resources.as_ref(), USUAL),
        entrances: entrance::resolve(spec, report),
        body: spec
            .limits
            .as_ref()
            .and_then(|limits| size::body(limits.body.as_ref()?, report)),
    }
}
