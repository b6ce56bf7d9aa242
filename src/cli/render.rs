//! `kubefunctl render`.

use clap::ColorChoice;

use super::args::{Format, Render};
use super::output::{complain, data, findings};
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
    let text = match command.format {
        Format::Yaml => compiled.yaml(),
        Format::Json => compiled.json(),
    };
    text.map_or(Exit::WrongInput, |text| data(&text))
}
