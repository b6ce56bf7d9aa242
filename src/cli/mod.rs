//! The command line: the one place that reads files and writes streams.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 fine, 1 the
//! input is wrong, 2 could not run.

mod args;
mod check;
mod diff;
mod explain;
mod folder;
mod graph;
mod import;
mod init;
mod input;
mod output;
mod render;
mod schema;
mod shell;
mod templates;
mod write;

use std::process::ExitCode;

pub use folder::Folder;

use args::{Args, Command};
use clap::Parser;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Fine.
    Fine = 0,
    /// The input is wrong, or something differs; it has been said how.
    WrongInput = 1,
    /// The command could not run; it has been said why.
    CouldNotRun = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let exit = match &args.command {
        Command::Render(command) => render::run(command, args.color),
        Command::Check(command) => check::run(command, args.color),
        Command::Diff(command) => diff::run(command, args.color),
        Command::Explain(command) => explain::run(command),
        Command::Schema(command) => schema::run(command),
        Command::Init(command) => init::run(command),
        Command::Graph(command) => graph::run(command, args.color),
        Command::Import(command) => import::run(command, args.color),
        Command::Templates(command) => templates::run(command),
        Command::Completions(command) => shell::completions(command),
        Command::Man(command) => shell::man(command),
    };
    exit.into()
}

/// Help and version go to standard output and are fine; anything else could not run.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is no reason to complain about a help text.
    let _ = error.print();
    if error.use_stderr() {
        Exit::CouldNotRun.into()
    } else {
        Exit::Fine.into()
    }
}
