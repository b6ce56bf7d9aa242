//! `kubeVersion`: the oldest Kubernetes that the manifests have to work on.

use super::kinds::{NEWEST, OLDEST};
use super::overlay;
use crate::diag::codes::variation::OTHER_KUBERNETES;
use crate::diag::{Diagnostic, Report};
use crate::source::Node;

/// The minor version that `1.NN` names, with or without a `v` before; none outside of the
/// supported ones.
#[must_use]
pub fn minor(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.")?;
    let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let minor = digits.parse().ok().filter(|_| plain)?;
    (OLDEST..=NEWEST).contains(&minor).then_some(minor)
}

/// The one that a document or an environment names.
pub(super) fn of(tree: &Node) -> Option<u32> {
    minor(&tree.get("kubeVersion")?.as_scalar()?.text)
}

/// The one that a document names, else the oldest; what is not supported is reported, in its
/// environments too.
pub(super) fn check(tree: &Node, report: &mut Report) -> u32 {
    let layers = overlay::environments(tree).iter().map(|entry| &entry.value);
    for layer in std::iter::once(tree).chain(layers) {
        let Some(version) = layer.get("kubeVersion").filter(|node| !node.is_null()) else {
            continue;
        };
        if of(layer).is_none() {
            let message = "this version of Kubernetes is not supported";
            report.push(
                Diagnostic::at(&OTHER_KUBERNETES, version.span, message)
                    .label(format!("supported are 1.{OLDEST} to 1.{NEWEST}"))
                    .help("it is the oldest cluster that the manifests have to work on"),
            );
        }
    }
    of(tree).unwrap_or(OLDEST)
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions() {
        for (text, minor) in [
            ("1.33", Some(33)),
            ("v1.37", Some(37)),
            ("1.38", None),
            ("1.3", None),
            ("1.+33", None),
            ("1.33.1", None),
            ("2.33", None),
            ("", None),
        ] {
            assert_eq!(super::minor(text), minor, "{text}");
        }
    }
}
