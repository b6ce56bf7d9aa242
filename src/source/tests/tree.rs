//! Trees and places.

use super::{json, read, tree};
use crate::source::{Limits, Node, ScalarStyle, Segment, Sources, display_path, parse_stream};

fn covered(text: &str, node: &Node) -> String {
    text[node.span.range()].to_owned()
}

#[test]
fn reads_the_example_of_the_original() {
    let text = "image: {repository: coldog/kubefuncs-example, tag: latest}\n\
                functions:\n- name: test\n  command: [/bin/app]\n";
    assert_eq!(
        json(text),
        r#"{"functions":[{"command":["/bin/app"],"name":"test"}],"image":{"repository":"coldog/kubefuncs-example","tag":"latest"}}"#
    );
    let root = tree(text);
    assert_eq!(covered(text, root.get("image").unwrap()), &text[7..58]);
    let path = ["functions".into(), 0.into(), "command".into(), 0.into()];
    let place = root.at(&path).unwrap();
    assert_eq!(covered(text, place.node), "/bin/app");
    assert_eq!(place.key_span(), None);
    let place = root.at(&path[..3]).unwrap();
    assert_eq!(&text[place.key_span().unwrap().range()], "command");
    assert_eq!(display_path(&path), "functions[0].command[0]");
}

#[test]
fn points_at_the_deepest_place_that_exists() {
    let root = tree("a:\n  b: [x]\n");
    let path: Vec<Segment> = vec!["a".into(), "b".into(), 3.into(), "c".into()];
    let (place, used) = root.nearest(&path);
    assert_eq!((used, place.entry.unwrap().key.as_str()), (2, "b"));
    assert!(root.at(&path).is_none());
    assert_eq!(
        display_path(&["a.b".into(), "".into()]),
        r#""a.b".""#.to_owned() + "\""
    );
}

