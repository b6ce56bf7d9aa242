//! `kubefunctl completions` and `kubefunctl man`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Exit;
use super::output::{complain, data};

/// Print a shell's completions of this command
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl completions bash > kubefunctl.bash\n  \
    kubefunctl completions zsh > _kubefunctl")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Print the manual page of this command, or of one of its commands
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl man > kubefunctl.1\n  \
    kubefunctl man render > kubefunctl-render.1")]
pub(super) struct Man {
    /// The command
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

pub(super) fn completions(command: &Completions) -> Exit {
    let mut bytes = Vec::new();
    let mut all = super::args::Args::command();
    clap_complete::generate(command.shell, &mut all, "kubefunctl", &mut bytes);
    data(&String::from_utf8_lossy(&bytes))
}

pub(super) fn man(command: &Man) -> Exit {
    let mut all = super::args::Args::command();
    all.build();
    let page = match command.command.as_deref() {
        None => all,
        Some(name) => {
            let Some(found) = all.find_subcommand(name).cloned() else {
                complain(&format!("there is no command `{name}`"));
                return Exit::CouldNotRun;
            };
            found
        }
    };
    let mut bytes = Vec::new();
    match clap_mangen::Man::new(page).render(&mut bytes) {
        Ok(()) => data(&String::from_utf8_lossy(&bytes)),
        Err(error) => {
            complain(&format!("cannot write the page: {error}"));
            Exit::CouldNotRun
        }
    }
}
