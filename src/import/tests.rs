use serde_json::{Value, json};

use super::{Imported, helm, openfaas};
use crate::source::{Limits, Node, Sources, parse};

fn tree(text: &str) -> Node {
    let mut sources = Sources::new();
    let file = sources.add("f", text.to_owned());
    parse(&sources, file, &Limits::default()).unwrap().unwrap()
}

fn said(imported: &Imported) -> String {
    imported
        .notes
        .iter()
        .map(|note| format!("{}\n", note.text))
        .collect()
}

#[test]
fn helm_values_move_to_the_new_spelling() {
    let values = "nameOverride: Demo Shop\n\
        image: {repository: acme/shop, tag: '1.10', pullPolicy: Always}\n\
        defaults: {replicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 70}\n\
        functions:\n- name: a\n  replicas: 3\n  env: [{name: A, value: 0755}]\n  sidecar: x\n\
        config: {routes: {/a/: a}, port: 80}\nservice: {type: LoadBalancer}\n\
        imagePullSecrets: [{name: ghcr}]\n";
    let imported = helm(&tree(values), None);
    assert_eq!(imported.value["app"], "demo-shop");
    assert_eq!(imported.value["image"]["tag"], "1.10");
    assert_eq!(
        imported.value["defaults"],
        json!({"scaling": {"min": 2, "max": 5, "cpu": 70}})
    );
    let function = &imported.value["functions"][0];
    assert_eq!(function["scaling"], json!({"min": 3}));
    assert_eq!(function["env"], json!([{"name": "A", "value": "0755"}]));
    assert_eq!(imported.value["gateway"], json!({"routes": {"/a/": "a"}}));
    let notes = said(&imported);
    for left in ["`sidecar`", "`port`", "`service`"] {
        assert!(notes.contains(left), "{notes}");
    }
    assert_eq!(
        helm(&tree("functions: []\n"), Some("x")).value,
        json!({"app": "x"})
    );
}

#[test]
fn a_stack_is_carried_over_or_spoken_of() {
    let stack = "version: 1.0\nprovider: {name: openfaas, gateway: 'http://x'}\nfunctions:\n  \
        resize_Image:\n    lang: go\n    handler: ./x\n    image: ${REGISTRY:-ghcr.io/acme}/resize:1.0\n    \
        environment: {write_debug: true, level: 010}\n    limits: {memory: 40m, cpu: 100m}\n    \
        labels: {com.openfaas.scale.min: 2, com.openfaas.scale.max: '15', team: media, \
        com.openfaas.scale.zero: true}\n    annotations: {topic: images, note: hello}\n    \
        constraints: ['kubernetes.io/arch = amd64', 'a != b']\n    secrets: [s3]\n    fprocess: ./x\n";
    let imported = openfaas(&tree(stack), Some("media"));
    let function = &imported.value["functions"][0];
    assert_eq!(function["name"], "resize-image");
    assert_eq!(function["image"], "ghcr.io/acme/resize:1.0");
    assert_eq!(function["topic"], "images");
    assert_eq!(
        function["env"],
        json!({"write_debug": "true", "level": "010"})
    );
    assert_eq!(
        function["resources"],
        json!({"limits": {"memory": "40Mi", "cpu": "100m"}})
    );
    assert_eq!(function["scaling"], json!({"min": 2, "max": 15}));
    assert_eq!(function["podLabels"], json!({"team": "media"}));
    assert_eq!(function["podAnnotations"], json!({"note": "hello"}));
    assert_eq!(
        function["nodeSelector"],
        json!({"kubernetes.io/arch": "amd64"})
    );
    assert_eq!(
        imported.value["gateway"]["routes"],
        json!({"/function/resize_Image/": "images"})
    );
    let notes = said(&imported);
    for left in [
        "`provider`",
        "scale.zero",
        "`a != b`",
        "`secrets`",
        "`fprocess`",
        "`40Mi`",
        "called `resize-image`",
        "watchdog",
    ] {
        assert!(notes.contains(left), "{left}: {notes}");
    }
}

#[test]
fn nothing_that_is_read_as_yaml_stops_an_import() {
    for text in [
        "[]",
        "a",
        "functions: 1",
        "functions: {a: b, c: [d]}",
        "functions: [1, [2], {}]",
        "config: 1",
    ] {
        let tree = tree(text);
        assert!(matches!(helm(&tree, None).value, Value::Object(_)));
        assert!(matches!(openfaas(&tree, None).value, Value::Object(_)));
    }
}
