//! Whatever a file holds: it renders or is refused, soon, and nothing panics.
//!
//! The number of cases is bounded; `KUBEFUNCS_CASES` asks for more: 10,000 valid files and ten
//! times as many broken ones are what a release is tested with.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use kubefunctl::{Compiled, File, Options, compile};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

fn cases(usual: u32) -> ProptestConfig {
    let more = std::env::var("KUBEFUNCS_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: more.map_or(usual, |more: u32| more.saturating_mul(usual / 200)),
        ..ProptestConfig::default()
    }
}

fn run(text: &str, env: Option<&str>) -> Compiled {
    let file = File {
        name: "functions.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let options = Options {
        env: env.map(ToOwned::to_owned),
        ..Options::default()
    };
    compile(vec![file], &options)
}

/// What a scalar of the environment may be.
fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec![
            "no",
            "1.10",
            "",
            "a: b",
            "{{ x }}",
            "---",
            "# x",
            "é\u{2028}",
            "$(A)x"
        ])
        .prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
}

fn env() -> impl Strategy<Value = Value> {
    let names = select(vec!["B", "C", "D", "E", "F"]);
    let value = prop_oneof![
        text(),
        Just(json!({"secret": "s", "key": "k"})),
        Just(json!({"configMap": "c", "key": "k", "optional": true})),
        Just(json!({"field": "status.podIP"})),
    ];
    let map = prop::collection::btree_map(names.clone(), value, 0..4).prop_map(|map| json!(map));
    let list = prop::collection::btree_map(names, text(), 0..4).prop_map(|map| {
        let entry = |(name, value): (&str, Value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned);
            json!({"name": name, "value": text})
        };
        Value::Array(map.into_iter().map(entry).collect())
    });
    prop_oneof![map, list]
}

/// Fields of a function, each there or not.
fn settings() -> impl Strategy<Value = Map<String, Value>> {
    let scaling = prop_oneof![
        Just(json!(false)),
        (1..4u32, 0..4u32).prop_map(|(min, more)| json!({"min": min, "max": min + more})),
    ];
    let image = prop_oneof![
        Just(json!("acme/other:2.0")),
        Just(json!({"repository": "acme/other", "tag": "2.1", "pullPolicy": "Always"})),
    ];
    let field = prop_oneof![
        env().prop_map(|env| ("env", env)),
        scaling.prop_map(|scaling| ("scaling", scaling)),
        image.prop_map(|image| ("image", image)),
        (100..60_000u32).prop_map(|ms| ("timeout", json!(format!("{ms}ms")))),
        (1..100u32).prop_map(|n| ("concurrency", json!(n))),
        select(vec![json!(false), json!({"path": "/x", "port": 90})]).prop_map(|h| ("health", h)),
        prop::collection::btree_map("[a-z]{1,5}", "[a-z0-9]{0,5}", 0..3)
            .prop_map(|l| ("podLabels", json!(l))),
        prop::collection::vec(text().prop_map(|t| json!(t.to_string())), 0..3)
            .prop_map(|a| ("args", json!(a))),
        Just(("tolerations", json!([{"key": "a", "operator": "Exists"}]))),
        Just(("volumes", json!([{"name": "v", "emptyDir": {}}]))),
        Just(("nodeSelector", json!({"disk": "ssd"}))),
        Just(("resources", json!({"requests": {"cpu": "1"}}))),
        Just((
            "patches",
            json!([{"kind": "ServiceAccount", "patch": {"metadata": {"annotations": {"a": "b"}}}}])
        )),
    ];
    prop::collection::vec(field, 0..6).prop_map(|fields| {
        fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    })
}

/// A file that is right: functions, defaults, a gateway, NSQ and an environment `live`.
fn valid() -> impl Strategy<Value = Value> {
    let functions = prop::collection::btree_map("[a-f]", settings(), 1..5);
    let live = prop::collection::vec(settings(), 5);
    (functions, settings(), live, any::<bool>(), any::<bool>()).prop_map(
        |(functions, defaults, live, gateway, nsq)| {
            let routes: Map<_, _> = functions
                .keys()
                .map(|name| (format!("/{name}/"), json!(name)))
                .collect();
            let named = |(name, fields): (&String, &Map<String, Value>)| {
                let mut fields = fields.clone();
                fields.insert("name".to_owned(), json!(name));
                Value::Object(fields)
            };
            let over: Vec<Value> = functions.keys().zip(&live).map(named).collect();
            let functions: Vec<Value> = functions.iter().map(named).collect();
            let mut file = json!({
                "app": "shop", "image": "acme/shop:1.0", "defaults": defaults,
                "functions": functions, "environments": {"live": {"functions": over}},
            });
            if gateway {
                file["gateway"] = json!({"routes": routes});
            }
            if nsq {
                file["nsq"] = json!({});
            }
            file
        },
    )
}

