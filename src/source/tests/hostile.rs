//! Texts that want to do harm: each is a fault, soon and with little memory.

use super::read;
use crate::source::{Limits, Node, NodeValue, Sources, SyntaxFault, SyntaxFaultKind, parse};

fn first(result: Result<Option<Node>, Vec<SyntaxFault>>) -> SyntaxFaultKind {
    match result {
        Err(mut faults) => faults.swap_remove(0).kind,
        Ok(_) => panic!("there is no fault"),
    }
}

fn limited(text: &str, limits: &Limits) -> Result<Option<Node>, Vec<SyntaxFault>> {
    let mut sources = Sources::new();
    let file = sources.add("test.yaml", text.to_owned());
    parse(&sources, file, limits)
}

#[test]
fn nesting_is_bounded_in_every_style() {
    let mebibyte = 1 << 20;
    let lines = |unit: &str| {
        let line = |depth: usize| format!("{}{unit}\n", " ".repeat(depth));
        (0..1_000).map(line).collect::<String>()
    };
    let texts = [
        "[".repeat(mebibyte),
        "{".repeat(mebibyte),
        "{a: ".repeat(mebibyte / 4),
        "- ".repeat(mebibyte / 2),
        "? ".repeat(mebibyte / 2),
        "[{a: ".repeat(mebibyte / 5),
        lines("a:"),
        lines("-"),
        format!("{}{}", "[".repeat(200), "]".repeat(200)),
    ];
    for text in texts {
        let kind = first(read(&text));
        assert_eq!(
            kind,
            SyntaxFaultKind::TooDeep { limit: 100 },
            "{}",
            &text[..20]
        );
    }
    let deepest = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(read(&deepest).is_ok());
}

#[test]
fn aliases_are_bounded_in_what_they_make() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        let aliases = [alias.as_str(); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(matches!(first(read(&bomb)), SyntaxFaultKind::AliasBomb { limit } if limit < 200_000));
}

#[test]
fn aliases_are_bounded_in_depth() {
    let mut ladder = "- &a0 []\n".to_owned();
    for level in 1..200 {
        ladder.push_str(&format!("- &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(
        first(read(&ladder)),
        SyntaxFaultKind::TooDeep { limit: 100 }
    );
}

#[test]
fn anchors_within_anchors_are_bounded() {
    let leaves = "x, ".repeat(20_000);
    let open: String = (0..90).map(|level| format!("&a{level} [")).collect();
    let text = format!("[{open}{leaves}{}, *a0]", "]".repeat(90));
    assert!(matches!(
        first(read(&text)),
        SyntaxFaultKind::AliasBomb { .. }
    ));
    // Without an alias behind them there is nothing to keep.
    let text = format!("[{open}{leaves}{}]", "]".repeat(90));
    assert!(read(&text).is_ok());
}

#[test]
fn honest_reuse_is_no_bomb() {
    let mut text =
        "defaults: &d {cpu: 100m, memory: 64Mi, min: 1, max: 10, timeout: 3s}\nfunctions:\n"
            .to_owned();
    for name in 0..30_000 {
        text.push_str(&format!("- {{<<: *d, name: f{name}}}\n"));
    }
    let root = read(&text).unwrap().unwrap();
    assert_eq!(
        root.get("functions").unwrap().as_list().unwrap().len(),
        30_000
    );
}

#[test]
fn sizes_are_bounded() {
    let limits = Limits {
        bytes: 10,
        nodes: 3,
        ..Limits::default()
    };
    let kind = |text: &str| first(limited(text, &limits));
    assert_eq!(
        kind("a: 1234567890"),
        SyntaxFaultKind::TooLarge { limit: 10 }
    );
    assert_eq!(
        kind("[a, b, c]"),
        SyntaxFaultKind::TooManyNodes { limit: 3 }
    );
    assert!(limited("[a, b]", &limits).is_ok());
    let many = "a: 1\n".repeat(5_000);
    assert_eq!(read(&many).unwrap_err().len(), Limits::default().faults);
}

#[test]
fn memory_per_node_is_small() {
    assert!(size_of::<Node>() <= 48 && size_of::<NodeValue>() <= 32);
    let root = read("[[a], [b, c], {d: e}]").unwrap().unwrap();
    let NodeValue::List(items) = root.value else {
        panic!("no list")
    };
    assert_eq!(items.capacity(), items.len());
}

#[test]
fn a_nul_does_not_end_the_text() {
    for text in [
        "a: 1\0\nb: 2\n",
        "a: '\0'\n",
        "# \0\na: 1\n",
        "a: |\n  x\0\n",
        "\0",
    ] {
        assert_eq!(
            first(read(text)),
            SyntaxFaultKind::ControlCharacter { code: 0 }
        );
    }
}

#[test]
fn a_character_that_cannot_stand_is_named() {
    for c in ['\u{7F}', '\u{80}', '\u{FFFF}'] {
        let code = u32::from(c);
        for text in [
            format!("a: b{c}\n"),
            format!("a: [\"{c}\"]\n"),
            format!("# {c}\na: b\n"),
        ] {
            assert_eq!(
                first(read(&text)),
                SyntaxFaultKind::ControlCharacter { code },
                "{text:?}"
            );
        }
        // As an escape it may.
        assert!(read(&format!("a: \"\\u{code:04X}\"\n")).is_ok());
    }
}

#[test]
fn a_deep_tree_of_faults_ends_too() {
    let text = "a: &x [*x, *y]\n".repeat(1_000);
    let faults = read(&text).unwrap_err();
    assert_eq!(faults.len(), Limits::default().faults);
    assert!(faults.is_sorted_by_key(|fault| fault.span));
}
