//! Templates of the user's: what a directory may hold, and what is said of one that is wrong.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use std::sync::Arc;

use kubefunctl::cli::Folder;
use kubefunctl::diag::{Style, render_human};
use kubefunctl::templates::{Directory, Files, MOST_BYTES, MOST_FILES, Reader};
use kubefunctl::{Compiled, File, Options, compile};

/// A directory in memory.
#[derive(Debug)]
struct Memory(Vec<(String, Vec<u8>)>);

impl Reader for Memory {
    fn files(&self, _: Directory<'_>) -> Result<Vec<(String, Vec<u8>)>, String> {
        Ok(self.0.clone())
    }
}

const POD: &str = "spec:\n  template:\n{% include \"pod.yaml\" %}\n";

fn kind(api_version: &str, kind: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\n{{% include \"metadata.yaml\" %}}\n{POD}")
}

fn run(function: &str, files: &[(&str, &str)]) -> Compiled {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    let text = format!(
        "app: shop\ntemplates: t\nimage: acme/shop:1.0\nfunctions:\n- {{name: a, {function}}}\n"
    );
    run_with(&text, Arc::new(Memory(files.collect())))
}

fn run_with(text: &str, reader: Arc<dyn Reader + Send>) -> Compiled {
    let options = Options {
        reader: Files(Some(reader)),
        ..Options::default()
    };
    let file = File {
        name: "functions.yaml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    compile(vec![file], &options)
}

fn said(compiled: &Compiled) -> String {
    render_human(&compiled.report, &compiled.sources, Style::Plain)
}

#[test]
fn a_kind_of_its_own_is_rendered_with_a_warning_or_checked() {
    let template = ("rollout.yaml", &*kind("argoproj.io/v1alpha1", "Rollout"));
    let compiled = run("kind: Rollout", &[template]);
    assert!(
        said(&compiled).contains("warning[KF0552]"),
        "{}",
        said(&compiled)
    );
    let yaml = compiled.yaml().unwrap();
    assert!(yaml.contains("kind: Rollout\n") && !yaml.contains("kind: Deployment\n"));
    // It does not ask for replicas, so nobody scales it.
    assert!(!yaml.contains("HorizontalPodAutoscaler"));

    let schema = r#"{"type": "object", "required": ["spec"], "properties": {"spec": {"required": ["strategy"]}}}"#;
    let schema = ("schemas/argoproj.io/Rollout.json", schema);
    let compiled = run("kind: Rollout.argoproj.io", &[template, schema]);
    let said = said(&compiled);
    assert!(
        compiled.objects.is_none() && said.contains("error[KF0303]"),
        "{said}"
    );
    assert!(
        said.contains("`strategy` is missing") && !said.contains("KF0552"),
        "{said}"
    );
    assert!(
        said.contains("it comes out of your template `rollout.yaml`"),
        "{said}"
    );
}

#[test]
fn a_template_of_ours_can_be_replaced() {
    let text = "apiVersion: v1\nkind: ServiceAccount\n{% include \"metadata.yaml\" %}\nautomountServiceAccountToken: false\nsecrets: [{name: {{ extra }}}]\n";
    let compiled = run("health: false", &[("serviceaccount.yaml", text)]);
    assert!(
        said(&compiled).contains("error[KF0301]"),
        "{}",
        said(&compiled)
    );
    let compiled = run(
        "health: false",
        &[("serviceaccount.yaml", &text.replace("{{ extra }}", "mine"))],
    );
    assert!(
        compiled
            .yaml()
            .unwrap()
            .contains("secrets:\n- name: mine\n"),
        "{}",
        said(&compiled)
    );
}

#[test]
fn what_is_wrong_with_a_directory_is_told() {
    let rollout = kind("argoproj.io/v1alpha1", "Rollout");
    let no_pod = "apiVersion: a/v1\nkind: Odd\n{% include \"metadata.yaml\" %}\nspec: {}\n";
    let renamed =
        kind("a/v1", "Odd").replace("{% include \"metadata.yaml\" %}", "metadata: {name: x}");
    for (function, file, text, expected) in [
        (
            "kind: Rolout",
            "rollout.yaml",
            &*rollout,
            "did you mean `Rollout`?",
        ),
        (
            "kind: Rollout",
            "argo.yaml",
            &rollout,
            "has to be called `rollout.yaml`",
        ),
        (
            "kind: Odd",
            "odd.yaml",
            no_pod,
            "it has containers neither at",
        ),
        (
            "kind: Odd",
            "odd.yaml",
            &renamed,
            "yields no such object: it is Odd x",
        ),
        (
            "kind: Odd",
            "odd.yaml",
            "apiVersion: a/v1\nkind: Odd\n{% if %}",
            "the template `odd.yaml`",
        ),
        (
            "health: false",
            "deployment.yaml",
            "apiVersion: apps/v1\nkind: Pod\n",
            "yields no such object",
        ),
        (
            "health: false",
            "schemas/Rollout.json",
            "{}",
            "is not where schemas are",
        ),
        ("health: false", "schemas/a/B.json", "{", "is not JSON"),
        (
            "health: false",
            "schemas/a/B.json",
            r#"{"type": "texts"}"#,
            "not a usable JSON schema",
        ),
    ] {
        let compiled = run(function, &[(file, text)]);
        let said = said(&compiled);
        assert!(
            compiled.objects.is_none() && said.contains(expected),
            "{file}: {said}"
        );
    }
}

#[test]
fn a_directory_is_bounded() {
    let many = (0..=MOST_FILES).map(|n| (format!("{n}.yaml"), Vec::new()));
    let large = vec![("a.yaml".to_owned(), vec![b'#'; MOST_BYTES + 1])];
    for files in [many.collect(), large] {
        let text = "app: shop\ntemplates: t\nimage: acme/shop:1.0\nfunctions: [{name: a}]\n";
        let compiled = run_with(text, Arc::new(Memory(files)));
        assert!(said(&compiled).contains("too large"), "{}", said(&compiled));
    }
}

/// A template that runs for ever, or yields without end, fails.
#[test]
fn a_template_cannot_run_for_ever() {
    let text = "apiVersion: a/v1\nkind: Odd\n{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}\n";
    let compiled = run("kind: Odd", &[("odd.yaml", text)]);
    assert!(
        said(&compiled).contains("error[KF0301]"),
        "{}",
        said(&compiled)
    );
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("t");
    let outside = folder.path().join("elsewhere");
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::create_dir_all(&outside).unwrap();
    let rollout = kind("argoproj.io/v1alpha1", "Rollout");
    std::fs::write(outside.join("rollout.yaml"), &rollout).unwrap();
    std::os::unix::fs::symlink(outside.join("rollout.yaml"), inside.join("rollout.yaml")).unwrap();
    std::os::unix::fs::symlink(&outside, folder.path().join("linked")).unwrap();
    let text = |directory: &str| {
        format!(
            "app: shop\ntemplates: {directory}\nimage: acme/shop:1.0\nfunctions: [{{name: a, kind: Rollout}}]\n"
        )
    };
    let run = |directory| run_with(&text(directory), Arc::new(Folder::below(folder.path())));
    assert!(run("elsewhere").objects.is_some());
    assert!(run("elsewhere/.").objects.is_some());
    for (directory, expected) in [
        ("t", "there is no template for the kind `Rollout`"),
        ("linked", "it is a link"),
        ("missing", "cannot be read"),
        ("elsewhere/rollout.yaml", "it is no directory"),
        ("../x", "below that of this file"),
    ] {
        let compiled = run(directory);
        let said = said(&compiled);
        assert!(
            compiled.objects.is_none() && said.contains(expected),
            "{directory}: {said}"
        );
    }
}
