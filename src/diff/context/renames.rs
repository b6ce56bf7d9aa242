//! An object that goes as its like comes under another name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::diff::{Advice, ChangeKind, Diff, ObjectDiff};

/// So much of both has to be the same, in percent.
const LIKE: usize = 80;
/// Fewer values than these say nothing about who is whose like.
const FEWEST: usize = 3;
/// Of each kind so many are compared with each other, on each side; where more come and go, no hint
/// would be read.
const MOST: usize = 64;

/// Values of an object by their place, apart from its name, labels and annotations.
type Leaves = BTreeSet<(String, String)>;

/// Adds a note to both; that one goes and one comes stays what it is.
pub(super) fn apply(diff: &mut Diff) {
    let mut kinds: BTreeMap<String, [Vec<(usize, Leaves)>; 2]> = BTreeMap::new();
    for (at, object) in diff.objects.iter().enumerate() {
        let side = match object.kind {
            ChangeKind::Removed => 0,
            ChangeKind::Added => 1,
            ChangeKind::Changed => continue,
        };
        let sides = kinds.entry(object.identity.qualified_kind()).or_default();
        // One more shows that there are too many.
        if sides[side].len() <= MOST {
            sides[side].push((at, leaves(object)));
        }
    }
    let mut pairs = Vec::new();
    for [gone, come] in kinds.values() {
        if gone.len() > MOST || come.len() > MOST {
            continue;
        }
        for (from, old) in gone {
            let likes = come
                .iter()
                .map(|(to, new)| (likeness(old, new), *from, *to));
            pairs.extend(likes.filter(|(like, ..)| *like >= LIKE));
        }
    }
    // The likest first; of the same, in the order of their names.
    pairs.sort_by_key(|(like, from, to)| {
        let name = |at: &usize| diff.objects[*at].identity.clone();
        (usize::MAX - like, name(from), name(to))
    });
    let mut taken = BTreeSet::new();
    for (like, from, to) in pairs {
        if taken.contains(&from) || taken.contains(&to) {
            continue;
        }
        taken.extend([from, to]);
        let (old, new) = (
            diff.objects[from].identity.clone(),
            diff.objects[to].identity.clone(),
        );
        let mut say = |at: usize, text: String| {
            diff.objects[at].notes.push(Advice {
                text,
                command: None,
            });
        };
        say(
            from,
            format!("perhaps renamed: {like} % the same as {new}, which is new"),
        );
        say(
            to,
            format!("perhaps renamed: {like} % the same as {old}, which is gone"),
        );
    }
}

/// How much of both is the same, in percent, rounded down.
fn likeness(old: &Leaves, new: &Leaves) -> usize {
    if old.len().min(new.len()) < FEWEST {
        return 0;
    }
    200 * old.intersection(new).count() / (old.len() + new.len())
}

fn leaves(object: &ObjectDiff) -> Leaves {
    let mut found = Leaves::new();
    let value = object.old.as_ref().or(object.new.as_ref());
    for (key, value) in value.and_then(Value::as_object).into_iter().flatten() {
        if !["apiVersion", "kind", "metadata"].contains(&key.as_str()) {
            collect(key.clone(), value, &mut found);
        }
    }
    found
}

fn collect(path: String, value: &Value, found: &mut Leaves) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| collect(format!("{path}/{key}"), value, found)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, item)| collect(format!("{path}/{at}"), item, found)),
        leaf => {
            found.insert((path, leaf.to_string()));
        }
    }
}