/// Every place in a value, as a JSON pointer.
fn places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![(String::new(), value)];
    while let Some((at, value)) = todo.pop() {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, child)| (key.replace('~', "~0").replace('/', "~1"), child))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(n, child)| (n.to_string(), child))
                .collect(),
            _ => Vec::new(),
        };
        for (key, child) in children {
            let path = format!("{at}/{key}");
            todo.push((path.clone(), child));
            found.push(path);
        }
    }
    found
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn valid_files_render(file in valid(), live in any::<bool>()) {
        let compiled = run(&file.to_string(), live.then_some("live"));
        prop_assert!(compiled.objects.is_some(), "{}\n{:?}", file, compiled.report.diagnostics());
    }

    /// An environment that says what the file says changes nothing, and so does an empty one.
    #[test]
    fn an_environment_of_nothing_new_changes_nothing(file in valid()) {
        let mut file = file;
        let objects = |file: &Value, env| {
            let compiled = run(&file.to_string(), env);
            let objects = compiled.objects.into_iter().flatten();
            objects.map(|object| object.yaml).collect::<Vec<_>>()
        };
        let usual = objects(&file, None);
        let mut same = file.clone();
        same.as_object_mut().unwrap().remove("environments");
        for environment in [json!({}), same] {
            file["environments"] = json!({"live": environment});
            prop_assert_eq!(&objects(&file, Some("live")), &usual);
        }
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    /// Any value in any place, any place gone, or any bytes in the middle of the text.
    #[test]
    fn broken_files_do_no_harm(
        file in valid(),
        at in any::<Index>(),
        from in any::<Index>(),
        how in 0..4,
        cut in any::<Index>(),
        noise in prop::collection::vec(select(b"{}[]:,-\"'&*!|>%@`#?\n\t \\0a\x7f\xff".to_vec()), 0..6),
    ) {
        let mut file = file;
        let places = places(&file);
        let (at, from) = (&places[at.index(places.len())], &places[from.index(places.len())]);
        let moved = file.pointer(from).cloned().unwrap_or_default();
        match how {
            0 => *file.pointer_mut(at).unwrap() = moved,
            1 => *file.pointer_mut(at).unwrap() = Value::Null,
            2 => *file.pointer_mut(at).unwrap() = json!(noise),
            _ => {}
        }
        let mut bytes = file.to_string().into_bytes();
        if how == 3 {
            let cut = cut.index(bytes.len());
            bytes.splice(cut..cut, noise);
        }
        let options = Options { env: Some("live".to_owned()), ..Options::default() };
        let compiled = compile(vec![File { name: "functions.yaml".to_owned(), bytes }], &options);
        prop_assert_eq!(compiled.objects.is_none(), compiled.report.has_errors());
    }
}

/// Inputs whose size is all that is wrong with them take no time to speak of: none of these would
/// end within the patience of a test runner if it took the square of its size.
#[test]
fn size_alone_does_no_harm() {
    let many = 20_000;
    let each = |make: &dyn Fn(usize) -> String| (0..many).map(make).collect::<String>();
    let head = "app: shop\nimage: acme/shop:1.0\n";
    let chain = each(&|n| format!("    V{n:05}: $(V{:05})\n", n + 1));
    let circle = format!("{chain}    V{many:05}: $(V00000)\n");
    let list = each(&|n| format!("  - {{name: V{n}, value: x}}\n"));
    let open = "$(".repeat(1 << 19);
    let over = each(&|n| format!("    - {{name: f{n}, timeout: 5s}}\n"));
    for (what, text) in [
        (
            "a chain of variables",
            format!("{head}functions:\n- name: a\n  env:\n{chain}"),
        ),
        (
            "a circle of variables",
            format!("{head}functions:\n- name: a\n  env:\n{circle}"),
        ),
        (
            "a list of variables",
            format!("{head}functions:\n- name: a\n  env:\n{list}"),
        ),
        (
            "two lists",
            format!("{head}defaults:\n  env:\n{list}functions:\n- name: a\n  env:\n{list}"),
        ),
        (
            "references without end",
            format!("{head}functions:\n- name: a\n  env: {{A: '{open}'}}\n"),
        ),
        (
            "an environment of strangers",
            format!("{head}functions:\n- name: a\nenvironments:\n  live:\n    functions:\n{over}"),
        ),
    ] {
        let compiled = run(&text, None);
        assert_eq!(
            compiled.objects.is_none(),
            compiled.report.has_errors(),
            "{what}"
        );
    }
}
