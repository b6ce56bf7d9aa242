//! Files of another revision, asked of git.
//!
//! A revision is turned into the name of a commit first; from there on git is told nothing but
//! such names, and paths after `--`. So nothing a user or a branch is called becomes an option.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use super::files::{Budget, Named, is_manifest};

/// A commit, as git names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit(String);

/// A file or folder of a commit.
#[derive(Clone, Debug)]
struct Blob {
    object: String,
    path: String,
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .args(["--no-pager", "--literal-pathspecs"])
        .args(args)
        // Nothing may ask, fetch or write.
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// What git says on standard output; none where it fails.
fn ask(args: &[&str]) -> Result<Option<Vec<u8>>, String> {
    let output = command(args).output().map_err(|error| absent(&error))?;
    Ok(output.status.success().then_some(output.stdout))
}

fn absent(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            "git is not installed, or not on the PATH: revisions are read through it".to_owned()
        }
        _ => format!("cannot run git: {error}"),
    }
}

/// The commit that a revision names.
pub(super) fn commit(revision: &str) -> Result<Commit, String> {
    inside()?;
    let plain = !revision.is_empty() && !revision.chars().any(char::is_control);
    let wanted = format!("{revision}^{{commit}}");
    let args = [
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &wanted,
    ];
    // A name that begins with a dash is one that git itself refuses to give.
    let found = match plain && !revision.starts_with('-') {
        true => ask(&args)?,
        false => None,
    };
    let name = found.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    let is_name = |name: &String| {
        (40..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match name.filter(is_name) {
        Some(name) => Ok(Commit(name)),
        None => {
            let hint = match is_shallow()? {
                true => SHALLOW,
                false => "fetch it first, or see `git branch --all` and `git tag`",
            };
            Err(format!("git knows no revision `{revision}`: {hint}"))
        }
    }
}

const SHALLOW: &str = "this clone is shallow: run `git fetch --unshallow`, or in a workflow set \
                       `fetch-depth: 0`";

fn inside() -> Result<(), String> {
    let output = command(&["rev-parse", "--git-dir"])
        .output()
        .map_err(|error| absent(&error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default();
    Err(match said.contains("dubious ownership") {
        true => format!("git refuses to read this repository: {said}"),
        false => "this is not in a git repository: name two files or directories".to_owned(),
    })
}

fn is_shallow() -> Result<bool, String> {
    let said = ask(&["rev-parse", "--is-shallow-repository"])?;
    Ok(said.is_some_and(|said| said.starts_with(b"true")))
}

/// Where the histories of a commit and of `HEAD` part.
pub(super) fn merge_base(of: &Commit) -> Result<Commit, String> {
    let head = commit("HEAD")?;
    let found = ask(&["merge-base", &of.0, &head.0])?;
    let name = found.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    match name {
        Some(name) if !name.is_empty() => Ok(Commit(name)),
        _ => Err(format!(
            "the revision and HEAD share no history that is here: {}",
            match is_shallow()? {
                true => SHALLOW,
                false => "their branches began apart; compare with git:REV instead",
            }
        )),
    }
}

/// The manifests at a path of a commit, be it a file or a folder, with paths as seen from here.
/// None where there is nothing at the path.
pub(super) fn files(commit: &Commit, path: &str) -> Result<Option<Vec<Named>>, String> {
    let exact = entries(&["ls-tree", "-z", &commit.0, "--", path.trim_end_matches('/')])?;
    let blobs = match exact.first() {
        None => return Ok(None),
        Some((kind, blob)) if kind == "blob" => vec![blob.clone()],
        Some((kind, _)) if kind == "tree" => {
            let all = entries(&["ls-tree", "-r", "-z", &commit.0, "--", path])?;
            let files = all.into_iter().filter(|(kind, _)| kind == "blob");
            let files = files.map(|(_, blob)| blob);
            let below = path.trim_end_matches('/').len();
            files
                .filter(|blob| is_manifest(blob.path.get(below..).unwrap_or_default()))
                .collect()
        }
        Some((kind, _)) => return Err(format!("`{path}` is a {kind} in that revision, no file")),
    };
    contents(&blobs).map(Some)
}

/// The names of what a commit has in the folder we are in.
pub(super) fn names(commit: &Commit) -> Result<Vec<String>, String> {
    let all = entries(&["ls-tree", "-z", &commit.0])?;
    Ok(all.into_iter().map(|(_, blob)| blob.path).collect())
}

/// All regular files below a folder of a commit, but for hidden ones.
pub(super) fn all(commit: &Commit, path: &str) -> Result<Vec<Named>, String> {
    let all = entries(&["ls-tree", "-r", "-z", &commit.0, "--", path])?;
    let hidden = |path: &str| path.split('/').any(|part| part.starts_with('.'));
    let files = all
        .into_iter()
        .filter(|(kind, blob)| kind == "blob" && !hidden(&blob.path));
    contents(&files.map(|(_, blob)| blob).collect::<Vec<_>>())
}

/// Kind and place of what `ls-tree` lists. Links are called so.
fn entries(args: &[&str]) -> Result<Vec<(String, Blob)>, String> {
    let Some(listing) = ask(args)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in listing
        .split(|byte| *byte == 0)
        .filter(|entry| !entry.is_empty())
    {
        let entry = String::from_utf8_lossy(entry);
        let Some((meta, path)) = entry.split_once('\t') else {
            continue;
        };
        let mut words = meta.split(' ');
        let (Some(mode), Some(kind), Some(object)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let kind = if mode == "120000" { "link" } else { kind };
        let (object, path) = (object.to_owned(), path.to_owned());
        found.push((kind.to_owned(), Blob { object, path }));
    }
    Ok(found)
}

/// One process for all: asked for one object at a time, so that neither side waits for the other.
fn contents(blobs: &[Blob]) -> Result<Vec<Named>, String> {
    let mut child = command(&["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| absent(&error))?;
    let broken = || "git ended before it gave all files".to_owned();
    let (Some(mut asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken());
    };
    let mut answers = BufReader::new(answers);
    let mut budget = Budget::default();
    let mut read = || -> Result<Vec<Named>, String> {
        let mut files = Vec::new();
        for Blob { object, path } in blobs {
            writeln!(asks, "{object}").map_err(|_| broken())?;
            let mut header = String::new();
            answers.read_line(&mut header).map_err(|_| broken())?;
            let size = header.trim().rsplit(' ').next();
            let size: u64 = size.and_then(|size| size.parse().ok()).ok_or_else(|| {
                format!("git has not got `{path}` of that revision: fetch it first")
            })?;
            budget.take(path, size)?;
            let mut bytes = Vec::new();
            // The content, and the line break after it.
            let mut content = (&mut answers).take(size + 1);
            content.read_to_end(&mut bytes).map_err(|_| broken())?;
            bytes.pop();
            files.push(Named {
                name: path.clone(),
                bytes,
            });
        }
        Ok(files)
    };
    let files = read();
    drop(asks);
    if files.is_err() {
        // It may still be writing to us.
        let _ = child.kill();
    }
    let _ = child.wait();
    files
}
