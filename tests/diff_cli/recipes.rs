//! The commands of `docs/gitops.md`, run as they stand there.

use std::process::Command;

use kubefunctl::manifest::parse;
use serde_json::Value;

use super::layouts::{APP, committed};
use super::support::Folder;

pub(crate) fn page() -> String {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gitops.md");
    std::fs::read_to_string(docs).unwrap()
}

/// The code block that is called so in one of its first two lines.
pub(crate) fn block(name: &str) -> String {
    let docs = page();
    let title = format!("# {name}");
    let blocks = docs.split("\n```").skip(1).step_by(2);
    let mut blocks = blocks.filter_map(|block| block.split_once('\n').map(|(_, text)| text));
    let found = blocks.find(|text| text.lines().take(2).any(|line| line == title));
    found
        .unwrap_or_else(|| panic!("no block is called {name}"))
        .to_owned()
        + "\n"
}

/// What a workflow of GitHub runs, step by step.
fn steps(workflow: &Value, job: &str) -> Vec<String> {
    let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
    let runs = steps.iter().filter_map(|step| step["run"].as_str());
    runs.map(str::to_owned).collect()
}

/// Runs a command of a recipe in a folder below, with the binary and `bin` on the path.
pub(crate) fn sh(folder: &Folder, below: &str, command: &str) -> i32 {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_kubefunctl"));
    let path = std::env::var("PATH").unwrap();
    let (ours, bin) = (binary.parent().unwrap(), folder.path().join("bin"));
    let path = format!("{}:{}:{path}", bin.display(), ours.display());
    let output = Command::new("sh")
        .args(["-e", "-c", command])
        .current_dir(folder.path().join(below))
        .env("PATH", path)
        .env("HOME", folder.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .envs([
            ("GITHUB_BASE_REF", "main"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "origin/main"),
            ("GH_REPO", "acme/shop"),
            ("RUN", "1"),
            ("SHA", "abc"),
            ("HEAD", "acme:feature"),
        ])
        .output()
        .unwrap();
    output.status.code().unwrap()
}

/// A repository whose `feature` is merged into `main` by a commit of its own, as GitHub checks
/// out a pull request, and a clone of it that is at that commit.
fn pull_request(clone: &[&str]) -> Folder {
    let origin = committed();
    origin.git(&["switch", "--quiet", "--create", "feature"]);
    origin.write("functions.yaml", &APP.replace("1.0", "1.1"));
    origin.render(&[], "out.yaml");
    origin.commit("another image");
    origin.git(&["switch", "--quiet", "main"]);
    origin.write("README", "meanwhile");
    origin.commit("meanwhile");
    origin.git(&["merge", "--quiet", "--no-ff", "--no-edit", "feature"]);
    origin.git(&["branch", "--quiet", "merged"]);
    origin.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let url = format!("file://{}", origin.path().display());
    let args = ["clone", "--quiet", "--branch", "merged", &url, "clone"];
    origin.git(&[&args[..2], clone, &args[2..]].concat());
    origin
}

/// A program in the place of one that needs a server.
pub(crate) fn stand_in(folder: &Folder, name: &str, script: &str) {
    let script = format!("#!/bin/sh\necho \"$@\" >> \"$HOME/calls\"\n{script}\n");
    folder.write(&format!("bin/{name}"), &script);
    sh(folder, "bin", &format!("chmod +x {name}"));
}

pub(crate) fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap_or_default()
}

#[test]
fn a_workflow_of_github_tells_what_a_merge_would_do() {
    let workflow = parse(&block(".github/workflows/manifests.yaml")).unwrap();
    let checkout = &workflow["jobs"]["manifests"]["steps"][0]["with"];
    assert_eq!(checkout["fetch-depth"], 0);
    let commands = steps(&workflow, "manifests");
    let folder = pull_request(&[]);
    let codes = commands.iter().map(|command| sh(&folder, "clone", command));
    assert_eq!(codes.collect::<Vec<_>>(), [0, 0, 0], "{commands:?}");
    let comment = read(&folder, "clone/diff.md");
    assert!(comment.contains("| **restart** | 1 |"), "{comment}");

    // What is stale fails the first, what deletes the last.
    let other = "app: shop\nimage: acme/shop:1.1\nfunctions:\n- name: other\n";
    folder.write("clone/functions.yaml", other);
    assert_eq!(sh(&folder, "clone", &commands[0]), 1);
    let out = folder.run_in("clone", &["render"]).out;
    folder.write("clone/out.yaml", &out);
    assert_eq!(sh(&folder, "clone", &commands[0]), 0);
    assert_eq!(sh(&folder, "clone", &commands[2]), 1);

    // Without the depth that the recipe sets, the merge base is missing, and that is said.
    let shallow = pull_request(&["--depth=1"]);
    assert_eq!(sh(&shallow, "clone", &commands[0]), 0);
    assert_eq!(sh(&shallow, "clone", &commands[1]), 2);
}

