//! Which of several shapes a value was meant to have.

use serde_json::Value;

use super::single::tidy;
use super::{Fault, FaultKind, Pointer, Type, suggest::suggest};

/// The faults to report for a value at `at` that fits none of the `branches` of an `anyOf` or
/// `oneOf`, given the faults that it has in each.
///
/// Branches for another type of value than the one at hand are out. Values that those left allow
/// one by one are told together. Of what then remains, the branch that the value resembles most
/// speaks for all; of equals, the first.
pub(super) fn merge(branches: Vec<Vec<Fault>>, at: &Pointer, value: &Value) -> Vec<Fault> {
    let fits = |faults: &Vec<Fault>| !faults.iter().any(|fault| wrong_type(fault, at).is_some());
    let (fitting, other): (Vec<_>, Vec<_>) = branches.into_iter().partition(fits);
    if fitting.is_empty() {
        let mut expected: Vec<Type> = other
            .iter()
            .flatten()
            .filter_map(|fault| wrong_type(fault, at))
            .flatten()
            .copied()
            .collect();
        tidy(&mut expected);
        let kind = FaultKind::WrongType {
            expected,
            found: Type::of(value),
        };
        return vec![Fault {
            pointer: at.clone(),
            kind,
        }];
    }
    if let Some(together) =
        allowed_together(&fitting, at).or_else(|| untouched(&fitting, at, value))
    {
        return vec![together];
    }
    fitting
        .into_iter()
        .min_by_key(|faults| distance(faults, at))
        .unwrap_or_default()
}

/// The types that a fault with the type of the value at `at` names.
fn wrong_type<'f>(fault: &'f Fault, at: &Pointer) -> Option<&'f Vec<Type>> {
    match &fault.kind {
        FaultKind::WrongType { expected, .. } if fault.pointer == *at => Some(expected),
        _ => None,
    }
}

/// One fault for branches that are each but a list of allowed values.
fn allowed_together(branches: &[Vec<Fault>], at: &Pointer) -> Option<Fault> {
    let mut all = Vec::new();
    let mut told = None;
    for faults in branches {
        let [
            Fault {
                pointer,
                kind: FaultKind::NotAllowed { value, allowed },
            },
        ] = &faults[..]
        else {
            return None;
        };
        if pointer != at {
            return None;
        }
        told = value.clone();
        for one in allowed {
            if !all.contains(one) {
                all.push(one.clone());
            }
        }
    }
    let kind = FaultKind::NotAllowed {
        value: told,
        allowed: all,
    };
    Some(Fault {
        pointer: at.clone(),
        kind,
    })
}

/// One fault for a mapping that resembles no branch, because it is empty or because the branches
/// differ in nothing but a key each: the keys there are to choose from.
fn untouched(branches: &[Vec<Fault>], at: &Pointer, value: &Value) -> Option<Fault> {
    let lone = |faults: &Vec<Fault>| faults.len() == 1;
    if branches.len() < 2 || !(value.as_object()?.is_empty() || branches.iter().all(lone)) {
        return None;
    }
    let missing = |fault: &Fault| match &fault.kind {
        FaultKind::MissingKey { key } if fault.pointer == *at => Some(key.clone()),
        _ => None,
    };
    let wanted: Vec<Vec<String>> = branches
        .iter()
        .map(|faults| faults.iter().filter_map(missing).collect())
        .collect();
    // The more branches want a key, the less it says about the choice between them.
    let wanting = |key: &String| wanted.iter().filter(|keys| keys.contains(key)).count();
    let mut keys = Vec::new();
    for own in &wanted {
        let telling = own.iter().min_by_key(|key| wanting(key))?;
        if wanting(telling) == branches.len() {
            return None;
        }
        keys.push(telling.clone());
    }
    keys.sort();
    keys.dedup();
    Some(Fault {
        pointer: at.clone(),
        kind: FaultKind::MissingOneOf { keys },
    })
}

/// How far a value is from a branch: the less, the likelier it was meant.
fn distance(faults: &[Fault], at: &Pointer) -> usize {
    let missing = |key: &str| {
        let is =
            |fault: &Fault| matches!(&fault.kind, FaultKind::MissingKey { key: it } if it == key);
        faults.iter().any(|fault| fault.pointer == *at && is(fault))
    };
    let weight = |fault: &Fault| match &fault.kind {
        // A tag that names another branch.
        FaultKind::NotAllowed { .. } if fault.pointer.0.len() <= at.0.len() + 1 => 1000,
        _ if fault.pointer != *at => 1,
        FaultKind::UnknownKey { key, known } => {
            match suggest(key, known.iter().map(String::as_str)) {
                // Misspelt, and the right key is not there: this accounts for both faults.
                Some(meant) if missing(meant) => 1,
                Some(_) => 50,
                None => 100,
            }
        }
        FaultKind::MissingKey { .. } => 10,
        _ => 1,
    };
    faults.iter().map(weight).sum()
}
