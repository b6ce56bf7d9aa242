//! Empty mappings and lists: mostly nothing, now and then everything.

use crate::manifest::{Scope, Step};

/// Places where an empty value is not the same as none: a selector without conditions selects all,
/// a policy without rules lets nobody in.
#[rustfmt::skip] // One row a line.
const MEANINGFUL: &[(&str, &str)] = &[
    ("*", "/**/selector|podSelector|namespaceSelector|labelSelector|objectSelector"),
    ("*", "/**/emptyDir|capabilities"),
    ("NetworkPolicy.networking.k8s.io", "/spec/ingress|egress"),
    ("*", "PT/spec/volumes/[]/*"),
    // A file of nothing, and no file.
    ("ConfigMap|Secret", "/data|binaryData/*"),
    ("CustomResourceDefinition.apiextensions.k8s.io", "/spec/**"),
];

/// Whether an empty value there is as good as none.
pub(super) fn mean_nothing(scope: &Scope, path: &[Step]) -> bool {
    let known_kind = match scope.kind.split_once('.') {
        None => true,
        Some((_, group)) => {
            !group.contains('.')
                || group.ends_with(".k8s.io") && group != "gateway.networking.k8s.io"
        }
    };
    // What an empty value means to a kind that is not Kubernetes' own, its makers know.
    let known_place = known_kind
        || scope.in_template(path).is_some()
        || matches!(path.first(), Some(Step::Key(key)) if key == "metadata");
    known_place
        && !MEANINGFUL
            .iter()
            .any(|(kinds, pattern)| scope.is(kinds) && scope.fits(pattern, path))
}
