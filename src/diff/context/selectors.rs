//! Who selects pods by their labels.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::is_kind;
use crate::diff::set::{Identity, Set};

/// What a selector is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A Service leads requests to the pods.
    Leads,
    /// A policy restricts them.
    Restricts,
    /// A policy lets them through to others.
    Admits,
    /// A budget keeps a number of them.
    Keeps,
}

/// What selects, and for what.
pub(super) type Selection<'a> = (Role, &'a Identity);

struct Selector<'a> {
    is: Selection<'a>,
    /// The namespace of the pods; any where it names none.
    namespace: Option<&'a str>,
    labels: Vec<(&'a str, &'a str)>,
    expressions: &'a [Value],
}

/// A namespace, or all of them, and a label where the selectors below it ask for one.
type Place<'a> = (Option<&'a str>, Option<(&'a str, &'a str)>);

/// The label that every namespace has, with its name.
const NAMESPACE: &str = "kubernetes.io/metadata.name";

/// The selectors of a set, each under the one of its labels that the fewest ask for: so one pod is
/// held against few of them.
pub(super) struct Selectors<'a>(BTreeMap<Place<'a>, Vec<Selector<'a>>>);

impl<'a> Selectors<'a> {
    pub(super) fn of(set: &'a Set) -> Self {
        let mut all = Vec::new();
        for (identity, entry) in set.objects() {
            for (role, namespace, selector) in selectors(identity, &entry.value) {
                let labels = match role {
                    Role::Leads => Some(selector),
                    _ => selector.get("matchLabels"),
                };
                let labels = labels.and_then(Value::as_object).into_iter().flatten();
                let text = |(key, value): (&'a String, &'a Value)| Some((&**key, value.as_str()?));
                let expressions = match role {
                    Role::Leads => None,
                    _ => selector.get("matchExpressions").and_then(Value::as_array),
                };
                all.push(Selector {
                    is: (role, identity),
                    namespace,
                    labels: labels.filter_map(text).collect(),
                    expressions: expressions.map_or(&[], Vec::as_slice),
                });
            }
        }
        let mut asked: BTreeMap<Place, usize> = BTreeMap::new();
        for selector in &all {
            for label in &selector.labels {
                let place = (selector.namespace, Some(*label));
                *asked.entry(place).or_default() += 1;
            }
        }
        let mut by_place: BTreeMap<Place, Vec<Selector>> = BTreeMap::new();
        for selector in all {
            let labels = selector.labels.iter();
            let rarest = labels.min_by_key(|label| asked.get(&(selector.namespace, Some(**label))));
            let place = (selector.namespace, rarest.copied());
            by_place.entry(place).or_default().push(selector);
        }
        Self(by_place)
    }

    /// All that select a pod with these labels, and how many were looked at.
    pub(super) fn of_pod(
        &self,
        namespace: &str,
        labels: &Map<String, Value>,
    ) -> (BTreeSet<Selection<'a>>, usize) {
        let pairs = labels.iter();
        let pairs = pairs.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
        let places = pairs.map(Some).chain([None]);
        let candidates: Vec<_> = places
            .flat_map(|label| [(Some(namespace), label), (None, label)])
            .filter_map(|place| self.0.get(&place))
            .flatten()
            .collect();
        let fitting = candidates.iter().filter(|selector| selector.fits(labels));
        (
            fitting.map(|selector| selector.is).collect(),
            candidates.len(),
        )
    }
}

impl Selector<'_> {
    fn fits(&self, labels: &Map<String, Value>) -> bool {
        let is = |key: &str, value: &str| labels.get(key).and_then(Value::as_str) == Some(value);
        let expression = |expression: &Value| {
            let text = |key: &str| {
                expression
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let key = text("key");
            let values = expression
                .get("values")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let mut values = values.filter_map(Value::as_str);
            match text("operator") {
                "In" => values.any(|value| is(key, value)),
                "NotIn" => !values.any(|value| is(key, value)),
                "Exists" => labels.contains_key(key),
                "DoesNotExist" => !labels.contains_key(key),
                _ => false,
            }
        };
        self.labels.iter().all(|(key, value)| is(key, value))
            && self.expressions.iter().all(expression)
    }
}

/// The selectors of an object, each with the namespace it is about.
fn selectors<'a>(
    identity: &'a Identity,
    object: &'a Value,
) -> Vec<(Role, Option<&'a str>, &'a Value)> {
    let own = Some(identity.namespace.as_str());
    let at = |role: Role, pointer: &str| object.pointer(pointer).map(|found| (role, own, found));
    if is_kind(identity, "Service") {
        // A Service without one selects nothing.
        let some = |selector: &Value| selector.as_object().is_some_and(|map| !map.is_empty());
        return at(Role::Leads, "/spec/selector")
            .filter(|(.., found)| some(found))
            .into_iter()
            .collect();
    }
    if is_kind(identity, "PodDisruptionBudget.policy") {
        return at(Role::Keeps, "/spec/selector").into_iter().collect();
    }
    if !is_kind(identity, "NetworkPolicy.networking.k8s.io") {
        return Vec::new();
    }
    let mut found: Vec<_> = at(Role::Restricts, "/spec/podSelector")
        .into_iter()
        .collect();
    for (rules, peers) in [("/spec/ingress", "from"), ("/spec/egress", "to")] {
        let rules = object
            .pointer(rules)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let peers = rules
            .filter_map(|rule| rule.get(peers)?.as_array())
            .flatten();
        found.extend(peers.filter_map(|peer| {
            let namespace = match peer.get("namespaceSelector") {
                None => own,
                Some(selector) => named(selector)?,
            };
            Some((Role::Admits, namespace, peer.get("podSelector")?))
        }));
    }
    found
}

/// The namespace that a selector of namespaces is about: all where it asks for nothing, the one it
/// names. Nothing where it asks for other labels: those of namespaces are not known here.
fn named(selector: &Value) -> Option<Option<&str>> {
    let selector = selector.as_object()?;
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    if expressions.is_some_and(|expressions| !expressions.is_empty()) {
        return None;
    }
    let mut labels = labels.into_iter().flatten();
    match (labels.next(), labels.next()) {
        (None, _) => Some(None),
        (Some((key, name)), None) if key == NAMESPACE => name.as_str().map(Some),
        _ => None,
    }
}
