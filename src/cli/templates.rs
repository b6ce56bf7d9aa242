//! `kubefunctl templates`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use clap::{Args, Subcommand};

use super::Exit;
use super::output::{complain, data};

/// The built-in templates, to read or to override
#[derive(Debug, Args)]
pub(super) struct Templates {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print their names
    #[command(after_help = "Example:\n  kubefunctl templates list")]
    List,
    Export(Export),
}

/// Write them into a directory; nothing that exists is changed
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl templates export my-templates\n  \
    kubefunctl templates export my-templates deployment.yaml")]
pub(super) struct Export {
    /// The directory; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub directory: String,

    /// The templates to write [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

pub(super) fn run(command: &Templates) -> Exit {
    match &command.command {
        Command::List => {
            let names = crate::render::built_in().iter().map(|(name, _)| *name);
            data(&names.map(|name| format!("{name}\n")).collect::<String>())
        }
        Command::Export(command) => export(command),
    }
}

fn export(command: &Export) -> Exit {
    let all = crate::render::built_in();
    let unknown = |name: &&String| !all.iter().any(|(known, _)| known == name);
    if let Some(name) = command.names.iter().find(unknown) {
        complain(&format!(
            "there is no template `{name}`: `kubefunctl templates list`"
        ));
        return Exit::CouldNotRun;
    }
    let wanted = |name: &str| command.names.is_empty() || command.names.iter().any(|n| n == name);
    let directory = Path::new(&command.directory);
    if let Err(error) = fs::create_dir_all(directory) {
        complain(&format!("cannot make {}: {error}", directory.display()));
        return Exit::CouldNotRun;
    }
    for (name, text) in all.iter().filter(|(name, _)| wanted(name)) {
        let path = directory.join(name);
        let created = OpenOptions::new().write(true).create_new(true).open(&path);
        match created.and_then(|mut file| file.write_all(text.as_bytes())) {
            Ok(()) => complain(&format!("wrote {}", path.display())),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                complain(&format!("{} exists and is left as it is", path.display()));
            }
            Err(error) => {
                complain(&format!("cannot write {}: {error}", path.display()));
                return Exit::CouldNotRun;
            }
        }
    }
    Exit::Fine
}
