//! Lists whose items Kubernetes tells apart by some of their keys.

use std::collections::BTreeMap;

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

use super::FaultKind;

/// The keyword that names those keys, as the Kubernetes API's own description spells it.
pub(super) const KEYWORD: &str = "x-kubernetes-list-map-keys";

/// The check behind [`KEYWORD`].
struct UniqueBy(Vec<String>);

/// Makes the check for one list, whose schema says `keys`.
pub(super) fn compile<'a>(
    _schema: &'a Map<String, Value>,
    keys: &'a Value,
    _at: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    Ok(Box::new(UniqueBy(names(keys))))
}

impl<'i> Keyword<'i> for UniqueBy {
    fn validate(&self, list: &'i Value) -> Result<(), ValidationError<'i>> {
        // Only says that there is a fault; `duplicates` finds each with its place.
        if self.is_valid(list) {
            Ok(())
        } else {
            Err(ValidationError::custom(KEYWORD))
        }
    }

    fn is_valid(&self, list: &'i Value) -> bool {
        list.as_array()
            .is_none_or(|items| repeated(items, &self.0).is_empty())
    }
}

/// The items of `list` that repeat an earlier one: their index and what to say of them.
pub(super) fn duplicates(list: &Value, keys: &Value) -> Vec<(usize, FaultKind)> {
    let keys = names(keys);
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    let fault = |(index, first): (usize, usize)| {
        let shared = identity(&items[first], &keys).unwrap_or_default();
        let value: Option<Vec<_>> = shared.into_iter().flatten().map(super::excerpt).collect();
        let value = value.map(|texts| texts.join(", "));
        (
            index,
            FaultKind::Duplicate {
                keys: keys.clone(),
                value,
                first,
            },
        )
    };
    repeated(items, &keys).into_iter().map(fault).collect()
}

/// Each item that has the same identity as an earlier one, with the index of that one.
fn repeated(items: &[Value], keys: &[String]) -> Vec<(usize, usize)> {
    if items.len() <= SHORT {
        let ids: Vec<_> = items.iter().map(|item| identity(item, keys)).collect();
        let first = |index: usize| ids.iter().position(|id| *id == ids[index]);
        let known = (0..ids.len()).filter(|index| ids[*index].is_some());
        return known
            .filter_map(|index| Some((index, first(index)?)))
            .filter(|(index, first)| first < index)
            .collect();
    }
    let mut firsts = BTreeMap::new();
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(id) = identity(item, keys) else {
            continue;
        };
        let id: Vec<_> = id
            .into_iter()
            .map(|part| part.map(Value::to_string))
            .collect();
        let first = *firsts.entry(id).or_insert(index);
        if first < index {
            found.push((index, first));
        }
    }
    found
}

/// Up to this length, comparing each item with each takes less time than making text of them.
const SHORT: usize = 16;

/// What an item has at `keys`; nothing for one that has none of them or is no mapping.
fn identity<'v>(item: &'v Value, keys: &[String]) -> Option<Vec<Option<&'v Value>>> {
    let parts: Vec<_> = keys.iter().map(|key| item.get(key)).collect();
    parts.iter().any(Option::is_some).then_some(parts)
}

fn names(keys: &Value) -> Vec<String> {
    let keys = keys.as_array().into_iter().flatten();
    keys.filter_map(|key| key.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{SHORT, repeated};
    use serde_json::{Value, json};

    #[test]
    fn short_and_long_lists_are_judged_alike() {
        let keys = ["a".to_owned(), "b".to_owned()];
        let few = [
            json!({"a": 1}),
            json!({"a": 1, "b": 2}),
            json!({"c": 3}),
            json!({"a": 1, "c": 4}),
            json!({"c": 3}),
            json!("a"),
            json!({"b": 2, "a": 1}),
            json!({"a": 1}),
        ];
        let expected = vec![(3, 0), (6, 1), (7, 0)];
        assert_eq!(repeated(&few, &keys), expected);
        let mut many = few.to_vec();
        many.extend((0..SHORT).map(|_| Value::Null));
        assert_eq!(repeated(&many, &keys), expected);
    }
}
