//! Every example in a help text works.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::run::kubefunctl;

/// All commands, from the help text itself.
fn commands(folder: &Path, path: &[&str]) -> Vec<Vec<String>> {
    let mut args = path.to_vec();
    args.push("--help");
    let help = kubefunctl(folder, &args).out;
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let list = list.split("\n\n").next().unwrap_or_default();
    let mut found = vec![path.iter().map(|&word| word.to_owned()).collect()];
    for line in list.lines() {
        // A name is indented by two; what continues a description by more.
        let name = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '));
        let Some(name) = name.and_then(|rest| rest.split(' ').next()) else {
            continue;
        };
        if name != "help" {
            let mut inner = path.to_vec();
            inner.push(name);
            found.extend(commands(folder, &inner));
        }
    }
    found
}

/// The lines below `Example:` or `Examples:`.
fn examples(help: &str) -> Vec<String> {
    let after = help.split("\nExample").nth(1).unwrap_or_default();
    let lines = after
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// What the examples may find where they are run.
fn prepare(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let shop = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: shop\n";
    write("shop.yaml", shop);
    write("functions.yaml", shop);
    write(
        "gateway.yaml",
        "app: entrance\ngateway:\n  routes: {/shop/: shop}\n",
    );
    write(
        "values.yaml",
        "image: {repository: acme/shop, tag: '1.0'}\nfunctions:\n- name: a\n",
    );
    write(
        "stack.yml",
        "functions:\n  a: {lang: go, handler: ./a, image: acme/a:1}\n",
    );
    fs::create_dir(folder.join("bin")).unwrap();
    write(
        "bin/kubectl",
        "#!/bin/sh\nif [ \"$1\" = get ]; then cat out.yaml; else cat >/dev/null; fi\n",
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.join("bin/kubectl"), mode).unwrap();
    }
}

/// What the examples of `diff` compare with: a rendered file in a repository with a history.
fn remember(folder: &Path) {
    assert_eq!(
        kubefunctl(folder, &["render", "-o", "out.yaml"]).code,
        Some(0)
    );
    let script = "git init -q -b main && git add -A && \
                  git -c user.name=a -c user.email=a@example.com commit -qm a && \
                  git tag v1.4.0 && git update-ref refs/remotes/origin/main HEAD";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir(folder);
    // Nobody's own settings.
    shell
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    assert!(shell.status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn every_example_works() {
    let folder = tempfile::tempdir().unwrap();
    let all = commands(folder.path(), &[]);
    assert!(all.len() > 12, "{all:?}");
    let bin = Path::new(env!("CARGO_BIN_EXE_kubefunctl"))
        .parent()
        .unwrap();
    let mut tried = 0;
    for path in all.iter().filter(|path| !path.is_empty()) {
        let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
        args.push("--help");
        let help = kubefunctl(folder.path(), &args).out;
        let found = examples(&help);
        let group = help.contains("\nCommands:\n");
        assert!(
            !found.is_empty() || group,
            "{path:?} has no example:\n{help}"
        );
        for example in found {
            assert!(example.contains("kubefunctl "), "{path:?}: {example}");
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path());
            match path[0].as_str() {
                "init" => fs::remove_file(folder.path().join("functions.yaml")).unwrap(),
                "diff" => remember(folder.path()),
                _ => {}
            }
            let output = Command::new("sh")
                .args(["-c", &example])
                .current_dir(folder.path())
                .env("PATH", format!("bin:{}:/usr/bin:/bin", bin.display()))
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let err = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{example}: {err}");
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
}
