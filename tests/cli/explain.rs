//! `explain`: codes and fields.

use kubefunctl::diag::codes;

use super::run::kubefunctl;

fn explain(what: &[&str]) -> super::run::Run {
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec!["explain"];
    args.extend(what);
    kubefunctl(folder.path(), &args)
}

#[test]
fn every_code_is_listed_and_explained() {
    let list = explain(&[]);
    assert_eq!((list.code, list.err.as_str()), (Some(0), ""));
    for code in codes::all() {
        assert!(list.out.contains(&format!("{}  ", code.id)), "{}", code.id);
    }
    for code in codes::all().step_by(7) {
        let said = explain(&[&code.id.to_lowercase()]);
        assert_eq!(said.code, Some(0));
        assert!(
            said.out.starts_with(code.id) && said.out.contains(code.title),
            "{}",
            said.out
        );
        let first = code.wrong.lines().next().unwrap_or_default();
        assert!(said.out.contains(first), "{}", said.out);
    }
}

#[test]
fn a_field_is_explained_by_the_schema() {
    for (path, says) in [
        (
            "functions.scaling.max",
            &["At most so many", "whole number", "1 to 10000"][..],
        ),
        (
            "functions[0].scaling",
            &["How many pods", "mapping, or false", "min"],
        ),
        (
            "scaling.min",
            &["functions.scaling.min", "At least so many"],
        ),
        ("functions.name", &["(required)", "text"]),
        ("functions.env.LOG_LEVEL", &["configMap, field, key"]),
        ("image.pullPolicy", &["Always, or IfNotPresent, or Never"]),
        ("timeout", &["functions.timeout", "Default: 3s"]),
        ("gateway.routes", &["{\"/test/\":\"test\"}"]),
        // As it can be pasted.
        ("schedule.cron", &["\"*/5 * * * *\"", "\"@daily\""]),
        ("deadLetter", &["type:     true or false or text"]),
    ] {
        let said = explain(&[path]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{path}");
        for words in says {
            assert!(said.out.contains(words), "{path}: {}", said.out);
        }
    }
}

#[test]
fn all_is_found_from_explain_alone() {
    let said = explain(&[]).out;
    let (_, fields) = said.split_once("\nFields of functions.yaml").unwrap();
    for words in ["app, ", "gateway, ", "kubefunctl explain functions`"] {
        assert!(fields.contains(words), "{said}");
    }
    for text in [said, explain(&["functions"]).out] {
        assert!(text.contains("functions"));
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    }
}

#[test]
fn what_is_not_there_is_guessed_at() {
    for (what, says) in [
        ("KF0100", "did you mean KF010"),
        (
            "functions.scaling.mim",
            "did you mean `functions.scaling.min`?",
        ),
        ("fucntions", "did you mean `functions`?"),
        ("comand", "did you mean `functions.command`?"),
        ("zzzzzzzz", "there is no field"),
        ("ü", "there is no field"),
    ] {
        let said = explain(&[what]);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{what}");
        assert!(said.err.contains(says), "{what}: {}", said.err);
    }
}
