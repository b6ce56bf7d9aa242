//! The kinds of one version of Kubernetes.

use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

use super::definitions::Definitions;
use crate::schema::fault::{Checker, Fault, Library};

/// The kinds and definitions of one version of Kubernetes.
pub struct Bundle {
    definitions: &'static Definitions,
    kinds: Vec<Kind>,
}

/// One kind of object, such as `Deployment` of `apps/v1`.
pub struct Kind {
    api_version: String,
    kind: String,
    namespaced: bool,
    definition: String,
    definitions: &'static Definitions,
    checker: OnceLock<&'static Checker>,
}

impl Bundle {
    pub(super) fn new(definitions: &'static Definitions) -> Self {
        let rows = definitions.text.kinds.iter();
        Bundle {
            definitions,
            kinds: rows.map(|row| Kind::parse(row, definitions)).collect(),
        }
    }

    /// The minor version of Kubernetes 1 that this describes.
    pub fn minor(&self) -> u32 {
        self.definitions.minor
    }

    /// All kinds, sorted by API version and name.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// One kind, if it is bundled.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.kinds
            .iter()
            .find(|one| one.api_version == api_version && one.kind == kind)
    }

    /// The checker of a part of objects, wherever it stands.
    ///
    /// `name` is a definition, in full (`io.k8s.api.core.v1.ResourceRequirements`) or by the end
    /// of its name (`ResourceRequirements`, `v1.ResourceRequirements`), or a field of one
    /// (`PodSpec.tolerations`, `Container.env`), whose schema may be a list.
    pub fn part(&self, name: &str) -> Option<&'static Checker> {
        self.definitions.named(name)
    }
}

impl Kind {
    fn parse(row: &str, definitions: &'static Definitions) -> Self {
        let row: Value = serde_json::from_str(row).expect("all of the bundle is JSON");
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        Kind {
            api_version: text("apiVersion"),
            kind: text("kind"),
            namespaced: row["namespaced"] == true,
            definition: text("definition"),
            definitions,
            checker: OnceLock::new(),
        }
    }

    /// The API version, such as `apps/v1`.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// The name, such as `Deployment`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether objects of this kind live in a namespace.
    pub fn is_namespaced(&self) -> bool {
        self.namespaced
    }

    /// Everything that is wrong with an object of this kind.
    pub fn faults(&self, object: &Value) -> Vec<Fault> {
        let checker = self.checker.get_or_init(|| {
            let checker = self.definitions.checker(&self.definition);
            checker.expect("the bundle has a definition for each kind, as a test proves")
        });
        checker.faults(object)
    }

    /// The JSON schema (2020-12) of this kind, with all that it refers to.
    pub fn schema(&self) -> Value {
        self.definitions
            .standalone(&self.definition)
            .unwrap_or_default()
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({} {})", self.api_version, self.kind)
    }
}
