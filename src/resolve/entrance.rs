//! Ways from outside of the cluster to a gateway.

use std::collections::BTreeMap;

use super::{labels, names, route};
use crate::diag::Report;
use crate::schema::spec;
use crate::schema::{Located, Text};

/// A way from outside of the cluster to a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// An Ingress.
    Ingress {
        /// The host it is for; all where absent.
        host: Option<String>,
        /// The Secret with the certificate.
        tls: Option<String>,
        /// The IngressClass; the cluster's where absent.
        class: Option<String>,
        /// Annotations of its own.
        annotations: BTreeMap<String, String>,
    },
    /// An HTTPRoute of the Gateway API.
    HttpRoute {
        /// The Gateway's name.
        parent: String,
        /// The Gateway's namespace, if another one.
        namespace: Option<String>,
        /// The Gateway's listener; all where absent.
        section: Option<String>,
        /// The hosts it is for; the Gateway's where empty.
        hosts: Vec<String>,
    },
}

pub(super) fn resolve(spec: &spec::Gateway, report: &mut Report) -> Vec<Entrance> {
    let mut entrances = Vec::new();
    if let Some(ingress) = &spec.ingress {
        entrances.push(Entrance::Ingress {
            host: ingress
                .host
                .as_ref()
                .and_then(|text| route::host(text, report)),
            tls: named("a Secret", ingress.tls.as_ref(), report),
            class: named("an IngressClass", ingress.class_name.as_ref(), report),
            annotations: labels::annotations(ingress.annotations.as_ref(), report),
        });
    }
    if let Some(http) = &spec.http_route {
        let gateway = &http.parent;
        let namespace = gateway.namespace.as_ref();
        let hosts = http.hosts.iter().flatten();
        entrances.push(Entrance::HttpRoute {
            parent: named("a Gateway", Some(&gateway.name), report).unwrap_or_default(),
            namespace: namespace.and_then(|text| names::namespace(&text.0, text.span, report)),
            section: named("a listener", gateway.section.as_ref(), report),
            hosts: hosts.filter_map(|text| route::host(text, report)).collect(),
        });
    }
    entrances
}

/// The name of an object that is not ours.
fn named(what: &str, text: Option<&Located<Text>>, report: &mut Report) -> Option<String> {
    let text = text?;
    names::subdomain(what, &text.0, text.span, report).then(|| text.0.clone())
}