#[test]
fn keeps_the_text_of_every_scalar() {
    let root = tree("[1.10, 0755, on, '1.10', \"a\\tb\", x y]");
    let texts: Vec<_> = root
        .as_list()
        .unwrap()
        .iter()
        .map(|item| item.as_scalar().unwrap())
        .collect();
    let shown: Vec<_> = texts
        .iter()
        .map(|scalar| (scalar.text.as_str(), scalar.style))
        .collect();
    use ScalarStyle::{Plain, Quoted};
    let expected = [
        ("1.10", Plain),
        ("0755", Plain),
        ("on", Plain),
        ("1.10", Quoted),
        ("a\tb", Quoted),
        ("x y", Plain),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn names_kinds_for_people() {
    let kinds = |text: &str| {
        tree(text)
            .as_list()
            .unwrap()
            .iter()
            .map(Node::kind)
            .collect::<Vec<_>>()
    };
    let text = "[x, '1', 1, 1.5, yes, true, ~, , [], {}]".replace(", ,", ", null,");
    let expected = [
        "string",
        "string",
        "number",
        "number",
        "string",
        "true/false",
        "nothing",
        "nothing",
        "list",
        "mapping",
    ];
    assert_eq!(kinds(&text), expected);
}

#[test]
fn spans_cover_what_is_written() {
    let text =
        "k: \"q\"\nb: |\n  one\n  two\n\nm:\n  x: 1\n  y: [1, 2]  # note\nempty:\nlast: - not\n";
    let text = text.replace("- not", "'-'");
    let root = tree(&text);
    let at = |key: &str| covered(&text, root.get(key).unwrap());
    assert_eq!(at("k"), "\"q\"");
    assert_eq!(at("b"), "one\n  two");
    assert_eq!(at("m"), "x: 1\n  y: [1, 2]");
    assert_eq!(at("last"), "'-'");
    let empty = root.get("empty").unwrap();
    assert!(empty.is_null() && empty.span.is_empty());
    assert_eq!(
        &text[..empty.span.range().start][text.find("empty").unwrap()..],
        "empty:"
    );
    assert_eq!(covered(&text, &root), text.trim_end());
}

#[test]
fn keys_are_the_text_that_is_written() {
    let root = tree("on: 1\n1.10: 2\n0x10: 3\n'null': 4\ntrue: 5\n");
    let keys: Vec<_> = root
        .as_map()
        .unwrap()
        .iter()
        .map(|entry| entry.key.as_str())
        .collect();
    assert_eq!(keys, ["on", "1.10", "0x10", "null", "true"]);
    let on = &root.as_map().unwrap()[0];
    assert_eq!(on.key_scalar().text_elsewhere().as_deref(), Some("true"));
    assert_eq!(
        root.entry("null").unwrap().key_scalar().text_elsewhere(),
        None
    );
}

#[test]
fn aliases_stand_for_a_value_at_its_own_place() {
    let text = "a: &x {n: 1}\nb: *x\nc: [*x, &y z, *y]\n*y : d\n";
    let root = tree(text);
    assert_eq!(
        json(text),
        r#"{"a":{"n":1},"b":{"n":1},"c":[{"n":1},"z","z"],"z":"d"}"#
    );
    assert_eq!(root.get("b").unwrap().span, root.get("a").unwrap().span);
    assert_eq!(&text[root.entry("z").unwrap().key_span.range()], "*y");
    // The latest anchor of a name counts, and one may stand in an anchored value.
    assert_eq!(
        json("[&a 1, *a, &a 2, *a, &o [&i 3], *i, *o]"),
        "[1,1,2,2,[3],3,[3]]"
    );
}

#[test]
fn merges_what_is_not_written_out() {
    let base = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\n";
    let merged = |text: &str| {
        tree(&format!("{base}it: {text}\n"))
            .get("it")
            .unwrap()
            .to_json()
            .to_string()
    };
    assert_eq!(merged("{<<: *b}"), r#"{"x":1,"y":2}"#);
    assert_eq!(merged("{<<: *b, y: 9}"), r#"{"x":1,"y":9}"#);
    assert_eq!(merged("{y: 9, <<: *b}"), r#"{"x":1,"y":9}"#);
    assert_eq!(merged("{<<: [*m, *b]}"), r#"{"x":1,"y":3,"z":4}"#);
    assert_eq!(
        merged("{<<: [*b, *m, {w: 0}]}"),
        r#"{"w":0,"x":1,"y":2,"z":4}"#
    );
    assert_eq!(merged("{<<: {<<: *b, y: 5}, x: 7}"), r#"{"x":7,"y":5}"#);
    assert_eq!(merged("{!!merge <<: *b}"), r#"{"x":1,"y":2}"#);
    // Quoted, it is a key like any other; and so is it in a list.
    assert_eq!(merged("{\"<<\": *b}"), r#"{"<<":{"x":1,"y":2}}"#);
    assert_eq!(merged("[<<]"), r#"["<<"]"#);
    let root = tree("b: &b {x: 1, y: 2}\nit:\n  p: 0\n  <<: *b\n  q: 0\n");
    let keys: Vec<_> = root
        .get("it")
        .unwrap()
        .as_map()
        .unwrap()
        .iter()
        .map(|e| e.key.as_str())
        .collect();
    assert_eq!(keys, ["p", "x", "y", "q"]);
}

#[test]
fn core_tags_make_strings_or_change_nothing() {
    assert_eq!(
        json("[!!str 5, !!int 5, !!str, !!seq [], !!map {}, !!null ~]"),
        r#"["5",5,"",[],{},null]"#
    );
    assert_eq!(json("%TAG !y! tag:yaml.org,2002:\n---\n!y!str 5"), r#""5""#);
    assert_eq!(json("!!str 5: x"), r#"{"5":"x"}"#);
}

#[test]
fn documents_that_hold_nothing_do_not_count() {
    assert_eq!(read(""), Ok(None));
    assert_eq!(read("\n# only a comment\n"), Ok(None));
    assert_eq!(read("---\n...\n---\n"), Ok(None));
    assert_eq!(json("---\n# one\n---\na: 1\n---\n"), r#"{"a":1}"#);
    assert!(tree("~").is_null());
    assert!(tree("null # written out").is_null());
}

#[test]
fn reads_json_as_people_indent_it() {
    let text =
        "{\n\t\"a\": [1, -2.5e3, true, null],\n\t\"b\":{\"c\":\"\\u00e9\\/\\ud83d\\ude00\"}\n}\n";
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(tree(text).to_json(), value);
}

#[test]
fn a_block_without_a_line_break_at_the_end_has_none() {
    // As libyaml and with it kubectl have it; the letter of YAML 1.2 would add one.
    assert_eq!(json("a: |\n  x"), r#"{"a":"x"}"#);
    assert_eq!(json("a: |\n  x\n"), r#"{"a":"x\n"}"#);
}

#[test]
fn a_stream_goes_on_after_a_broken_document() {
    let text = "a: 1\n---\nb: [\n---\nc: {x: 1, x: 2}\n---\n# none\n---\nd: 4\n";
    let mut sources = Sources::new();
    let file = sources.add("all.yaml", text.to_owned());
    let documents = parse_stream(&sources, file, &Limits::default()).unwrap();
    let shown: Vec<_> = documents
        .iter()
        .map(|document| {
            let line = sources.get(file).line_col(document.span.start).0;
            let root = match &document.root {
                Ok(root) => root
                    .as_ref()
                    .map_or("nothing".to_owned(), |node| node.to_json().to_string()),
                Err(faults) => faults[0].kind.to_string(),
            };
            format!("{} line {line}: {root}", document.index)
        })
        .collect();
    let expected = [
        r#"0 line 1: {"a":1}"#,
        "1 line 2: a bracket is never closed",
        "2 line 4: the key `x` comes twice",
        "3 line 6: nothing",
        r#"4 line 8: {"d":4}"#,
    ];
    assert_eq!(shown, expected);
}