#[test]
fn one_comment_is_written_and_then_kept_up_to_date() {
    let workflow = parse(&block(".github/workflows/comment.yaml")).unwrap();
    let text = block(".github/workflows/comment.yaml");
    assert!(
        !text.contains("checkout"),
        "it runs nothing of the pull request"
    );
    let commands = steps(&workflow, "comment");
    assert!(
        !commands.concat().contains("${{"),
        "nothing is pasted into a script"
    );
    let folder = Folder::new();
    folder.write("runner/x", "");
    stand_in(
        &folder,
        "gh",
        "case \"$*\" in\n\
         'run download '*) test -f \"$HOME/made\" && mkdir -p made && cp \"$HOME/made\" made/diff.md ;;\n\
         *'/pulls '*) echo 7 ;;\n\
         *--paginate*) cat \"$HOME/ids\" ;;\n\
         esac",
    );
    let run = || {
        let _ = std::fs::remove_file(folder.path().join("calls"));
        assert_eq!(sh(&folder, "runner", &commands[0]), 0);
        read(&folder, "calls").lines().last().unwrap().to_owned()
    };
    assert!(run().starts_with("run download 1 "), "nothing was made");
    folder.write("made", "1 object differs\n");
    folder.write("ids", "");
    let post = "api -X POST repos/acme/shop/issues/7/comments -F body=@comment.md";
    assert_eq!(run(), post);
    let comment = read(&folder, "runner/comment.md");
    assert_eq!(comment, "<!-- kubefunctl diff -->\n1 object differs\n");
    folder.write("ids", "42\n43\n");
    let patch = "api -X PATCH repos/acme/shop/issues/comments/42 -F body=@comment.md";
    assert_eq!(run(), patch);
}

#[test]
fn a_job_of_gitlab_tells_the_same() {
    let job = &parse(&block(".gitlab-ci.yml")).unwrap()["manifests"];
    assert_eq!(job["variables"]["GIT_DEPTH"], 0);
    let script = job["script"].as_array().unwrap().iter();
    let script: Vec<_> = script.map(|line| line.as_str().unwrap()).collect();
    let folder = pull_request(&[]);
    let codes = script.iter().map(|command| sh(&folder, "clone", command));
    assert_eq!(codes.collect::<Vec<_>>(), [0, 0, 0], "{script:?}");
    let path = job["artifacts"]["paths"][0].as_str().unwrap();
    let comment = read(&folder, &format!("clone/{path}"));
    assert!(comment.contains("| **restart** | 1 |"), "{comment}");
    folder.write("clone/functions.yaml", APP);
    assert_eq!(sh(&folder, "clone", script[0]), 1);
}

#[test]
fn the_hook_looks_at_what_is_staged() {
    let folder = committed();
    folder.write(".githooks/pre-commit", &block(".githooks/pre-commit"));
    sh(&folder, ".", "chmod +x .githooks/pre-commit");
    let commit = "git -c user.name=t -c user.email=t@example.com -c core.hooksPath=.githooks \
                  commit --quiet --message next";
    folder.git(&["add", ".githooks"]);
    assert_eq!(sh(&folder, ".", commit), 0);
    folder.write("functions.yaml", &APP.replace("1.0", "1.1"));
    folder.git(&["add", "functions.yaml"]);
    folder.render(&[], "out.yaml");
    assert_eq!(folder.run(&["diff"]).code, 0);
    assert_eq!(sh(&folder, ".", commit), 1, "its output is not staged");
    folder.git(&["add", "out.yaml"]);
    assert_eq!(sh(&folder, ".", commit), 0);
}
