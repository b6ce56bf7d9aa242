//! `kubefunctl diff` as it is run: operands, git, exit codes.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and run programs, and fail by panicking"
)]

#[path = "diff_cli/support.rs"]
mod support;

#[path = "diff_cli/deployments.rs"]
mod deployments;

#[path = "diff_cli/layouts.rs"]
mod layouts;

#[path = "diff_cli/recipes.rs"]
mod recipes;

#[path = "diff_cli/revisions.rs"]
mod revisions;

use support::{CONFIG, Folder};

#[test]
fn exit_codes_tell() {
    let folder = Folder::new();
    folder.write("a.yaml", CONFIG);
    folder.write("b.yaml", &CONFIG.replace("one", "two"));
    assert_eq!(
        folder.run(&["diff", "a.yaml", "a.yaml"]).told(),
        (0, "".into())
    );
    let run = folder.run(&["diff", "a.yaml", "b.yaml"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("~ /data/key: one → two"), "{}", run.out);
    for (list, code) in [
        ("never", 0),
        ("delete", 0),
        ("config", 1),
        ("metadata,config", 1),
        ("scale+", 1),
        ("restart+", 0),
    ] {
        let run = folder.run(&["diff", "a.yaml", "b.yaml", "--fail-on", list]);
        assert_eq!((run.code, run.out.is_empty()), (code, false), "{list}");
    }
    let run = folder.run(&["diff", "a.yaml", "b.yaml", "--only", "restart+"]);
    assert_eq!(run.told(), (0, "".into()));
    let run = folder.run(&["diff", "a.yaml", "b.yaml", "--only", "config"]);
    assert_eq!(run.code, 1);
}

#[test]
fn what_cannot_be_compared_is_2() {
    let folder = Folder::new();
    folder.write("a.yaml", CONFIG);
    folder.write("broken.yaml", "a: [\n");
    folder.write(
        "second.yaml",
        &format!("{CONFIG}---\n# nothing\n---\nfoo: bar\nkind: X\n"),
    );
    folder.write(
        "nameless.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n",
    );
    folder.write(
        "twins.yaml",
        &format!("{CONFIG}---\n{}", CONFIG.replace("one", "two")),
    );
    folder.write("empty.yaml", "");
    folder.write(
        "bool.yaml",
        &CONFIG.replace("namespace: ns", "namespace: n"),
    );
    folder.write(
        "shop.yaml",
        "app: shop\nimage: acme/shop:1.0\nfunctions: [{name: a}]\n",
    );
    std::fs::create_dir(folder.path().join("nothing")).unwrap();
    for (args, says) in [
        (
            &["a.yaml", "missing.yaml"][..],
            "there is no `missing.yaml`",
        ),
        (&["a.yaml", "broken.yaml"], "broken.yaml:1: "),
        (
            &["a.yaml", "second.yaml"],
            "second.yaml:11: it has no `apiVersion`",
        ),
        (&["a.yaml", "nameless.yaml"], "no `metadata.name`"),
        (
            &["a.yaml", "twins.yaml"],
            "twins.yaml:9: two different objects are ConfigMap ns/c, first at twins.yaml:1",
        ),
        (
            &["a.yaml", "empty.yaml"],
            "empty.yaml: the file holds no object",
        ),
        (&["a.yaml", "nothing"], "`nothing` holds no manifest"),
        (
            &["a.yaml", "bool.yaml"],
            "bool.yaml:1: its `metadata.namespace` is no text",
        ),
        (&["-", "-"], "only one of OLD and NEW"),
        (&["a.yaml"], "there is no functions.yaml"),
        (
            &["shop.yaml"],
            "`shop.yaml` is a functions.yaml, which is OLD here, and NEW is missing",
        ),
        (
            &["-f", "shop.yaml"],
            "run `kubefunctl render -f shop.yaml -o out.yaml` and commit it",
        ),
        (
            &[],
            "there is no out.yaml, no out.<env>.yaml and no deploy/ here: run `kubefunctl render -o out.yaml`",
        ),
        (
            &["a.yaml", "a.yaml", "--fail-on", "danger"],
            "no class is called `danger`",
        ),
        (
            &["a.yaml", "a.yaml", "--base", "HEAD"],
            "cannot be used with",
        ),
        (&["a.yaml", "git:HEAD:a.yaml"], "not in a git repository"),
        (&["--base", "HEAD"], "not in a git repository"),
    ] {
        let run = folder.run(&[&["diff"], args].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}");
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
    }
    let run = folder.run_without_git(&["diff", "git:HEAD:a.yaml", "a.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("git is not installed"), "{}", run.err);
}

#[test]
fn names_in_messages_cannot_command_a_terminal() {
    let folder = Folder::new();
    folder.write("a.yaml", "apiVersion: v1\nkind: \"\\e[31mX\"\nmetadata: {name: a, x: 1}\n---\napiVersion: v1\nkind: \"\\e[31mX\"\nmetadata: {name: a, x: 2}\n");
    let run = folder.run(&["diff", "a.yaml", "a.yaml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("\\u{1b}[31mX a") && !run.err.contains('\u{1b}'),
        "{}",
        run.err
    );
}

#[test]
fn a_directory_is_read_as_a_whole_and_links_are_not_followed() {
    let folder = Folder::new();
    folder.write("old.yaml", CONFIG);
    folder.write("all/deep/er/c.yaml", CONFIG);
    folder.write("all/notes.txt", "not a manifest");
    folder.write("all/.hidden/x.yaml", "broken: [");
    folder.write("all/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [deep/er/c.yaml]\n");
    folder.write(
        "outside/secret.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: outside}\n",
    );
    #[cfg(unix)]
    {
        let link = |to: &str, from: &str| {
            std::os::unix::fs::symlink(folder.path().join(to), folder.path().join(from)).unwrap();
        };
        link("outside", "all/link");
        link("outside/secret.yaml", "all/link.yaml");
        link("all", "all/deep/circle");
    }
    assert_eq!(
        folder.run(&["diff", "old.yaml", "all"]).told(),
        (0, "".into())
    );
}

#[test]
fn standard_input_lists_and_applications_are_operands() {
    let folder = Folder::new();
    folder.write("out.yaml", CONFIG);
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns, uid: x}, data: {key: one}}\n";
    assert_eq!(
        folder.run_with(list, &["diff", "-", "out.yaml"]).told(),
        (0, "".into())
    );
    let run = folder.run_with("", &["diff", "-", "out.yaml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("<stdin>: the file holds no object"),
        "{}",
        run.err
    );

    folder.write(
        "functions.yaml",
        "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
    );
    folder.write(
        "next.yaml",
        "app: shop\nimage: acme/shop:1.1\nfunctions:\n- name: a\n",
    );
    let run = folder.run(&["diff", "functions.yaml", "next.yaml"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("acme/shop:1.0 → acme/shop:1.1"),
        "{}",
        run.out
    );
    // One operand is OLD; NEW is what functions.yaml gives now.
    let run = folder.run(&["diff", "next.yaml"]);
    assert!(
        run.out.contains("acme/shop:1.1 → acme/shop:1.0"),
        "{}",
        run.out
    );
    // Annotations are at the line of the input that caused them.
    let run = folder.run(&["diff", "functions.yaml", "next.yaml", "--format", "github"]);
    assert!(
        run.out.contains("::notice file=next.yaml,line=4,"),
        "{}",
        run.out
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::new();
    folder.write("a.yaml", CONFIG);
    folder.write("b.yaml", &CONFIG.replace("one", &"two ".repeat(100_000)));
    let run = folder.run_into_closed_pipe(&["diff", "a.yaml", "b.yaml", "--format", "unified"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let folder = Folder::new();
    folder.write("a.yaml", CONFIG);
    folder.write("b.yaml", &CONFIG.replace("one", "two"));
    let plain = folder.run(&["diff", "a.yaml", "b.yaml"]).out;
    let bright = folder
        .run(&["diff", "a.yaml", "b.yaml", "--color", "always"])
        .out;
    assert!(
        !plain.contains('\u{1b}') && bright.contains("\u{1b}[1;32mtwo\u{1b}[0m"),
        "{bright:?}"
    );
}

#[test]
fn json_follows_its_schema() {
    let schema = include_str!("../schemas/diff.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let pairs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff");
    let folder = Folder::new();
    let mut seen = 0;
    for pair in std::fs::read_dir(pairs).unwrap() {
        let pair = pair.unwrap().path();
        let (old, new) = (pair.join("old.yaml"), pair.join("new.yaml"));
        let Ok(shown) = std::fs::read_to_string(pair.join("shown.txt")) else {
            continue;
        };
        let shown = shown.split("=== json\n").nth(1).unwrap();
        let json: serde_json::Value = serde_json::from_str(shown).unwrap();
        let faults: Vec<_> = validator
            .iter_errors(&json)
            .map(|e| e.to_string())
            .collect();
        assert!(faults.is_empty(), "{pair:?}: {faults:#?}");
        seen += 1;
        if seen == 1 {
            let run = folder.run(&[
                "diff",
                old.to_str().unwrap(),
                new.to_str().unwrap(),
                "--format",
                "json",
            ]);
            let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
            assert!(validator.is_valid(&json), "{}", run.out);
        }
    }
    assert!(seen >= 80);
    for wrong in [
        "{}",
        r#"{"version": 2, "comparisons": []}"#,
        r#"{"version": 1, "comparisons": [], "more": 1}"#,
    ] {
        assert!(
            !validator.is_valid(&serde_json::from_str(wrong).unwrap()),
            "{wrong}"
        );
    }
}
