//! An order in which environment variables can refer to each other by `$(NAME)`: Kubernetes
//! expands a reference only to what stands before it.

use std::collections::{BTreeMap, BTreeSet};

/// Puts variables, given as name and value, after those their values refer to, and leaves them
/// in the order given otherwise.
///
/// Gives the indices in their new order, and those that cannot have one, since they wait for each
/// other or for themselves.
#[must_use]
pub fn by_references(vars: &[(&str, &str)]) -> (Vec<usize>, Vec<usize>) {
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, (name, _)) in vars.iter().enumerate() {
        place.entry(name).or_insert(index);
    }
    let mut waits: Vec<BTreeSet<usize>> = Vec::with_capacity(vars.len());
    let mut waited: Vec<Vec<usize>> = vec![Vec::new(); vars.len()];
    for (index, (_, value)) in vars.iter().enumerate() {
        let before: BTreeSet<usize> = references(value)
            .into_iter()
            .filter_map(|name| place.get(name).copied())
            .collect();
        for &other in &before {
            waited[other].push(index);
        }
        waits.push(before);
    }
    let free = |index: &usize| waits[*index].is_empty();
    let mut ready: BTreeSet<usize> = (0..vars.len()).filter(free).collect();
    let mut ordered = Vec::with_capacity(vars.len());
    while let Some(next) = ready.pop_first() {
        ordered.push(next);
        for &other in &waited[next] {
            waits[other].remove(&next);
            if waits[other].is_empty() {
                ready.insert(other);
            }
        }
    }
    let stuck = |index: &usize| !waits[*index].is_empty();
    let stuck = (0..vars.len()).filter(stuck).collect();
    (ordered, stuck)
}

/// The names in `$(NAME)`, as Kubernetes reads them: `$$` is a dollar, and what has no end is no
/// reference. Every character is looked at once.
#[must_use]
pub fn references(value: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('(') {
            let Some((name, after)) = inner.split_once(')') else {
                break;
            };
            names.push(name);
            rest = after;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{by_references, references};

    #[test]
    fn references_are_read_as_kubernetes_does() {
        for (value, names) in [
            ("https://$(HOST):$(PORT)/", &["HOST", "PORT"][..]),
            ("$$(A) $$$(B)", &["B"]),
            ("$(A", &[]),
            ("$ $A ()", &[]),
            ("$($(A))", &["$(A"]),
        ] {
            assert_eq!(references(value), names, "{value}");
        }
    }

    #[test]
    fn the_order_is_kept_where_it_can_be() {
        let vars = [
            ("B", "$(C)"),
            ("A", ""),
            ("C", "$(NOT_OURS)"),
            ("D", "$(A)"),
        ];
        assert_eq!(by_references(&vars), (vec![1, 2, 0, 3], vec![]));
    }

    #[test]
    fn what_waits_for_itself_is_told() {
        let vars = [("A", "$(B)"), ("B", "$(A)"), ("C", "$(C)"), ("D", "")];
        assert_eq!(by_references(&vars), (vec![3], vec![0, 1, 2]));
    }

    /// Ten thousand in the worst order, and a mebibyte of beginnings, are no work to speak of.
    #[test]
    fn long_chains_take_no_time() {
        let names: Vec<String> = (0..10_000).map(|n| format!("V{n}")).collect();
        let values: Vec<String> = (1..=10_000).map(|n| format!("$(V{n})")).collect();
        let vars: Vec<_> = names
            .iter()
            .zip(&values)
            .map(|(n, v)| (&**n, &**v))
            .collect();
        let (ordered, stuck) = by_references(&vars);
        assert_eq!((ordered.len(), ordered[0], stuck), (10_000, 9_999, vec![]));
        assert!(references(&"$(".repeat(1 << 19)).is_empty());
    }
}
