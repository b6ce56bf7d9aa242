//! The `kubefunctl` command; see [`kubefunctl::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    kubefunctl::cli::run()
}
