//! Writes down which fields of the bundled kinds the version of this build does not have.
//!
//! `absent.json` keeps one list a version. The generator of `schemas/kubernetes/` reads from the
//! lists which version brought a field.

#![allow(
    clippy::disallowed_methods,
    reason = "a development tool reads and writes files"
)]

#[expect(
    dead_code,
    reason = "only the definitions are of interest, not the kinds"
)]
#[path = "../../../tests/kubernetes_schemas/collect.rs"]
mod collect;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

/// Lists of `definition.field`, by version.
type Absent = BTreeMap<String, Vec<String>>;

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bundle = fs::read(here.join("../../schemas/kubernetes/v1.37.json"))?;
    let bundle: Value = serde_json::from_slice(&bundle)?;
    let newest = bundle["definitions"]
        .as_object()
        .ok_or("the bundle has no definitions")?;
    let (_, ours) = collect::collect();

    let file = here.join("absent.json");
    let mut absent: Absent = serde_json::from_slice(&fs::read(&file).unwrap_or("{}".into()))?;
    let fields = missing(newest, &ours);
    absent.insert(version(), fields);
    fs::write(&file, serde_json::to_string_pretty(&absent)? + "\n")?;
    Ok(())
}

/// The version of this build, such as `1.33`.
fn version() -> String {
    let minors = [
        (33, cfg!(feature = "v1_33")),
        (34, cfg!(feature = "v1_34")),
        (35, cfg!(feature = "v1_35")),
        (36, cfg!(feature = "v1_36")),
    ];
    let built = minors
        .iter()
        .find(|(_, built)| *built)
        .expect("a version is a feature");
    format!("1.{}", built.0)
}

/// The fields that `newest` has in definitions that `older` has, too, and `older` has not. Fields
/// of newer definitions need no mention: only newer fields lead to them.
fn missing(newest: &Map<String, Value>, older: &Map<String, Value>) -> Vec<String> {
    let mut fields = Vec::new();
    for (name, schema) in newest {
        let Some(known) = older.get(name) else {
            continue;
        };
        let properties = schema["properties"].as_object().into_iter().flatten();
        let new = properties.filter(|(field, _)| known["properties"].get(field).is_none());
        fields.extend(new.map(|(field, _)| format!("{name}.{field}")));
    }
    fields
}
