//! The flags of `kubefunctl diff`.

use clap::{Args as ClapArgs, ValueEnum};

use crate::diff::{Classes, parse_classes};

/// Say what differs between two sets of manifests, and what that does to a cluster
///
/// Without operands: is the committed output (out.yaml, or deploy/) what would be rendered now?
/// With --base: what does a change do, from the merge base of REV and HEAD to now?
///
/// OLD and NEW are manifests (a file, a directory, - for standard input, git:REV or git:REV:PATH)
/// or a functions.yaml, which is rendered first. Without NEW, that is what would be rendered now.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    kubefunctl diff\n  \
    kubefunctl diff --base origin/main --format markdown --fail-on never\n  \
    kubefunctl diff --base origin/main --fail-on delete,data-loss,replace\n  \
    kubefunctl diff git:v1.4.0:out.yaml out.yaml\n  \
    kubectl get deployments,services -o yaml | kubefunctl diff - out.yaml\n\n\
    Exit status: 0 nothing differs, 1 something does (see --fail-on), 2 could not compare.")]
pub(in crate::cli) struct Diff {
    /// What was, and what is
    #[arg(value_name = "OLD [NEW]", num_args = 0..=2)]
    pub operands: Vec<String>,

    /// Compare the output at the merge base of REV and HEAD with the output now
    #[arg(long, value_name = "REV", conflicts_with = "operands")]
    pub base: Option<String>,

    /// The applications that are rendered [default: functions.yaml]
    #[arg(short = 'f', long = "functions", value_name = "FILE")]
    pub functions: Vec<String>,

    /// A directory of your own templates, instead of the file's `templates`: the header of an
    /// output never chooses one
    #[arg(long, value_name = "DIR")]
    pub templates: Option<String>,

    /// The form of the output
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,

    /// Which differences make the exit status 1: classes separated by commas, CLASS+ for that
    /// class or worse, or `never` [default: all]
    #[arg(long, value_name = "LIST", value_parser = parse_classes)]
    pub fail_on: Option<Classes>,

    /// Leave out objects without a change of these classes, as if they did not differ
    #[arg(long, value_name = "LIST", value_parser = parse_classes)]
    pub only: Option<Classes>,

    /// Lines shown around a line that differs [default: 3 with --format unified, else 0]
    #[arg(long, value_name = "N")]
    pub context: Option<usize>,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people at a terminal.
    Text,
    /// As `diff -u`, on canonical YAML.
    Unified,
    /// For a comment on a pull request.
    Markdown,
    /// For machines; see schemas/diff.schema.json.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
}
