//! A folder, the binary run in it, and git.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// An object of seven lines.
pub(crate) const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: ns\ndata:\n  key: one\n";

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Exit code and standard output.
    pub(crate) fn told(&self) -> (i32, String) {
        (self.code, self.out.clone())
    }
}

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with("", args)
    }

    pub(crate) fn run_with(&self, input: &str, args: &[&str]) -> Run {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // It may end before it has read all.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        told(child.wait_with_output().unwrap())
    }

    /// Runs it in a folder below.
    pub(crate) fn run_in(&self, below: &str, args: &[&str]) -> Run {
        let mut command = self.command(args);
        told(
            command
                .current_dir(self.path().join(below))
                .output()
                .unwrap(),
        )
    }

    pub(crate) fn run_without_git(&self, args: &[&str]) -> Run {
        let output = self.command(args).env("PATH", self.path()).output();
        told(output.unwrap())
    }

    pub(crate) fn run_into_closed_pipe(&self, args: &[&str]) -> Run {
        let mut child = self.command(args).spawn().unwrap();
        drop(child.stdout.take());
        told(child.wait_with_output().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubefunctl"));
        command
            .args(args)
            .current_dir(self.path())
            // A temporary folder may lie within somebody's repository.
            .env("GIT_CEILING_DIRECTORIES", self.path().parent().unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs git, which must succeed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let settings = [
            "user.name=t",
            "user.email=t@example.com",
            "commit.gpgsign=false",
            "init.defaultBranch=main",
        ];
        let mut command = Command::new("git");
        for setting in settings {
            command.args(["-c", setting]);
        }
        let output = command
            .args(args)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Commits all there is.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Renders into a file, as people do.
    pub(crate) fn render(&self, args: &[&str], to: &str) {
        let run = self.run(&[&["render"], args].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        self.write(to, &run.out);
    }
}

fn told(output: Output) -> Run {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8 comes out");
    let run = Run {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}
