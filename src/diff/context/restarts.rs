//! Settings that pods read once, when they start.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::is_kind;
use crate::diff::impact::Class;
use crate::diff::object::scope;
use crate::diff::set::{Identity, Set};
use crate::diff::{Advice, ChangeKind, Diff, impact};
use crate::manifest::Step;

/// Kinds whose pods `kubectl rollout restart` replaces.
const RESTARTABLE: &str = "Deployment.apps|StatefulSet.apps|DaemonSet.apps";
/// Workloads that are named, at most; the rest are counted.
const MOST: usize = 5;

/// Keys of a ConfigMap or Secret; `None` for all of them.
type Key<'a> = Option<&'a str>;

/// Says of a changed ConfigMap or Secret which workloads have its old values as environment
/// variables, and nothing else about them that would restart them.
pub(super) fn apply(diff: &mut Diff, new: &Set) {
    let is_settings = |identity: &Identity| is_kind(identity, "ConfigMap|Secret");
    let changed = |object: &&crate::diff::ObjectDiff| {
        object.kind == ChangeKind::Changed && is_settings(&object.identity)
    };
    let mut keys: BTreeMap<&Identity, BTreeSet<Key>> = BTreeMap::new();
    for object in diff.objects.iter().filter(changed) {
        let changes = object
            .changes
            .iter()
            .filter_map(|change| data_key(&change.path));
        keys.insert(&object.identity, changes.collect());
    }
    keys.retain(|_, keys| !keys.is_empty());
    if keys.is_empty() {
        return;
    }
    let renewed = diff.objects.iter();
    let renewed = renewed.filter(|object| {
        object.classes.has(Class::Restart)
            || object.classes.has(Class::Replace)
            || object.kind == ChangeKind::Added
    });
    let renewed: BTreeSet<&Identity> = renewed.map(|object| &object.identity).collect();
    let mut users: BTreeMap<Identity, Vec<&Identity>> = BTreeMap::new();
    for (identity, entry) in new.objects() {
        if !is_kind(identity, RESTARTABLE) || renewed.contains(identity) {
            continue;
        }
        let mut used: Vec<_> = reads(identity, &entry.value)
            .into_iter()
            .filter(|(settings, key)| {
                keys.get(settings).is_some_and(|changed| match key {
                    Some(_) => changed.contains(key) || changed.contains(&None),
                    None => true,
                })
            })
            .map(|(settings, _)| settings)
            .collect();
        used.sort();
        used.dedup();
        for settings in used {
            users.entry(settings).or_default().push(identity);
        }
    }
    for object in &mut diff.objects {
        let users = users.get(&object.identity).map_or(&[][..], Vec::as_slice);
        for user in users.iter().take(MOST) {
            object.notes.push(Advice {
                text: format!("no effect on {user} until it restarts, which this does:"),
                command: impact::restart(user),
            });
        }
        if users.len() > MOST {
            let text = format!("nor on {} workloads more", users.len() - MOST);
            object.notes.push(Advice {
                text,
                command: None,
            });
        }
    }
}

/// The key of a ConfigMap's data that a path leads to; `Some(None)` for all, `None` for a path that
/// leads elsewhere.
fn data_key(path: &[Step]) -> Option<Key<'_>> {
    match path {
        [Step::Key(data), rest @ ..]
            if data == "data" || data == "binaryData" || data == "stringData" =>
        {
            match rest.first() {
                Some(Step::Key(key)) => Some(Some(key)),
                _ => Some(None),
            }
        }
        _ => None,
    }
}

/// What the containers of a workload have as environment variables.
fn reads<'a>(identity: &Identity, object: &'a Value) -> Vec<(Identity, Key<'a>)> {
    let Some(template) = scope(identity, &[object]).template else {
        return Vec::new();
    };
    let spec = template
        .iter()
        .try_fold(object, |value, key| value.get(key));
    let spec = spec.and_then(|template| template.get("spec"));
    let lists = ["containers", "initContainers"].into_iter();
    let lists = lists.filter_map(|list| spec?.get(list)?.as_array());
    let mut found = Vec::new();
    let settings = |kind: &str, name: &str| Identity {
        group: String::new(),
        kind: kind.to_owned(),
        namespace: identity.namespace.clone(),
        name: name.to_owned(),
    };
    let text = |value: &'a Value, key: &str| value.get(key).and_then(Value::as_str);
    for container in lists.flatten() {
        let list = |key: &str| {
            container
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        for (kind, one, all) in [
            ("ConfigMap", "configMapKeyRef", "configMapRef"),
            ("Secret", "secretKeyRef", "secretRef"),
        ] {
            let ones = list("env").filter_map(|variable| variable.get("valueFrom")?.get(one));
            let ones = ones
                .filter_map(|from| Some((settings(kind, text(from, "name")?), text(from, "key"))));
            found.extend(ones);
            let alls = list("envFrom").filter_map(|source| text(source.get(all)?, "name"));
            found.extend(alls.map(|name| (settings(kind, name), None)));
        }
    }
    found
}
