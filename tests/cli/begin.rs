//! What begins a project: `init`, `import`, `templates`, `schema`.

use std::fs;

use serde_json::Value;

use super::run::{folder_with, kubefunctl};

#[test]
fn what_init_writes_renders_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let run = kubefunctl(folder.path(), &["init", "My Shop"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""));
    let shop = folder.path().join("My Shop");
    let text = fs::read_to_string(shop.join("functions.yaml")).unwrap();
    let line = text.lines().next().unwrap();
    let schema = line
        .strip_prefix("# yaml-language-server: $schema=./")
        .unwrap();
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(shop.join(schema)).unwrap()).unwrap();
    assert_eq!(schema["title"], "functions.yaml");
    assert!(text.contains("app: my-shop\n"), "{text}");
    let rendered = kubefunctl(&shop, &["render"]);
    assert_eq!((rendered.code, rendered.err.as_str()), (Some(0), ""));
    assert!(
        fs::read_to_string(shop.join(".gitattributes"))
            .unwrap()
            .contains("/out.yaml linguist-generated=true")
    );
    assert!(
        fs::read_to_string(shop.join(".sourceignore"))
            .unwrap()
            .contains("/functions.yaml")
    );
    let again = kubefunctl(&shop, &["init"]);
    assert_eq!(again.code, Some(2));
    assert!(
        again.err.contains("exists: nothing was written"),
        "{}",
        again.err
    );
    assert_eq!(
        fs::read_to_string(shop.join("functions.yaml")).unwrap(),
        text
    );
    // What is there beside it stays, and is told what it lacks.
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join(".gitattributes"), "mine\n").unwrap();
    let run = kubefunctl(other.path(), &["init"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.err.contains("  /out.yaml linguist-generated=true"),
        "{}",
        run.err
    );
    assert_eq!(
        fs::read_to_string(other.path().join(".gitattributes")).unwrap(),
        "mine\n"
    );
}

#[test]
fn what_is_imported_renders_and_what_is_left_is_listed() {
    let values = "image: {repository: acme/shop, tag: '1.0'}\nfunctions:\n- name: a\n  replicas: 2\nservice: {}\n";
    let stack = "provider: {name: openfaas}\nfunctions:\n  a:\n    lang: go\n    image: acme/a:1\n    secrets: [x]\n    \
        annotations: {topic: cron-function, schedule: '*/5 * * * *'}\n";
    for (from, text, left) in [
        ("helm", values, "`service`"),
        ("openfaas", stack, "`secrets`"),
    ] {
        let folder = folder_with("in.yml", text.as_bytes());
        let run = kubefunctl(
            folder.path(),
            &["import", from, "in.yml", "--release", "demo"],
        );
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(
            run.err.contains(left) && run.err.contains("in.yml:"),
            "{}",
            run.err
        );
        assert!(run.out.starts_with("app: demo\n"), "{}", run.out);
        assert!(!run.out.contains("cron-function"), "{}", run.out);
        fs::write(folder.path().join("functions.yaml"), &run.out).unwrap();
        assert_eq!(kubefunctl(folder.path(), &["render"]).code, Some(0));
    }
    for (text, code, says) in [
        ("functions:\n- name: a\n", Some(1), "does not render"),
        ("functions: [\n", Some(1), "KF0001"),
    ] {
        let folder = folder_with("in.yml", text.as_bytes());
        let run = kubefunctl(folder.path(), &["import", "helm", "in.yml"]);
        assert_eq!((run.code, run.out.as_str()), (code, ""));
        assert!(run.err.contains(says), "{}", run.err);
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        kubefunctl(folder.path(), &["import", "helm", "none.yml"]).code,
        Some(2)
    );
}

#[test]
fn templates_are_listed_and_exported_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let list = kubefunctl(folder.path(), &["templates", "list"]).out;
    assert!(list.lines().any(|name| name == "deployment.yaml"), "{list}");
    assert_eq!(
        kubefunctl(folder.path(), &["templates", "export", "t"]).code,
        Some(0)
    );
    let built_in = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for name in list.lines() {
        let exported = fs::read(folder.path().join("t").join(name)).unwrap();
        assert_eq!(exported, fs::read(built_in.join(name)).unwrap(), "{name}");
    }
    fs::write(folder.path().join("t/pod.yaml"), "mine").unwrap();
    assert_eq!(
        kubefunctl(folder.path(), &["templates", "export", "t"]).code,
        Some(0)
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("t/pod.yaml")).unwrap(),
        "mine"
    );
    let run = kubefunctl(folder.path(), &["templates", "export", "t", "nope.yaml"]);
    assert_eq!(run.code, Some(2));
}

#[test]
fn schemas_of_kinds_are_json() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [
        "Deployment",
        "deployment",
        "apps/v1/StatefulSet",
        "v1/Service",
    ] {
        let run = kubefunctl(folder.path(), &["schema", kind]);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{kind}");
        let schema: Value = serde_json::from_str(&run.out).unwrap();
        assert!(schema.is_object() && run.out.contains("\"kind\""), "{kind}");
    }
    for (args, says) in [
        (&["schema", "Deploymet"][..], "did you mean `Deployment`?"),
        (
            &["schema", "Deployment", "--kube-version", "1.2"],
            "1.33 to 1.37",
        ),
        (
            &["schema", "Deployment", "--kube-version", "x"],
            "1.33 to 1.37",
        ),
    ] {
        let run = kubefunctl(folder.path(), args);
        assert_eq!(run.code, Some(2));
        assert!(run.err.contains(says), "{}", run.err);
    }
}

#[test]
fn completions_and_manual_pages_know_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = kubefunctl(folder.path(), &["completions", shell]);
        assert_eq!(run.code, Some(0));
        assert!(
            run.out.contains("explain") && run.out.contains("kubefunctl"),
            "{shell}"
        );
    }
    let page = kubefunctl(folder.path(), &["man"]).out;
    assert!(
        page.starts_with(".ie") && page.contains(".TH kubefunctl 1"),
        "{page}"
    );
    let page = kubefunctl(folder.path(), &["man", "render"]).out;
    assert!(
        page.contains(".TH kubefunctl-render 1") && page.contains("allow\\-removals"),
        "{page}"
    );
    assert_eq!(kubefunctl(folder.path(), &["man", "nope"]).code, Some(2));
}
