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
    Diff(super::diff::Diff),
    Explain(super::explain::Explain),
    Schema(super::schema::Schema),
    Init(super::init::Init),
    Graph(super::graph::Graph),
    Import(super::import::Import),
    Templates(super::templates::Templates),
    Completions(super::shell::Completions),
    Man(super::shell::Man),
}

/// Print the Kubernetes manifests of an application
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    kubefunctl render -o out.yaml\n  \
    kubefunctl render shop.yaml -o deploy/\n  \
    kubefunctl render shop.yaml --namespace shop | kubectl apply -f -\n  \
    kubefunctl render shop.yaml gateway.yaml --image shop=acme/shop:1.5.0")]
pub(super) struct Render {
    #[command(flatten)]
    pub input: Input,

    /// The form of the output
    #[arg(long, value_enum, default_value = "yaml")]
    pub format: Format,

    #[command(flatten)]
    pub output: super::write::Output,

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
    kubefunctl check shop.yaml --deny warnings\n  \
    kubefunctl check shop.yaml --format sarif > findings.sarif")]
pub(super) struct Check {
    #[command(flatten)]
    pub input: Input,

    /// The form of the findings; all but `human` go to standard output
    #[arg(long, value_enum, default_value = "human")]
    pub format: Findings,

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

    /// A directory of your own templates, instead of the file's `templates`
    #[arg(long, value_name = "DIR")]
    pub templates: Option<String>,

    /// The environment of the file that is merged over the rest of it
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,

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

/// The form of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Findings {
    /// For people, on standard error.
    Human,
    /// For programs; docs/diagnostics.md describes it.
    Json,
    /// SARIF 2.1.0, for code-scanning services.
    Sarif,
    /// Annotations of GitHub's workflows.
    Github,
}

/// What is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// Warnings.
    Warnings,
}
