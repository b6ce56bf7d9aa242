//! `kubefunctl init`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use clap::Args;

use super::Exit;
use super::output::complain;
use crate::schema::label;

/// Begin an application: a commented functions.yaml that renders, its schema for editors, and
/// what Git and Flux should know of the output. Nothing that exists is changed
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl init\n  \
    kubefunctl init shop")]
pub(super) struct Init {
    /// The directory; it is made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    pub directory: String,
}

const FUNCTIONS: &str = include_str!("functions.yaml");

/// What goes beside functions.yaml.
const BESIDE: [(&str, &str); 3] = [
    ("functions.schema.json", crate::schema::FUNCTIONS_SCHEMA),
    (".gitattributes", include_str!("gitattributes")),
    (".sourceignore", include_str!("sourceignore")),
];

pub(super) fn run(command: &Init) -> Exit {
    let directory = Path::new(&command.directory);
    if let Err(error) = fs::create_dir_all(directory) {
        complain(&format!("cannot make {}: {error}", directory.display()));
        return Exit::CouldNotRun;
    }
    let text = FUNCTIONS.replace("APP", &app_name(directory));
    // The one that matters goes first: where it cannot be made, nothing is.
    for (name, text) in std::iter::once(("functions.yaml", text.as_str())).chain(BESIDE) {
        let path = directory.join(name);
        let shown = path.display();
        match create(&path, text) {
            Ok(()) => complain(&format!("wrote {shown}")),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                complain(&format!("cannot write {shown}: {error}"));
                return Exit::CouldNotRun;
            }
            Err(_) if name == "functions.yaml" => {
                complain(&format!("{shown} exists: nothing was written"));
                return Exit::CouldNotRun;
            }
            Err(_) if name.starts_with('.') => {
                complain(&format!("{shown} exists; these lines would go into it:"));
                for line in text.lines().filter(|line| !line.starts_with('#')) {
                    complain(&format!("  {line}"));
                }
            }
            Err(_) => complain(&format!("{shown} exists and is left as it is")),
        }
    }
    Exit::Fine
}

/// Makes a file that is not there yet, and follows no link to one that is.
fn create(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// An application's name from that of its directory.
fn app_name(directory: &Path) -> String {
    let full = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    Some(label(&name, 20))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "app".to_owned())
}
