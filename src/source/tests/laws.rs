//! What holds for any text.

use proptest::prelude::*;
use serde_json::Value;

use super::writer::{Styles, values, write};
use super::{read, tree};
use crate::source::{
    Entry, Limits, Node, NodeValue, ScalarStyle, Sources, Span, SyntaxFault, decode, parse_stream,
};

const SAMPLE: &str = "# sample\nimage: &i {repository: \"a/b\", tag: '1.0'}\nfunctions:\n- name: test\n  \
    image: *i\n  env:\n    <<: {A: b}\n    MODE: 0755\n    TEXT: |-\n      one\n\n      two é\n  args: [-v, ~,\n    \
    \"x\\n\"]\n- ? name\n  : >\n    folded\n    text\n  empty:\n---\nsecond: !!str 5\n...\n";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = decode(bytes) {
            check(&text)?;
        }
    }

    #[test]
    fn any_signs_are_read_or_refused(text in "[-?:,\\[\\]{}#&*!|>'\"%@` \t\n\rab1.~<=\\\\é\u{feff}\u{85}\u{2028}]{0,60}") {
        check(&text)?;
    }

    #[test]
    fn any_edit_of_a_document_is_read_or_refused(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4, "[-?:,\\[\\]{}#&*!|>'\" \t\na1\u{e9}]{0,3}"), 1..6),
    ) {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for (at, removed, added) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, added.chars());
        }
        check(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn a_value_survives_every_style(value in values(), styles in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = write(&value, &mut Styles(styles.iter()));
        let node = match read(&text) {
            Ok(Some(node)) => node,
            other => return Err(TestCaseError::fail(format!("{text}\n{other:?}"))),
        };
        prop_assert_eq!(node.to_json(), value, "{}", text);
        check(&text)?;
    }

    #[test]
    fn another_reader_agrees(value in values(), styles in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = write(&value, &mut Styles(styles.iter()));
        prop_assume!(!breaks_in_1_1(&text));
        // The other one refuses a few characters that we take.
        if let Ok(theirs) = serde_yaml::from_str::<serde_yaml::Value>(&text) {
            let ours = tree(&text);
            prop_assert!(agree(&ours, &theirs), "{}\n{:?}\n{:?}", text, ours, theirs);
        }
    }

    #[test]
    fn what_another_writer_writes_is_read(value in values()) {
        let text = serde_yaml::to_string(&value).unwrap();
        // To it `<<` is a key like any other.
        prop_assume!(!text.contains("<<") && !breaks_in_1_1(&text));
        if let Ok(theirs) = serde_yaml::from_str::<serde_yaml::Value>(&text) {
            let ours = tree(&text);
            prop_assert!(agree(&ours, &theirs), "{}\n{:?}\n{:?}", text, ours, theirs);
        }
    }

    #[test]
    fn json_is_read_as_json(value in values(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        prop_assert_eq!(tree(&text).to_json(), value, "{}", text);
    }

    #[test]
    fn line_ends_make_no_difference(value in values(), styles in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = write(&value, &mut Styles(styles.iter()));
        let dos = tree(&text.replace('\n', "\r\n"));
        prop_assert_eq!(dos.to_json(), value);
    }
}

#[test]
fn line_ends_make_no_difference_in_blocks() {
    let dos = SAMPLE.replace('\n', "\r\n");
    let values = |text: &str| {
        let mut sources = Sources::new();
        let file = sources.add("x", text.to_owned());
        let documents = parse_stream(&sources, file, &Limits::default()).unwrap();
        let value = |node: Option<Node>| node.map(|node| node.to_json());
        documents
            .into_iter()
            .map(|document| value(document.root.unwrap()))
            .collect::<Vec<Option<Value>>>()
    };
    assert_eq!(values(SAMPLE), values(&dos));
    check(&dos).unwrap();
}

/// Says whether a text has characters that are line breaks to YAML 1.1 and to no one else.
fn breaks_in_1_1(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// Reads a text as a stream and checks every place that comes out of it.
fn check(text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::new();
    let file = sources.add("x", text.to_owned());
    let valid = |span: Span| text.get(span.range()).is_some() && span.file == file;
    let documents = parse_stream(&sources, file, &Limits::default());
    let fine =
        |faults: &[SyntaxFault]| !faults.is_empty() && faults.iter().all(|fault| valid(fault.span));
    let documents = match documents {
        Ok(documents) => documents,
        Err(faults) => {
            prop_assert!(fine(&faults), "{text:?} {faults:?}");
            return Ok(());
        }
    };
    for document in documents {
        prop_assert!(valid(document.span), "{:?} in {text:?}", document.span);
        match document.root {
            Err(faults) => prop_assert!(fine(&faults), "{text:?} {faults:?}"),
            Ok(None) => {}
            Ok(Some(root)) => {
                prop_assert!(places(&root, text, &valid), "{text:?} {root:?}");
                root.to_json();
            }
        }
    }
    Ok(())
}

/// Says whether all spans of a tree cover what they should.
fn places(node: &Node, text: &str, valid: &dyn Fn(Span) -> bool) -> bool {
    let written = |span: Span| &text[span.range()];
    let scalar = |span: Span, value: &str, style: ScalarStyle| {
        let source = written(span);
        match style {
            ScalarStyle::Plain => source == value || source.contains(['\n', '\r', '*']),
            ScalarStyle::Quoted => true,
            ScalarStyle::Block => !source.ends_with('\n'),
        }
    };
    let key = |entry: &Entry| {
        valid(entry.key_span) && scalar(entry.key_span, &entry.key, entry.key_style)
    };
    valid(node.span)
        && match &node.value {
            NodeValue::Scalar(value) => scalar(node.span, &value.text, value.style),
            NodeValue::List(items) => items.iter().all(|item| places(item, text, valid)),
            NodeValue::Map(entries) => entries
                .iter()
                .all(|entry| key(entry) && places(&entry.value, text, valid)),
        }
}

/// Says whether both readers see one structure and the same texts. They differ in what a plain
/// scalar such as `017` means, so there the text counts.
fn agree(ours: &Node, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value as Theirs;
    match (&ours.value, theirs) {
        (NodeValue::List(items), Theirs::Sequence(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(a, b)| agree(a, b))
        }
        (NodeValue::Map(entries), Theirs::Mapping(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|entry| {
                    others
                        .get(&entry.key)
                        .is_some_and(|b| agree(&entry.value, b))
                })
        }
        (NodeValue::Scalar(scalar), Theirs::String(text)) => scalar.text == *text,
        (NodeValue::Scalar(scalar), other) => {
            serde_json::to_value(other).is_ok_and(|value| value == scalar.to_json())
        }
        _ => false,
    }
}
