use super::{MASK, Mask, is_secret_name};
use crate::diag::codes::shape::WRONG_TYPE;
use crate::diag::{Diagnostic, Report, render_github, render_human, render_json, render_sarif};
use crate::source::{Sources, Span};

#[test]
fn names_are_told_by_their_words() {
    for secret in [
        "password",
        "DB_PASSWORD",
        "dbPassword",
        "PGPASSWD",
        "authToken",
        "TOKEN",
        "client-secret",
        "API_KEY",
        "apiKey",
        "apikey",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASS",
        "credentials.json",
        "SENTRY_DSN",
    ] {
        assert!(is_secret_name(secret), "{secret}");
    }
    for open in [
        "LOG_LEVEL",
        "key",
        "passenger",
        "compass",
        "topic",
        "KEYBOARD",
        "public_key",
        "",
        "-",
    ] {
        assert!(!is_secret_name(open), "{open}");
    }
}

/// Every format of a finding at `at`, in a file with this text.
fn shown(text: &str, at: &str, message: &str) -> String {
    let mut sources = Sources::new();
    let file = sources.add("f.yaml", text.to_owned());
    let start = text.find(at).expect("it is there");
    let span = Span::new(file, start as u32, (start + at.len()) as u32);
    let mut report = Report::default();
    report.push(
        Diagnostic::at(&WRONG_TYPE, span, message)
            .help(message)
            .label(message),
    );
    [
        render_human(&report, &sources, crate::diag::Style::Plain),
        render_json(&report, &sources),
        render_sarif(&report, &sources),
        render_github(&report, &sources),
    ]
    .concat()
}

#[test]
fn no_format_shows_a_secret() {
    for (text, at) in [
        ("env: {DB_PASSWORD: hunter2}\n", "hunter2"),
        ("env: {DB_PASSWORD: hunter2}\n", "DB_PASSWORD"),
        ("env: {DB_PASSWORD: \"hunter2\", B: 1}\n", "B"),
        ("env:\n- {name: API_TOKEN, value: hunter2}\n", "name"),
        ("env:\n- name: API_TOKEN\n  value: hunter2\n", "hunter2"),
        ("env:\n- value: hunter2\n  name: API_TOKEN\n", "hunter2"),
        ("env: {secret: hunter2}\n", "hunter2"),
        ("env: {PASSWORD: {value: hunter2}}\n", "hunter2"),
        ("a: &x hunter2\nenv: {TOKEN: *x}\n", "hunter2"),
        ("password: |\n  hunter2\n  more\n", "hunter2"),
        (
            "config:\n  app.toml: |\n    db_password = \"hunter2\"\n",
            "db_password",
        ),
        ("env: {URL: 'amqp://user:hunter2@host/x'}\n", "amqp"),
        ("passwords: [hunter2, hunter2]\n", "hunter2"),
        ("env: {DB_PASSWORD: hunter2, : : [}\n", "env"),
        (
            "env:\n- name: API_TOKEN\n  value: hunter2\n bad: [\n",
            "value",
        ),
        ("password: |\n  hunter2\n bad: [\n", "hunter2"),
    ] {
        let out = shown(text, at, "it is `hunter2`, not a number");
        assert!(!out.contains("hunter2"), "{text}{out}");
        assert!(out.matches(MASK).count() >= 4, "{text}{out}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    for (text, kept) in [
        ("env: {DB: {secret: shop-db, key: url}}\n", "shop-db"),
        (
            "env: {DB_PASSWORD: {secret: shop-db, key: url}}\n",
            "shop-db",
        ),
        ("pullSecrets: [ghcr]\n", "ghcr"),
        ("serviceAccount: {token: false}\n", "false"),
        ("gateway: {routes: {/tokens/: tokens}}\n", "tokens}"),
        ("image: localhost:5000/x@y\n", "5000"),
    ] {
        let out = shown(text, text.split(':').next().unwrap(), "it is so");
        assert!(out.contains(kept) && !out.contains(MASK), "{text}{out}");
    }
}

#[test]
fn short_secrets_leave_the_words_around_them() {
    let out = shown("env: {TOKEN: no}\n", "no", "`no` is not known");
    assert!(out.contains("`***` is not known"), "{out}");
}

#[test]
fn the_mark_stays_under_what_it_marks() {
    let text = "x: {password: hunter2, b: wrong, token: abcdefgh}\n";
    let mut sources = Sources::new();
    let file = sources.add("f.yaml", text.to_owned());
    let mut report = Report::default();
    let span = Span::new(file, 0, 1);
    report.push(Diagnostic::at(&WRONG_TYPE, span, "x"));
    let mask = Mask::new(&report, &sources);
    for (marked, expected) in [
        ("x", "x"),
        ("wrong", "wrong"),
        ("hunter2", "***"),
        ("b", "b"),
        ("unter", "***"),
    ] {
        let at = text.find(marked).unwrap();
        let masked = mask.excerpt(file, 0..text.len() - 1, at..at + marked.len());
        assert_eq!(masked.text, "x: {password: ***, b: wrong, token: ***}");
        assert_eq!(&masked.text[masked.marked.clone()], expected, "{marked}");
    }
    // Around the whole, and from the middle of a secret.
    let whole = mask.excerpt(file, 0..text.len() - 1, 3..text.len() - 1);
    assert_eq!(whole.marked, 3..whole.text.len());
    let part = mask.excerpt(file, 16..30, 23..24);
    assert_eq!(part.text, "***, b: wron");
}

#[test]
fn control_characters_do_not_reach_a_terminal() {
    let out = shown("a: b\n", "b", "it says \u{1b}[2J");
    assert!(!out.contains('\u{1b}'), "{out:?}");
}
