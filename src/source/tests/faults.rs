//! Texts that are wrong, and where and how the reader says so.

use super::{faults, read};

#[track_caller]
fn expect(text: &str, expected: &[&str]) {
    assert_eq!(faults(text), expected, "{text}");
}

#[test]
fn all_faults_of_a_document_are_found_at_once() {
    let text = "a: 1\nb: {x: 1, x: 2}\na: !env FOO\nc: *nope\n? [k]\n: v\n<<: 5\n";
    expect(
        text,
        &[
            r#"2:11 "x" the key `x` comes twice"#,
            r#"3:1 "a" the key `a` comes twice"#,
            r#"3:4 "!env" the tag `!env` is not allowed here"#,
            r#"4:4 "*nope" there is no anchor `nope`"#,
            r#"5:3 "[k]" a key must be a string"#,
            r#"7:5 "5" only mappings can be merged with `<<`"#,
        ],
    );
}

#[test]
fn what_was_found_before_broken_syntax_is_kept() {
    let expected = [
        r#"1:11 "x" the key `x` comes twice"#,
        r#"2:4 "@" a value cannot begin with `@`"#,
    ];
    expect("a: {x: 1, x: 2}\nb: @c\n", &expected);
}

#[test]
fn stars_without_quotes_are_one_fault() {
    let alone = r#"1:9 "*" `*` begins an alias, and has no name"#;
    expect("- cron: * * * * *\n", &[alone]);
    expect(
        "- cron: */5 * * * *\n",
        &[r#"1:9 "*/5" there is no anchor `/5`"#],
    );
    expect(
        "{cron: * 3 * * *, a: b}\n",
        &[r#"1:8 "*" `*` begins an alias, and has no name"#],
    );
    expect(
        "a: & b\n",
        &[r#"1:4 "&" `&` begins an anchor, and has no name"#],
    );
    expect(
        "a: *\n",
        &[r#"1:4 "*" `*` begins an alias, and has no name"#],
    );
    let both = [
        r#"1:4 "*b" there is no anchor `b`"#,
        r#"2:4 "@" a value cannot begin with `@`"#,
    ];
    expect("a: *b\nc: @d\n", &both);
}

#[test]
fn duplicate_keys_name_both_places() {
    let faults = read("a: 1\n\"a\": 2\na: 3\n").unwrap_err();
    let firsts: Vec<_> = faults
        .iter()
        .map(|fault| match &fault.kind {
            crate::source::SyntaxFaultKind::DuplicateKey { first, .. } => first.range(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(firsts, [0..1, 0..1]);
    let many: String = (0..40).map(|n| format!("k{}: 0\n", n % 39)).collect();
    expect(&many, &[r#"40:1 "k0" the key `k0` comes twice"#]);
    expect(
        "a: &a {b: 1}\nc: {<<: *a, <<: *a}\n",
        &[r#"2:13 "<<" the key `<<` comes twice"#],
    );
}

#[test]
fn keys_must_be_strings() {
    for text in [
        "~: 1\n",
        "null: 1\n",
        "? {a: b}\n: 1\n",
        "{[a]: b}\n",
        "&k {a: b}: 1\n",
    ] {
        assert_eq!(faults(text).len(), 1, "{text}");
    }
    expect(": 1\n", &[r#"1:2 "" a key must be a string"#]);
    expect("x: {{ y }}\n", &[r#"1:5 "{ y }" a key must be a string"#]);
}

#[test]
fn tags_other_than_fitting_core_tags_are_refused() {
    for tag in [
        "!x",
        "!",
        "!!binary",
        "!!int",
        "!!seq",
        "!!timestamp",
        "!<tag:a,1:b>",
        "!!set",
    ] {
        let expected = format!("1:4 {tag:?} the tag `{tag}` is not allowed here");
        expect(&format!("a: {tag} 'b'\n"), &[&expected]);
    }
    expect(
        "a: !!map [b]\n",
        &[r#"1:4 "!!map" the tag `!!map` is not allowed here"#],
    );
    expect(
        "a: !e!x b\n",
        &[r#"1:4 "!e!x" the tag `!e!x` is not allowed here"#],
    );
}

#[test]
fn an_alias_cannot_stand_in_its_own_value() {
    expect(
        "a: &x [1, *x]\n",
        &[r#"1:11 "*x" an alias stands within its own value"#],
    );
    expect(
        "a: &x {<<: *x}\n",
        &[r#"1:12 "*x" an alias stands within its own value"#],
    );
}

#[test]
fn only_one_document_is_allowed() {
    expect(
        "a: 1\n---\nb: 2\n",
        &[r#"2:1 "---" only one document is allowed in a file"#],
    );
    expect(
        "a: 1\n---\nb: [\n",
        &[r#"2:1 "---" only one document is allowed in a file"#],
    );
    expect(
        "a: 1\n...\nb: 2\n",
        &[r#"3:1 "" only one document is allowed in a file"#],
    );
}

#[test]
fn tabs_are_found_where_they_stand() {
    for text in [
        "a: 1\n\tb: 2\n",
        "a:\n\tb: 2\n",
        "- a\n\t- b\n",
        "a: |\n\tx\n",
    ] {
        expect(text, &[r#"2:1 "\t" a tab is used for indentation"#]);
    }
    expect(
        "a:\n  b: 1\n  \tc: 2\n",
        &[r#"3:3 "\t" a tab is used for indentation"#],
    );
}

#[test]
fn a_missing_space_is_found_though_the_fault_shows_later() {
    let message = r#"":" a space is missing after the colon"#;
    let cases = [
        ("a: 1\nb:2\nc: 3\n", "2:2"),
        ("image:foo\nname: x\n", "1:6"),
        ("f:\n- name:x\n  topic: y\n", "2:7"),
        ("f:\n  command:[/bin/app]\n  topic: y\n", "2:10"),
    ];
    for (text, place) in cases {
        expect(text, &[&format!("{place} {message}")]);
    }
}

#[test]
fn lines_that_do_not_fit_say_why() {
    let cases = [
        (
            "a: 1\n  b: 2\n",
            r#"2:3 "b: 2" this line is indented more deeply than the key above, which has a value already"#,
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            r#"3:2 "c: 2" this line does not line up with any line above"#,
        ),
        (
            " a: 1\nb: 2\n",
            r#"2:1 "b: 2" this line is indented less than the first one"#,
        ),
        (
            "a:\n  - 1\n - 2\n",
            r#"3:2 "- 2" a list item stands among the keys of a mapping"#,
        ),
        (
            "name: x\n- y\n",
            r#"2:1 "- y" a list item stands among the keys of a mapping"#,
        ),
        (
            "- a\nb: c\n",
            r#"2:1 "b: c" a key stands among the items of a list"#,
        ),
        (
            "foo\nbar: 1\n",
            r#"1:1 "foo" expected `key: value`, found text without a colon"#,
        ),
        (
            "a: 1\nfoo bar\nb: 2\n",
            r#"2:1 "foo bar" expected `key: value`, found text without a colon"#,
        ),
        ("a: b: c\n", r#"1:5 ":" a second `: ` on one line"#),
        (
            "a: - b\n",
            r#"1:4 "-" a list cannot begin on the line of its key"#,
        ),
        (
            "a: &b &c d\n",
            r#"1:7 "&c d" text follows the end of the value"#,
        ),
    ];
    for (text, expected) in cases {
        expect(text, &[expected]);
    }
}

#[test]
fn quotes_and_brackets_are_named_where_they_open() {
    let cases = [
        ("a: \"x\nb: 1\n", r#"1:4 "\"" a quote is never closed"#),
        ("a: 'x\n", r#"1:4 "'" a quote is never closed"#),
        (
            "a: \"x\nb: \"y\"\n",
            r#"1:4 "\"" this quote is closed by one on a later line"#,
        ),
        ("a: 'it's'\n", r#"1:8 "s" text follows the closing quote"#),
        ("a: [1, 2\nb: 1\n", r#"1:4 "[" `[` is not closed"#),
        ("a: {x: 1,\nb: 1\n", r#"1:4 "{" a bracket is never closed"#),
        ("a: [1}\n", r#"1:4 "[" `[` is closed by `}`"#),
        (
            "a: ]\n",
            r#"1:4 "]" a closing bracket without an opening one"#,
        ),
        (
            "{\n  \"a\": 1\n  \"b\": 2\n}\n",
            r#"2:9 "" expected `,` or `}` at the end of this line"#,
        ),
    ];
    for (text, expected) in cases {
        expect(text, &[expected]);
    }
}

#[test]
fn scalars_that_cannot_stand_say_why() {
    let cases = [
        ("a: @x\n", r#"1:4 "@" a value cannot begin with `@`"#),
        ("a: %x\n", r#"1:4 "%" a value cannot begin with `%`"#),
        (
            "a: \"C:\\Users\\x\"\n",
            r#"1:7 "\\U" `\U` is not an escape"#,
        ),
        ("a: \"\\d\"\n", r#"1:5 "\\d" `\d` is not an escape"#),
        (
            "a: > text\n  more\n",
            r#"1:4 ">" text follows the `|` or `>` of a block"#,
        ),
        (
            "a: x # y\n  z\n",
            r##"1:6 "#" a comment stands within a value of several lines"##,
        ),
    ];
    for (text, expected) in cases {
        expect(text, &[expected]);
    }
}

#[test]
fn what_other_tools_leave_behind_is_recognised() {
    expect(
        "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n",
        &[r#"2:1 "<<<<<<<" a merge conflict is left in the file"#],
    );
    let message = r#"this looks like the syntax of a template, which is no YAML"#;
    expect(
        "a: 1\n{% if x %}\nb: 2\n",
        &[&format!(r#"2:1 "{{%" {message}"#)],
    );
}

#[test]
fn help_is_a_sentence_without_a_stop() {
    let text = "a: *x\na: !y z\n~: 1\n";
    for fault in read(text).unwrap_err() {
        let help = fault.kind.help().unwrap();
        assert!(
            !help.ends_with('.') && help.starts_with(char::is_lowercase),
            "{help}"
        );
    }
}
