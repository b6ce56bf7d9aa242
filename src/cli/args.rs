//! Flags and their help.

use clap::{Args as ClapArgs, ColorChoice, Parser, Subcommand, ValueEnum};

/// Functions on Kubernetes: compiles functions.yaml to plain manifests. It never talks to a
/// cluster: pipe its output to kubectl, or commit it.
#[derive(Debug, Parser)]
#[command(name = "kubefunctl", version, max_term_width = 100)]
pub(super) struct Args {
    /// When to use colour in findings; NO_COLOR switches it off too
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Render(Render),
    Check(Check),
    /// Print the JSON schema of functions.yaml, for editors
    #[command(after_help = "Example:\n  kubefunctl schema > functions.schema.json")]
    Schema,
}

/// Print the Kubernetes manifests of an application
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    kubefunctl render > out.yaml\n  \
    kubefunctl render shop.yaml --namespace shop | kubectl apply -f -\n  \
    kubefunctl render shop.yaml gateway.yaml --image shop=acme/shop:1.5.0")]
pub(super) struct Render {
    #[command(flatten)]
    pub input: Input,

    /// The form of the output
    #[arg(long, value_enum, default_value = "yaml")]
    pub format: Format,

    /// Old: there is a pipe for it
    #[arg(long, hide = true)]
    pub apply: bool,

    /// Old: there is a pipe for it
    #[arg(long, hide = true)]
    pub build: bool,
}

/// Report everything that is wrong with an application, and render nothing
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    kubefunctl check\n  \
    kubefunctl check shop.yaml --deny warnings")]
pub(super) struct Check {
    #[command(flatten)]
    pub input: Input,

    /// Findings that are otherwise let pass and are to fail the check
    #[arg(long, value_enum, value_name = "WHAT")]
    pub deny: Option<Deny>,
}

/// What is compiled, and with which settings
#[derive(Debug, ClapArgs)]
pub(super) struct Input {
    /// The applications, rendered as one set; `-` is standard input [default: functions.yaml]
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,

    /// The same as FILE
    #[arg(short = 'f', long = "functions", value_name = "FILE")]
    pub functions: Vec<String>,

    /// The image of every function that has none of its own, or of one: NAME=REF
    #[arg(long, value_name = "REF")]
    pub image: Vec<String>,

    /// The namespace, instead of the file's
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,

    /// The application's name, instead of the file's `app`
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A stream of YAML documents.
    Yaml,
    /// One List in JSON.
    Json,
}

/// What is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// Warnings.
    Warnings,
}
