//! What a value of functions.yaml is, as far as merging has to know: which lists have entries
//! with a name, and which keys exclude each other.

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::schema) enum Place {
    /// The whole document.
    Document,
    /// The list of functions.
    Functions,
    /// One function, or `defaults`.
    Function,
    /// An image: a reference, or parts.
    Image,
    /// The mapping of images.
    Images,
    /// The gateway.
    Gateway,
    /// Its routes.
    Routes,
    /// Where one leads: a topic, or settings.
    Route,
    /// Environment variables: a mapping or a list.
    Env,
    /// A value of the mapping.
    EnvValue,
    /// An entry of the list.
    EnvEntry,
    /// Its `valueFrom`.
    ValueFrom,
    /// A list of Kubernetes' containers.
    Containers,
    /// One of them.
    Container,
    /// Ports of a container.
    Ports,
    /// What the kubelet asks a container.
    Probe,
    /// Kubernetes' volumes.
    Volumes,
    /// One of them.
    Volume,
    /// Where a container sees them.
    Mounts,
    /// How pods are spread.
    Spread,
    /// Anything else.
    Plain,
}

use Place as P;

impl Place {
    /// What the value of a key is.
    pub(super) fn child(self, key: &str) -> Self {
        match (self, key) {
            (P::Document, "functions") => P::Functions,
            (P::Document, "defaults") => P::Function,
            (P::Document, "images") => P::Images,
            (P::Document, "gateway") => P::Gateway,
            (P::Gateway, "routes") => P::Routes,
            (P::Routes, _) => P::Route,
            (P::Document | P::Function, "image") | (P::Images, _) => P::Image,
            (P::Function | P::Container, "env") => P::Env,
            (P::Function | P::Container, "volumeMounts") => P::Mounts,
            (P::Function, "initContainers") => P::Containers,
            (P::Function, "volumes") => P::Volumes,
            (P::Function, "topologySpread") => P::Spread,
            (P::Container, "ports") => P::Ports,
            (P::Container, "startupProbe" | "livenessProbe" | "readinessProbe") => P::Probe,
            (P::Env, _) => P::EnvValue,
            (P::EnvEntry, "valueFrom") => P::ValueFrom,
            _ => P::Plain,
        }
    }

    /// For a list whose entries have names: the keys that make the name, and what an entry is.
    /// `protocol=TCP` says what an absent key means. Any other list is replaced as a whole.
    pub(super) fn entries(self) -> Option<(&'static [&'static str], Self)> {
        const NAME: &[&str] = &["name"];
        Some(match self {
            P::Functions => (NAME, P::Function),
            P::Env => (NAME, P::EnvEntry),
            P::Containers => (NAME, P::Container),
            P::Volumes => (NAME, P::Volume),
            P::Mounts => (&["mountPath"], P::Plain),
            P::Ports => (&["containerPort", "protocol=TCP"], P::Plain),
            P::Spread => (&["topologyKey", "whenUnsatisfiable"], P::Plain),
            _ => return None,
        })
    }

    /// Whether a mapping has one only of the keys like this one, so that another of them, when it
    /// is new, takes its place.
    pub(super) fn excludes(self, key: &str) -> bool {
        match self {
            P::EnvValue => matches!(key, "secret" | "configMap" | "field"),
            P::EnvEntry => matches!(key, "value" | "valueFrom"),
            P::ValueFrom => true,
            P::Volume => key != "name",
            P::Probe => matches!(key, "exec" | "grpc" | "httpGet" | "tcpSocket"),
            // A new tag without its digest, or the reverse, makes the old other one wrong.
            P::Image => matches!(key, "tag" | "digest"),
            _ => false,
        }
    }
}
