//! What is written stays data: no text of a file becomes structure of what is rendered.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use kubefunctl::{Compiled, File, Options, compile};
use serde_json::json;

fn run(text: &str) -> Compiled {
    let file = File {
        name: "functions.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    compile(vec![file], &Options::default())
}

/// Texts that would mean something in YAML, in templates, in shells or to Kubernetes.
fn nasty() -> Vec<String> {
    let long = "x".repeat(1 << 20);
    let lines = "a\n".repeat(1 << 19);
    let fixed = [
        "\"",
        "'",
        "\\",
        "\"}, {\"",
        "{{ x }}",
        "{% raw %}",
        "{# x #}",
        "a: b",
        "- a",
        "---",
        "...",
        "\n---\nkind: Secret\n",
        "a\n  b: c",
        "\r\n",
        "\t",
        "%",
        "&a",
        "*a",
        "!x",
        "|",
        ">",
        "#",
        "a #b",
        "${HOME}",
        "$(A)",
        "`x`",
        "\u{2028}",
        "\u{feff}",
        "\u{85}",
        "null",
        "~",
        "yes",
        "0755",
        "1e3",
        "\u{0}",
        "\u{1b}[31m",
        "\u{7f}",
        "{{",
        "}}",
        "<<",
        "=",
        "",
        " ",
        "é",
        "\u{1f600}",
    ];
    let fixed = fixed.into_iter().map(ToOwned::to_owned);
    fixed.chain([long, lines]).collect()
}

/// A nasty text in every place that takes one: it is there as it is written, or the file is
/// refused; what else is rendered stays the same.
#[test]
fn what_is_written_stays_data() {
    let file = |key: &str, value: &str| {
        let mut file = json!({
            "app": "shop", "image": "acme/shop:1.0", "namespace": "shop",
            "labels": {"team": "x"}, "annotations": {"note": "x"},
            "functions": [{
                "name": "cart", "topic": "cart", "channel": "c", "args": ["x"], "command": ["x"],
                "env": {"A": "x"}, "podLabels": {"tier": "x"}, "podAnnotations": {"note": "x"},
                "config": {"file": "x"}, "health": {"path": "/x"}, "priorityClassName": "x",
                "nodeSelector": {"disk": "x"},
                "patches": [{"kind": "Deployment", "patch": {"metadata": {"annotations": {"p": "x"}}}}],
            }],
            "gateway": {"routes": {"/cart/": {"topic": "cart", "host": "x.example"}}},
        });
        *file.pointer_mut(key).unwrap() = value.into();
        file.to_string()
    };
    let kinds = |compiled: &Compiled| -> Vec<String> {
        let objects = compiled.objects.iter().flatten();
        objects.map(|object| object.id.kind.clone()).collect()
    };
    let usual = kinds(&run(&file("/labels/team", "x")));
    let mut rendered = 0;
    for key in [
        "/app",
        "/image",
        "/namespace",
        "/labels/team",
        "/annotations/note",
        "/functions/0/name",
        "/functions/0/topic",
        "/functions/0/channel",
        "/functions/0/args/0",
        "/functions/0/command/0",
        "/functions/0/env/A",
        "/functions/0/podLabels/tier",
        "/functions/0/podAnnotations/note",
        "/functions/0/config/file",
        "/functions/0/health/path",
        "/functions/0/priorityClassName",
        "/functions/0/nodeSelector/disk",
        "/functions/0/patches/0/patch/metadata/annotations/p",
        "/gateway/routes/~1cart~1/topic",
        "/gateway/routes/~1cart~1/host",
    ] {
        for text in nasty() {
            // Long ones where long ones belong; elsewhere they are refused for their length alone.
            let long = ["note", "args/0", "env/A", "topic"]
                .iter()
                .any(|end| key.ends_with(end));
            if text.len() > 1000 && !long {
                continue;
            }
            let compiled = run(&file(key, &text));
            let shown = text.chars().take(40).collect::<String>();
            if compiled.objects.is_none() {
                assert!(compiled.report.has_errors(), "{key} {shown:?}");
                continue;
            }
            rendered += 1;
            assert_eq!(kinds(&compiled), usual, "{key} {shown:?}");
            if !text.is_empty() {
                let json = compiled.json().unwrap_or_default();
                assert!(
                    json.contains(&json_text(&text)),
                    "{key} {shown:?} is not in what is rendered"
                );
            }
        }
    }
    assert!(rendered > 200, "{rendered}");
}

/// A text as it stands within a JSON string; control characters are never rendered.
fn json_text(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A name of a key is data too.
#[test]
fn keys_stay_data() {
    for text in nasty().into_iter().filter(|text| text.len() < 100) {
        let word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        for place in ["labels", "annotations"] {
            let file = json!({"app": "shop", "image": "acme/shop:1.0", place: {&text: "x"}, "functions": [{"name": "a"}]});
            let compiled = run(&file.to_string());
            assert_eq!(compiled.objects.is_some(), word, "{place} {text:?}");
        }
        let file = json!({"app": "shop", "image": "acme/shop:1.0", "functions": [{"name": "a", "env": {&text: "x"}}]});
        let compiled = run(&file.to_string());
        if let Some(json) = compiled.json() {
            assert!(json.contains(&json_text(&text)), "{text:?}");
        }
    }
}
