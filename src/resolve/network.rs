//! Who may talk to a function's pods, and whom they may talk to, in Kubernetes' own form.

use serde_json::{Map, Value, json};

use super::{labels, names};
use crate::diag::codes::shape::{BAD_FORMAT, BAD_SHAPE, OUT_OF_RANGE};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec;
use crate::schema::{Located, Text};
use crate::source::Span;

/// Who may talk to a function's pods, and whom they may talk to, beside what always works.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Kubernetes' rules; everybody where absent.
    pub egress: Option<Vec<Value>>,
    /// Kubernetes' rules.
    pub ingress: Vec<Value>,
}

pub(super) fn resolve(spec: Option<&Located<spec::Network>>, report: &mut Report) -> Network {
    let mut rules = |peers: Option<&Vec<Located<spec::Peer>>>, key: &str| {
        let peers = peers?.iter();
        Some(
            peers
                .map(|peer| rule(peer, key, report))
                .collect::<Vec<_>>(),
        )
    };
    let spec = spec.map(|spec| &spec.value);
    Network {
        egress: rules(spec.and_then(|spec| spec.egress.as_ref()), "to"),
        ingress: rules(spec.and_then(|spec| spec.ingress.as_ref()), "from").unwrap_or_default(),
    }
}

fn rule(peer: &Located<spec::Peer>, key: &str, report: &mut Report) -> Value {
    let mut rule = Map::new();
    if let Some(other) = other(peer, report) {
        rule.insert(key.to_owned(), json!([other]));
    }
    if let Some(ports) = &peer.ports {
        let ports: Vec<_> = ports
            .iter()
            .filter_map(|port| self::port(port, report))
            .collect();
        rule.insert("ports".to_owned(), json!(ports));
    }
    Value::Object(rule)
}

/// The other side; `None` for anybody.
fn other(peer: &Located<spec::Peer>, report: &mut Report) -> Option<Value> {
    let pods = peer.namespace.is_some() || peer.labels.is_some();
    let Some(cidr) = &peer.cidr else {
        if let Some(first) = peer.except.iter().flatten().next() {
            report.push(lone_except(first.span));
        }
        return pods.then(|| self::pods(peer, report));
    };
    if pods {
        report.push(
            Diagnostic::at(
                &BAD_SHAPE,
                peer.span,
                "an address range and pods are two peers",
            )
            .label("either `cidr`, or `namespace` and `labels`")
            .help("make two entries of it"),
        );
    }
    let mut block = json!({"cidr": cidr.0});
    check_cidr(cidr, report);
    if let Some(except) = &peer.except {
        except.iter().for_each(|cidr| check_cidr(cidr, report));
        block["except"] = except.iter().map(|cidr| cidr.0.clone()).collect();
    }
    Some(json!({"ipBlock": block}))
}

fn pods(peer: &spec::Peer, report: &mut Report) -> Value {
    let mut pods = Map::new();
    if let Some(namespace) = &peer.namespace {
        names::namespace(&namespace.0, namespace.span, report);
        let labels = json!({"kubernetes.io/metadata.name": namespace.0});
        pods.insert(
            "namespaceSelector".to_owned(),
            json!({"matchLabels": labels}),
        );
    }
    if peer.labels.is_some() {
        let labels = labels::resolve(peer.labels.as_ref(), report);
        pods.insert("podSelector".to_owned(), json!({"matchLabels": labels}));
    }
    Value::Object(pods)
}

/// `5432` or `53/UDP`.
fn port(text: &Located<Text>, report: &mut Report) -> Option<Value> {
    let (number, protocol) = text.0.split_once('/').unwrap_or((&text.0, "TCP"));
    let known = ["TCP", "UDP", "SCTP"].contains(&protocol);
    match number.parse::<u32>() {
        Ok(port @ 1..=65_535) if known => Some(json!({"protocol": protocol, "port": port})),
        Ok(_) if known => {
            report.push(
                Diagnostic::at(&OUT_OF_RANGE, text.span, "there is no such port")
                    .label("1 at least, 65535 at most"),
            );
            None
        }
        _ => {
            report.push(
                Diagnostic::at(&BAD_FORMAT, text.span, "this is not a port")
                    .label("expected a number, or one with TCP, UDP or SCTP such as `53/UDP`"),
            );
            None
        }
    }
}

fn check_cidr(cidr: &Located<Text>, report: &mut Report) {
    let parsed = cidr.0.split_once('/').and_then(|(address, bits)| {
        let address: std::net::IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits: u8 = bits.parse().ok()?;
        (bits <= most).then_some(())
    });
    if parsed.is_none() {
        let address: Result<std::net::IpAddr, _> = cidr.0.parse();
        let diagnostic = Diagnostic::at(&BAD_FORMAT, cidr.span, "this is not an address range")
            .label("expected an address and a number of bits, such as 10.0.0.0/8");
        report.push(match address {
            Ok(one) if one.is_ipv4() => {
                diagnostic.help(format!("this address alone is `{one}/32`"))
            }
            Ok(one) => diagnostic.help(format!("this address alone is `{one}/128`")),
            Err(_) => diagnostic,
        });
    }
}

fn lone_except(span: Span) -> Diagnostic {
    Diagnostic::at(&BAD_SHAPE, span, "`except` has nothing to take from")
        .help("add the range it is part of as `cidr`")
}
