//! `check` where a file has environments.

use super::run::{folder_with, kubefunctl};

const VARIED: &str = "\
app: shop
image: acme/shop:1.0
functions:
- name: a
  scaling: {min: 1, max: 4}
- name: b
environments:
  staging:
    functions:
    - {name: b, image: 'acme/b:latest'}
  production:
    functions:
    - {name: a, scaling: {min: 9}}
    - {name: b, topic: a}
";

#[test]
fn what_is_wrong_in_an_environment_is_found_without_choosing_it() {
    let folder = folder_with("functions.yaml", VARIED.as_bytes());
    let run = kubefunctl(folder.path(), &["check"]);
    assert_eq!(run.code, Some(1));
    for said in [
        "scaling.min is above scaling.max in the environment `production`",
        "two functions consume topic `a` on channel `default` in the environment `production`",
        "functions.yaml:13:32",
        "in the environment `staging`",
        "2 errors, 1 warning",
    ] {
        assert!(run.err.contains(said), "{said}:\n{}", run.err);
    }
    // What holds everywhere is said once, and of no environment.
    let open = run.err.matches("2 functions may call anybody");
    assert_eq!(open.count(), 1, "{}", run.err);
}

#[test]
fn a_chosen_environment_is_the_only_one_looked_at() {
    let folder = folder_with("functions.yaml", VARIED.as_bytes());
    let run = kubefunctl(folder.path(), &["check", "--env", "staging"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(!run.err.contains("production"), "{}", run.err);
    assert!(!run.err.contains("in the environment"), "{}", run.err);
}

#[test]
fn of_several_files_not_each_has_every_environment() {
    let folder = folder_with(
        "functions.yaml",
        VARIED.replace("min: 9", "min: 2").as_bytes(),
    );
    let other = "app: other\nimage: acme/other:1.0\nfunctions:\n- name: c\nenvironments:\n  \
                 test:\n    functions:\n    - {name: c, timeout: 20m}\n";
    std::fs::write(folder.path().join("other.yaml"), other).unwrap();
    let run = kubefunctl(folder.path(), &["check", "functions.yaml", "other.yaml"]);
    assert_eq!(run.code, Some(1));
    let said = "the timeout is out of range in the environment `test`";
    assert!(run.err.contains(said), "{}", run.err);
    assert!(!run.err.contains("there is no environment"), "{}", run.err);
}
