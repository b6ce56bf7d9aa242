//! `kubefunctl render`.

use clap::ColorChoice;

use super::args::Render;
use super::output::{complain, findings};
use super::{Exit, input};

pub(super) fn run(command: &Render, color: ColorChoice) -> Exit {
    if command.apply || command.build {
        complain("--apply and --build are gone: nothing here talks to a cluster or builds images");
        complain("use a pipe instead: kubefunctl render … | kubectl apply -f -");
        return Exit::CouldNotRun;
    }
    let Some(files) = input::files(&command.input) else {
        return Exit::CouldNotRun;
    };
    let compiled = crate::compile(files, &input::options(&command.input));
    findings(&compiled, color);
    super::write::write(&compiled, command.format, &command.output)
}
