//! The table of statuses, and what goes with them.

use super::*;
use std::collections::BTreeSet;

#[test]
fn statuses_are_those_of_the_contract() {
    let table: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| (kind.row().status.as_u16(), kind.row().code))
        .collect();
    assert_eq!(
        table,
        [
            (400, "malformed"),
            (401, "unauthorized"),
            (403, "origin"),
            (404, "no_route"),
            (405, "method_not_allowed"),
            (408, "body_timeout"),
            (410, "gone"),
            (413, "too_large"),
            (426, "no_upgrade"),
            (429, "too_many_pending"),
            (429, "queue_full"),
            (500, "internal"),
            (502, "function"),
            (502, "bad_reply"),
            (503, "no_tokens"),
            (503, "unavailable"),
            (503, "closing"),
            (503, "not_served"),
            (503, "paused"),
            (504, "timeout"),
            (504, "unconfirmed"),
        ]
    );
    let codes: BTreeSet<_> = table.iter().map(|(_, code)| code).collect();
    assert_eq!(codes.len(), Kind::ALL.len(), "a code means one thing");
}

#[test]
fn whoever_should_try_again_is_told_when() {
    for kind in Kind::ALL {
        let response = Reject::new(kind, "x").into_response(&RequestId::new());
        let told = response.headers().contains_key(RETRY_AFTER);
        assert_eq!(
            told,
            matches!(kind.row().status.as_u16(), 429 | 503),
            "{kind:?}"
        );
    }
}

#[test]
fn failed_calls_have_their_own_status() {
    for (call, status) in [
        (CallErrorKind::TooLarge, 413),
        (CallErrorKind::TooManyPending, 429),
        (CallErrorKind::Function, 502),
        (CallErrorKind::BadReply, 502),
        (CallErrorKind::Unavailable, 503),
        (CallErrorKind::Closed, 503),
        (CallErrorKind::Timeout, 504),
        (CallErrorKind::Invalid, 500),
        (CallErrorKind::Unknown, 504),
    ] {
        assert_eq!(Kind::from(call).row().status.as_u16(), status, "{call:?}");
    }
}

#[test]
fn long_words_are_cut_between_characters() {
    assert_eq!(shorten("äöü", 2), "äö…");
    assert_eq!(shorten("äöü", 3), "äöü");
}

#[test]
fn the_readme_lists_every_answer() {
    let readme = include_str!("../../README.md");
    let rows = readme.lines().filter(|line| line.contains("| `"));
    let told: BTreeSet<_> = rows
        .filter_map(|line| line.rsplit_once('|')?.0.rsplit_once(" |"))
        .map(|(row, _)| row.to_owned())
        .collect();
    for kind in Kind::ALL {
        let Row { status, code, .. } = kind.row();
        let row = format!("| {} | `{code}`", status.as_u16());
        assert!(told.contains(&row), "{row}");
    }
}
