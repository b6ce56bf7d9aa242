//! Lists whose items Kubernetes tells apart by some of their keys.

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
            .is_none_or(|items| repeated(items, &self.0).next().is_none())
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
    repeated(items, &keys).map(fault).collect()
}

/// Each item that has the same identity as an earlier one, with the index of that one.
fn repeated<'i>(items: &'i [Value], keys: &'i [String]) -> impl Iterator<Item = (usize, usize)> {
    // Short lists are the rule, and there comparing each with each is the fastest.
    let ids: Vec<_> = items.iter().map(|item| identity(item, keys)).collect();
    let mut first_by_id = std::collections::BTreeMap::new();
    let mut found = Vec::new();
    for (index, id) in ids.into_iter().enumerate() {
        let Some(id) = id else { continue };
        let id: Vec<_> = id
            .into_iter()
            .map(|part| part.map(Value::to_string))
            .collect();
        match first_by_id.entry(id) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(index);
            }
            std::collections::btree_map::Entry::Occupied(taken) => {
                found.push((index, *taken.get()));
            }
        }
    }
    found.into_iter()
}

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
