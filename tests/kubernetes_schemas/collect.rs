//! The kinds we bundle, and their schemas as `k8s-openapi` has them.

use k8s_openapi::api::{apps, autoscaling, batch, core, networking, policy, rbac, scheduling};
use k8s_openapi::{ClusterResourceScope, Metadata, NamespaceResourceScope, Resource};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// One kind of the bundle.
pub(crate) struct Kind {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) namespaced: bool,
    /// The full name of its definition, such as `io.k8s.api.core.v1.Service`.
    pub(crate) definition: String,
}

/// Where objects of a kind live.
pub(crate) trait Scope {
    const NAMESPACED: bool;
}

impl Scope for NamespaceResourceScope {
    const NAMESPACED: bool = true;
}

impl Scope for ClusterResourceScope {
    const NAMESPACED: bool = false;
}

/// The kinds, sorted, and every definition they need, by full name.
///
/// To bundle another kind, add a line here and accept.
pub(crate) fn collect() -> (Vec<Kind>, Map<String, Value>) {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut kinds = Vec::new();
    let out = &mut kinds;
    let from = &mut generator;
    add::<apps::v1::DaemonSet>(from, out);
    add::<apps::v1::Deployment>(from, out);
    add::<apps::v1::ReplicaSet>(from, out);
    add::<apps::v1::StatefulSet>(from, out);
    add::<autoscaling::v2::HorizontalPodAutoscaler>(from, out);
    add::<batch::v1::CronJob>(from, out);
    add::<batch::v1::Job>(from, out);
    add::<core::v1::ConfigMap>(from, out);
    add::<core::v1::Namespace>(from, out);
    add::<core::v1::PersistentVolumeClaim>(from, out);
    add::<core::v1::Pod>(from, out);
    add::<core::v1::Secret>(from, out);
    add::<core::v1::Service>(from, out);
    add::<core::v1::ServiceAccount>(from, out);
    add::<networking::v1::Ingress>(from, out);
    add::<networking::v1::NetworkPolicy>(from, out);
    add::<policy::v1::PodDisruptionBudget>(from, out);
    add::<rbac::v1::ClusterRole>(from, out);
    add::<rbac::v1::ClusterRoleBinding>(from, out);
    add::<rbac::v1::Role>(from, out);
    add::<rbac::v1::RoleBinding>(from, out);
    add::<scheduling::v1::PriorityClass>(from, out);
    kinds.sort_by_key(|kind| (kind.api_version, kind.kind));
    (kinds, generator.take_definitions(true))
}

/// Adds one kind and, to the generator, all that it refers to.
fn add<K>(generator: &mut SchemaGenerator, kinds: &mut Vec<Kind>)
where
    K: Resource + Metadata + JsonSchema,
    K::Scope: Scope,
{
    generator.subschema_for::<K>();
    kinds.push(Kind {
        api_version: K::API_VERSION,
        kind: K::KIND,
        namespaced: K::Scope::NAMESPACED,
        definition: K::schema_name().into_owned(),
    });
}
