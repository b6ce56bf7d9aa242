//! What a NetworkPolicy means, as networking.k8s.io/v1 states it.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::cluster::{End, Labels};

/// Which end of a flow is asked.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

/// Whether the policies of `own` let it talk with `other`: they do where none selects it.
pub(crate) fn allows(
    policies: &[Value],
    direction: Direction,
    own: &End,
    other: &End,
    port: (u64, &str),
) -> bool {
    let End::Pod { namespace, labels } = own else {
        return true;
    };
    let (kind, rules, peers) = match direction {
        Direction::Ingress => ("Ingress", "ingress", "from"),
        Direction::Egress => ("Egress", "egress", "to"),
    };
    let mut selecting = policies.iter().filter(|policy| {
        let types = policy["spec"]["policyTypes"].as_array().unwrap();
        policy["metadata"]["namespace"] == namespace.as_str()
            && selects(&policy["spec"]["podSelector"], labels)
            && types.iter().any(|one| one == kind)
    });
    let first = selecting.next();
    if first.is_none() {
        return true;
    }
    first.into_iter().chain(selecting).any(|policy| {
        let rules = policy["spec"][rules].as_array().unwrap();
        rules.iter().any(|rule| {
            let ports = rule["ports"].as_array();
            let peers = rule[peers].as_array();
            ports.is_none_or(|ports| ports.iter().any(|one| covers(one, port)))
                && peers.is_none_or(|peers| {
                    peers.iter().any(|peer| is(peer, other, namespace.as_str()))
                })
        })
    })
}

fn covers(rule: &Value, (port, protocol): (u64, &str)) -> bool {
    let named = rule["protocol"].as_str().unwrap_or("TCP");
    let last = rule["endPort"].as_u64().or(rule["port"].as_u64());
    named == protocol
        && rule["port"]
            .as_u64()
            .is_none_or(|first| (first..=last.unwrap()).contains(&port))
}

/// Whether `other` is whom `peer` names, seen from `namespace`.
fn is(peer: &Value, other: &End, namespace: &str) -> bool {
    if let Some(block) = peer.get("ipBlock") {
        // A pod's address is the cluster's affair: no rule of ours counts on it.
        let End::Address(address) = other else {
            return false;
        };
        let inside = |cidr: &Value| contains(cidr.as_str().unwrap(), *address);
        let except = block["except"].as_array().into_iter().flatten();
        return inside(&block["cidr"]) && !except.into_iter().any(inside);
    }
    let End::Pod {
        namespace: theirs,
        labels,
    } = other
    else {
        return false;
    };
    let in_namespace = match peer.get("namespaceSelector") {
        Some(selector) => {
            let label = ("kubernetes.io/metadata.name".to_owned(), theirs.clone());
            selects(selector, &[label].into())
        }
        None => theirs == namespace,
    };
    in_namespace
        && peer
            .get("podSelector")
            .is_none_or(|selector| selects(selector, labels))
}

/// Whether a label selector of ours, which has `matchLabels` only, selects.
fn selects(selector: &Value, labels: &Labels) -> bool {
    assert!(selector.get("matchExpressions").is_none(), "{selector}");
    let nothing = Map::new();
    let wanted = selector["matchLabels"].as_object().unwrap_or(&nothing);
    wanted
        .iter()
        .all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
}

fn contains(cidr: &str, address: IpAddr) -> bool {
    let (network, bits) = cidr.split_once('/').unwrap();
    let (network, bits): (IpAddr, u32) = (network.parse().unwrap(), bits.parse().unwrap());
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}
