//! `render -o`: manifests as one file, or as a directory of one file an object.
//!
//! What is to be written and removed is decided by pure functions ([`plan`], [`guard`]); the one
//! file that touches the disk for a directory is [`disk`].

mod directory;
mod disk;
mod guard;
mod inventory;
mod names;
mod plan;
mod single;

#[cfg(test)]
mod simulation;

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use super::Exit;
use super::args::Format;
use super::output::{complain, data};
use crate::Compiled;

/// Where the output goes
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Write a file, or one file an object into a directory (an existing one, or a name that ends
    /// in `/` or not in .yaml, .yml or .json), instead of standard output
    #[arg(short, long, value_name = "FILE | DIR")]
    pub output: Option<String>,

    /// Write even if more than a fifth of the objects written before would go
    #[arg(long, requires = "output")]
    pub allow_removals: bool,

    /// Write over files of the directory that were edited by hand
    #[arg(long, requires = "output")]
    pub overwrite_edited: bool,
}

/// Why nothing, or not all, was written.
#[derive(Debug, PartialEq, Eq)]
struct Refusal(Vec<String>);

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self(vec![message.into()])
    }

    fn io(what: &str, error: &std::io::Error) -> Self {
        Self::new(format!("{what}: {error}"))
    }
}

/// Writes what was compiled where the flags say.
pub(super) fn write(compiled: &Compiled, format: Format, output: &Output) -> Exit {
    let target = output.output.as_deref().unwrap_or("-");
    let text = || match format {
        Format::Yaml => compiled.yaml(),
        Format::Json => compiled.json(),
    };
    let written = if target == "-" {
        return text().map_or(Exit::WrongInput, |text| data(&text));
    } else if !is_directory(target) {
        let Some(text) = text() else {
            return Exit::WrongInput;
        };
        single::write(Path::new(target), &text, output.allow_removals)
    } else if format == Format::Json {
        Err(Refusal::new(
            "a directory holds YAML: leave out --format json",
        ))
    } else {
        let Some(files) = directory::files(compiled) else {
            return Exit::WrongInput;
        };
        let allow = plan::Allow {
            removals: output.allow_removals,
            edited: output.overwrite_edited,
        };
        directory::write(Path::new(target), &files, allow)
    };
    match written {
        Ok(warnings) => {
            warnings.iter().for_each(|warning| complain(warning));
            Exit::Fine
        }
        Err(Refusal(messages)) => {
            messages.iter().for_each(|message| complain(message));
            Exit::CouldNotRun
        }
    }
}

/// The files of a directory by name, as `-o DIR/` writes them; `None` where the input is wrong.
pub(super) fn directory_files(compiled: &Compiled) -> Option<BTreeMap<String, String>> {
    directory::files(compiled)
}

/// Whether a name means a directory.
fn is_directory(target: &str) -> bool {
    let path = Path::new(target);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let file = matches!(ending, Some("yaml" | "yml" | "json"));
    target.ends_with(['/', std::path::MAIN_SEPARATOR]) || path.is_dir() || (!file && !path.exists())
}
