//! The kind of a function's workload.

use crate::diag::codes::running::UNKNOWN_KIND;
use crate::diag::{Diagnostic, Report};
use crate::schema::{Located, Text, fault};
use crate::templates::UserKind;

/// The kind of a function's workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workload {
    /// Pods that are all alike.
    #[default]
    Deployment,
    /// Pods that keep their names.
    StatefulSet,
    /// A pod on each node.
    DaemonSet,
    /// A kind that a template of the user's adds, by its number in `App::kinds`.
    Other(usize),
}

/// Those that are ours, and their names.
const OURS: [(Workload, &str); 3] = [
    (Workload::Deployment, "Deployment"),
    (Workload::StatefulSet, "StatefulSet"),
    (Workload::DaemonSet, "DaemonSet"),
];

impl Workload {
    pub(super) fn resolve(
        spec: Option<&Located<Text>>,
        kinds: &[UserKind],
        report: &mut Report,
    ) -> Self {
        let Some(kind) = spec else {
            return Self::default();
        };
        if let Some(known) = OURS.iter().find(|(_, name)| *name == kind.0) {
            return known.0;
        }
        if let Some(other) = kinds.iter().position(|other| other.is(&kind.0)) {
            return Self::Other(other);
        }
        let ours = OURS.iter().map(|(_, name)| *name);
        let names: Vec<_> = ours
            .chain(kinds.iter().map(|kind| kind.kind.as_str()))
            .collect();
        let message = format!(
            "there is no template for the kind `{}`",
            kind.0.escape_debug()
        );
        let diagnostic = Diagnostic::at(&UNKNOWN_KIND, kind.span, message)
            .label(format!("there is one for {}", names.join(", ")));
        report.push(match fault::suggest(&kind.0, names) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!(
                "for another kind: `templates: DIR`, with `DIR/{}.yaml`",
                kind.0.to_lowercase().escape_debug()
            )),
        });
        Self::default()
    }
}
