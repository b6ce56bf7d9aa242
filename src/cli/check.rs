//! `kubefunctl check`.

use clap::ColorChoice;

use super::args::{Check, Deny};
use super::output::findings;
use super::{Exit, input};
use crate::diag::Severity;

pub(super) fn run(command: &Check, color: ColorChoice) -> Exit {
    let Some(files) = input::files(&command.input) else {
        return Exit::CouldNotRun;
    };
    let compiled = crate::compile(files, &input::options(&command.input));
    findings(&compiled, color);
    let denied =
        command.deny == Some(Deny::Warnings) && compiled.report.count(Severity::Warning) > 0;
    if compiled.report.has_errors() || denied {
        Exit::WrongInput
    } else {
        Exit::Fine
    }
}
