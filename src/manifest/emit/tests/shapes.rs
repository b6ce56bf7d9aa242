//! How documents look.

use serde_json::{Value, json};

use super::{comment, emit_stream, read, yaml};

#[test]
fn an_object_in_its_order() {
    let object = json!({
        "spec": {
            "template": {"spec": {"containers": [
                {"image": "app:1", "name": "function", "args": ["-v", "--x=1"], "env": [
                    {"value": "no", "name": "MODE"},
                    {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                ], "resources": {}, "ports": []},
            ]}},
            "replicas": 2,
        },
        "metadata": {"namespace": "shop", "labels": {"b": "1", "a": "x", "on": "y"}, "name": "checkout"},
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "Zeta": null,
        "alpha": [[1, [2, {"k": [3]}]], [], {}, true, 1.5],
    });
    let expected = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  namespace: shop
  labels:
    a: x
    b: \"1\"
    \"on\": \"y\"
Zeta: null
alpha:
- - 1
  - - 2
    - k:
      - 3
- []
- {}
- true
- 1.5
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: function
        args:
        - \"-v\"
        - \"--x=1\"
        env:
        - name: MODE
          value: \"no\"
        - name: POD
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        image: app:1
        ports: []
        resources: {}
";
    assert_eq!(yaml(&object), expected);
}

#[test]
fn the_first_keys_are_first_at_the_top_only() {
    let object =
        json!({"a": {"kind": 1, "apiVersion": 2, "metadata": 3, "a": 4, "name": 5}, "name": 0});
    assert_eq!(
        yaml(&object),
        "name: 0\na:\n  name: 5\n  a: 4\n  apiVersion: 2\n  kind: 1\n  metadata: 3\n"
    );
}

#[test]
fn texts_of_several_lines_are_blocks_where_that_is_exact() {
    let object =
        json!({"clip": "a\n\n  b # c\n", "list": ["x\ny", {"k": "x\ny\n"}], "strip": "a: b\n- c"});
    let expected = "\
clip: |
  a

    b # c
list:
- |-
  x
  y
- k: |
    x
    y
strip: |-
  a: b
  - c
";
    assert_eq!(yaml(&object), expected);
    for text in [
        "a\n\n",
        " a\nb",
        "\na",
        "a \nb\n",
        "a\r\nb\n",
        "a\u{7}\nb",
        "\ta\nb",
        "\n",
    ] {
        let quoted = format!("k: {}\n", Value::from(text));
        assert_eq!(
            yaml(&json!({ "k": text })),
            quoted.replace('\u{7}', "\\u0007")
        );
    }
}

#[test]
fn numbers_read_back_as_numbers_everywhere() {
    let cases = [
        (json!(0), "0"),
        (json!(-1), "-1"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(i64::MIN), "-9223372036854775808"),
        (json!(1.0), "1.0"),
        (json!(-0.0), "-0.0"),
        (json!(0.1), "0.1"),
        (json!(1e21), "1.0e+21"),
        (json!(1.5e300), "1.5e+300"),
        (json!(1e-7), "1.0e-7"),
        (json!(5e-324), "5.0e-324"),
    ];
    for (number, expected) in cases {
        let written = yaml(&number);
        assert_eq!(written.trim_end(), expected);
        assert_eq!(read(&written), number);
    }
}

#[test]
fn empty_documents_and_scalars_are_documents_too() {
    assert_eq!(yaml(&json!({})), "{}\n");
    assert_eq!(yaml(&json!([])), "[]\n");
    assert_eq!(yaml(&json!(null)), "null\n");
    assert_eq!(yaml(&json!("a\nb\n")), "\"a\\nb\\n\"\n");
}

#[test]
fn a_key_too_long_for_one_line_is_marked() {
    let key = "k".repeat(2_000);
    for value in [
        json!("v"),
        json!({"a": [1], "b": 2}),
        json!([1, 2]),
        json!("a\nb\n"),
        json!([]),
    ] {
        let object =
            json!({ "first": { key.clone(): value, "z": 1 }, "list": [{ key.clone(): value }] });
        let written = yaml(&object);
        assert_eq!(read(&written), object);
        assert_eq!(
            serde_yaml::from_str::<Value>(&written).unwrap(),
            object,
            "{written}"
        );
    }
}

#[test]
fn streams_can_be_joined() {
    let documents = ["kind: A\n", "kind: B\n"];
    let mut out = String::new();
    emit_stream(documents, "Generated.\n  --env x", &mut out);
    assert_eq!(
        out,
        "# Generated.\n#   --env x\n---\nkind: A\n---\nkind: B\n"
    );
    emit_stream(documents, "", &mut out);
    assert_eq!(out.matches("---\n").count(), 4);
    assert_eq!(serde_yaml::Deserializer::from_str(&out).count(), 4);
}

#[test]
fn nothing_leaves_a_comment() {
    let text = "a\nkind: B\r---\r\nx\u{85}y\u{2028}z\u{2029}w\u{b}v\u{c}u\0\u{1b}[31m\u{feff}\n";
    let mut out = String::new();
    comment(text, &mut out);
    assert!(out.lines().all(|line| line.starts_with('#')), "{out}");
    assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{out:?}");
    out.push_str("---\na: 1\n");
    assert_eq!(read(&out), json!({"a": 1}));
    assert_eq!(
        serde_yaml::from_str::<Value>(&out).unwrap(),
        json!({"a": 1})
    );
}
