//! `kubefunctl check`.

use clap::ColorChoice;

use super::args::{Check, Deny, Findings};
use super::output::{data, findings};
use super::{Exit, input};
use crate::Options;
use crate::diag::{Severity, render_github, render_json, render_sarif};

pub(super) fn run(command: &Check, color: ColorChoice) -> Exit {
    let Some(files) = input::files(&command.input) else {
        return Exit::CouldNotRun;
    };
    let options = Options {
        advice: true,
        ..input::options(&command.input)
    };
    let compiled = crate::check(&files, &options);
    let (report, sources) = (&compiled.report, &compiled.sources);
    let written = match command.format {
        Findings::Human => {
            findings(&compiled, color);
            Exit::Fine
        }
        Findings::Json => data(&render_json(report, sources)),
        Findings::Sarif => data(&render_sarif(report, sources)),
        Findings::Github => data(&render_github(report, sources)),
    };
    let denied = command.deny == Some(Deny::Warnings) && report.count(Severity::Warning) > 0;
    if written != Exit::Fine {
        written
    } else if report.has_errors() || denied {
        Exit::WrongInput
    } else {
        Exit::Fine
    }
}
