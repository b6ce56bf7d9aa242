//! Bytes to texts, and offsets to lines.

use proptest::prelude::*;

use crate::source::{Limits, Sources, SyntaxFaultKind, decode};

#[test]
fn decodes_utf8_with_or_without_mark() {
    assert_eq!(decode(b"a: \xC3\xA9\r\n".to_vec()).unwrap(), "a: é\r\n");
    assert_eq!(decode(b"\xEF\xBB\xBFa: 1".to_vec()).unwrap(), "a: 1");
    assert_eq!(decode(Vec::new()).unwrap(), "");
}

#[test]
fn refuses_control_characters_each_at_its_place() {
    let text = "a\0b\u{7F}c\u{85}\t\r\n\u{9F}\u{A0}\u{FEFF}\u{FFFD}\u{FFFE}";
    let bad = decode(text.as_bytes().to_vec()).unwrap_err();
    let code = |code| SyntaxFaultKind::ControlCharacter { code };
    let expected = vec![
        (1..2, code(0)),
        (3..4, code(0x7F)),
        (5..7, code(0x85)),
        (10..12, code(0x9F)),
        (20..23, code(0xFFFE)),
    ];
    assert_eq!(bad.faults, expected);
}

#[test]
fn refuses_other_encodings_at_their_first_byte() {
    let bad = decode(b"name: caf\xE9 au lait".to_vec()).unwrap_err();
    assert_eq!(
        bad.faults,
        [(9..12, SyntaxFaultKind::NotUtf8 { offset: 9 })]
    );
    assert_eq!(bad.text, "name: caf\u{FFFD} au lait");
    let utf16 = decode(b"\xFF\xFEa\0".to_vec()).unwrap_err();
    assert_eq!(utf16.faults[0].1, SyntaxFaultKind::NotUtf8 { offset: 0 });
}

#[test]
fn keeps_a_faulty_file_so_that_it_can_be_shown() {
    let mut sources = Sources::new();
    let limits = Limits::default();
    let faults = sources
        .add_bytes("x", b"ok\nb\x01d".to_vec(), &limits)
        .unwrap_err();
    let span = faults[0].span;
    assert_eq!(sources.text(span), "\u{1}");
    assert_eq!(sources.get(span.file).line_col(span.start), (2, 2));
    let small = Limits { bytes: 3, ..limits };
    let faults = sources
        .add_bytes("y", b"long".to_vec(), &small)
        .unwrap_err();
    assert_eq!(faults[0].kind, SyntaxFaultKind::TooLarge { limit: 3 });
    assert_eq!(sources.iter().count(), 2);
}

#[test]
fn counts_lines_by_their_breaks_and_columns_in_characters() {
    let mut sources = Sources::new();
    let id = sources.add("x", "ä1\r\n\nlast".to_owned());
    let file = sources.get(id);
    let places = [0, 1, 2, 3, 5, 6, 8, 10, 99].map(|at| file.line_col(at));
    let expected = [
        (1, 1),
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (3, 1),
        (3, 3),
        (3, 5),
        (3, 5),
    ];
    assert_eq!(places, expected);
    let lines = [0, 1, 2, 3, 4].map(|line| &file.text()[file.line_range(line)]);
    assert_eq!(lines, ["", "ä1", "", "last", ""]);
    assert_eq!(file.line_count(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_offset_has_a_place_on_its_line(text in "[aé\n\r]{0,40}", at in 0u32..60) {
        let mut sources = Sources::new();
        let id = sources.add("x", text.clone());
        let file = sources.get(id);
        let (line, column) = file.line_col(at);
        let range = file.line_range(line);
        prop_assert!(range.start <= (at as usize).min(text.len()));
        // A line break belongs to the line it ends.
        prop_assert!(column as usize <= text[range.start..].chars().count() + 1);
        prop_assert!(line <= text.matches('\n').count() as u32 + 1);
    }
}
