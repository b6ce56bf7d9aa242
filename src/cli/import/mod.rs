//! `kubefunctl import`.

use clap::{Args, ColorChoice, ValueEnum};

use super::output::{complain, data, report};
use super::{Exit, input};
use crate::diag::Report;
use crate::import::{helm, openfaas};
use crate::manifest::emit;
use crate::source::Sources;
use crate::{File, Options};

/// Print a functions.yaml made from what another tool reads; what could not be carried over is
/// listed on standard error
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl import helm values.yaml --release shop > functions.yaml\n  \
    kubefunctl import openfaas stack.yml > functions.yaml")]
pub(super) struct Import {
    /// What the file is: the Helm values of the original project, or an OpenFaaS stack
    #[arg(value_enum)]
    pub from: From,

    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: String,

    /// The application's name [default: what the file says, else `app`]
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
}

/// Where a file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum From {
    /// The Helm values of the original project.
    Helm,
    /// A `stack.yml` of OpenFaaS.
    Openfaas,
}

pub(super) fn run(command: &Import, color: ColorChoice) -> Exit {
    let Some(file) = input::file(&command.file) else {
        return Exit::CouldNotRun;
    };
    let mut sources = Sources::new();
    let mut found = Report::default();
    let name = file.name.clone();
    let tree = crate::schema::read(&mut sources, &name, file.bytes, &mut found);
    report(&found, &sources, color);
    let Some(tree) = tree.filter(|_| !found.has_errors()) else {
        return Exit::WrongInput;
    };
    let imported = match command.from {
        From::Helm => helm(&tree, command.release.as_deref()),
        From::Openfaas => openfaas(&tree, command.release.as_deref()),
    };
    for note in &imported.notes {
        let (line, column) = sources.get(note.span.file).line_col(note.span.start);
        complain(&format!("{name}:{line}:{column}: {}", note.text));
    }
    let mut text = String::new();
    emit(&imported.value, &mut text);
    // What is printed is something that renders, or nothing is.
    let made = File {
        name: "(imported)".to_owned(),
        bytes: text.clone().into_bytes(),
    };
    let compiled = crate::compile(vec![made], &Options::default());
    if compiled.objects.is_none() {
        report(&compiled.report, &compiled.sources, color);
        complain("what was made of it does not render, so it is not printed");
        return Exit::WrongInput;
    }
    data(&text)
}
