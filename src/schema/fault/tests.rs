//! Faults of schemas like that of functions.yaml, which schemars makes from Rust types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{Checker, FaultKind, suggest};

/// An application in small.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is of interest")]
struct App {
    app: String,
    image: Option<Image>,
    kind: Option<Kind>,
    #[schemars(range(min = 1, max = 100))]
    replicas: Option<u32>,
    #[schemars(length(min = 1), pattern("^[a-z]+$"))]
    name: Option<String>,
    env: Option<BTreeMap<String, EnvValue>>,
    scaling: Option<Scaling>,
    #[schemars(extend("format" = "quantity", "pattern" = "^[0-9]+(Mi|M)?$"))]
    memory: Option<String>,
    #[schemars(extend("uniqueItems" = true))]
    topics: Option<Vec<String>>,
    #[schemars(extend("x-kubernetes-list-map-keys" = ["name"]))]
    list: Option<Vec<Value>>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is of interest")]
enum Image {
    Reference(String),
    Parts(Parts),
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is of interest")]
struct Parts {
    repository: String,
    tag: Option<String>,
    pull_policy: Option<Kind>,
}

/// With words for each variant, which makes schemars write each on its own.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is of interest")]
enum Kind {
    /// The usual.
    Deployment,
    /// The stateful.
    StatefulSet,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is of interest")]
enum EnvValue {
    Text(String),
    Number(f64),
    Secret(Secret),
    ConfigMap(ConfigMap),
    Field(Field),
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is of interest")]
struct Secret {
    secret: String,
    key: String,
    optional: Option<bool>,
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code, reason = "only its schema is of interest")]
struct ConfigMap {
    config_map: String,
    key: String,
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is of interest")]
struct Field {
    field: String,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is of interest")]
enum Scaling {
    Off(#[schemars(extend("const" = false))] bool),
    On(Limits),
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is of interest")]
struct Limits {
    min: Option<u32>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is of interest")]
struct Rest {
    max: Option<u32>,
}

/// What is wrong with the application `value`, one line a fault, in both drafts that matter.
fn told(value: &Value) -> Vec<String> {
    let lines = |settings: SchemaSettings| -> Vec<String> {
        let schema = settings.into_generator().into_root_schema_for::<App>();
        let faults = Checker::new(schema.into()).unwrap().faults(value);
        faults
            .iter()
            .map(|fault| format!("{} {}", fault.pointer, what(&fault.kind)))
            .collect()
    };
    let told = lines(SchemaSettings::draft2020_12());
    assert_eq!(told, lines(SchemaSettings::draft07()), "drafts differ");
    told
}

fn what(kind: &FaultKind) -> String {
    match kind {
        FaultKind::UnknownKey { key, known } => {
            let meant = suggest(key, known.iter().map(String::as_str));
            format!(
                "unknown {key}, meant {}, not {}",
                meant.unwrap_or("-"),
                known.len()
            )
        }
        FaultKind::WrongType { expected, found } => {
            let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
            format!("{found}, not {}", expected.join(" or "))
        }
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn assert_told(value: &Value, wanted: &[&str]) {
    assert_eq!(told(value), wanted, "{value}");
}

#[test]
fn nothing_is_wrong_with_what_fits() {
    assert_told(
        &json!({
            "app": "shop", "image": {"repository": "a", "pullPolicy": "Deployment"},
            "kind": "StatefulSet", "replicas": 1, "scaling": false, "memory": "1Mi",
            "env": {"A": "x", "B": {"secret": "s", "key": "k"}, "C": {"field": "f"}, "D": 1.5},
        }),
        &[],
    );
    assert_told(
        &json!({"app": "shop", "image": null, "scaling": {"min": 1, "max": 2}}),
        &[],
    );
}

#[test]
fn keys_are_told_one_by_one_with_what_is_known() {
    assert_told(
        &json!({"replcas": 1, "imge": "x"}),
        &[
            " unknown imge, meant image, not 10",
            " unknown replcas, meant replicas, not 10",
            r#" MissingKey { key: "app" }"#,
        ],
    );
}

#[test]
fn an_optional_value_is_not_told_to_be_null() {
    assert_told(
        &json!({"app": "a", "replicas": "3"}),
        &["/replicas a string, not an integer"],
    );
    assert_told(
        &json!({"app": "a", "memory": []}),
        &["/memory a list, not a string"],
    );
    assert_told(&json!({"app": null}), &["/app null, not a string"]);
}

#[test]
fn the_shape_that_a_value_has_is_the_one_that_counts() {
    assert_told(
        &json!({"app": "a", "image": 1}),
        &["/image an integer, not a string or a mapping"],
    );
    assert_told(
        &json!({"app": "a", "image": {"repository": "a", "tagg": "1", "pullPolicy": 1}}),
        &[
            "/image unknown tagg, meant tag, not 3",
            "/image/pullPolicy an integer, not a string",
        ],
    );
    assert_told(
        &json!({"app": "a", "image": {}}),
        &[r#"/image MissingKey { key: "repository" }"#],
    );
}

#[test]
fn of_several_mappings_the_nearest_speaks() {
    let env = |value: Value| json!({"app": "a", "env": {"X": value}});
    assert_told(
        &env(json!(["a"])),
        &["/env/X a list, not a number or a string or a mapping"],
    );
    assert_told(
        &env(json!({"secret": "s", "ky": "k"})),
        &[
            "/env/X unknown ky, meant key, not 3",
            r#"/env/X MissingKey { key: "key" }"#,
        ],
    );
    assert_told(
        &env(json!({"configmap": "c", "key": "k"})),
        &[
            "/env/X unknown configmap, meant configMap, not 2",
            r#"/env/X MissingKey { key: "configMap" }"#,
        ],
    );
    assert_told(
        &env(json!({"field": 1})),
        &["/env/X/field an integer, not a string"],
    );
    assert_told(
        &env(json!({})),
        &[r#"/env/X MissingOneOf { keys: ["configMap", "field", "secret"] }"#],
    );
}

#[test]
fn words_of_all_variants_are_told_together() {
    assert_told(
        &json!({"app": "a", "kind": "Deploymnt"}),
        &[
            r#"/kind NotAllowed { value: Some("Deploymnt"), allowed: ["Deployment", "StatefulSet"] }"#,
        ],
    );
    assert_told(
        &json!({"app": "a", "kind": 1}),
        &["/kind an integer, not a string"],
    );
    assert_told(
        &json!({"app": "a", "scaling": true}),
        &[r#"/scaling NotAllowed { value: Some("true"), allowed: ["false"] }"#],
    );
    assert_told(
        &json!({"app": "a", "scaling": "no"}),
        &["/scaling a string, not true or false or a mapping"],
    );
}

#[test]
fn keys_of_flattened_parts_are_known() {
    assert_told(
        &json!({"app": "a", "scaling": {"mx": 1}}),
        &["/scaling unknown mx, meant max, not 2"],
    );
}

#[test]
fn limits_and_forms_are_told_with_what_they_are() {
    assert_told(
        &json!({"app": "a", "replicas": 0}),
        &[r#"/replicas TooSmall { limit: "1", exclusive: false }"#],
    );
    assert_told(
        &json!({"app": "a", "name": "", "memory": "128 mb"}),
        &[
            r#"/memory Quantity { value: Some("128 mb"), suggestion: Some("128M") }"#,
            "/name TooShort { limit: 1, of: String }",
            r#"/name Pattern { value: Some(""), format: None, pattern: "^[a-z]+$" }"#,
        ],
    );
    assert_told(
        &json!({"app": "a", "topics": ["x", "x"]}),
        &["/topics NotUnique"],
    );
    assert_told(
        &json!({"app": "a", "list": [{"name": 1}, {"name": 1, "x": 2}, {}, {}]}),
        &[r#"/list/1 Duplicate { keys: ["name"], value: Some("1"), first: 0 }"#],
    );
}

#[test]
fn a_schema_that_is_none_is_refused() {
    let error = Checker::new(json!({"type": "text"})).unwrap_err();
    assert!(
        error.to_string().starts_with("not a usable JSON schema: "),
        "{error}"
    );
    assert!(Checker::new(json!({"$ref": "https://example.com/schema"})).is_err());
    assert!(Checker::new(json!({"pattern": "(?=x)"})).is_err());
}
