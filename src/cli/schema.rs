//! `kubefunctl schema`.

use clap::Args;

use super::Exit;
use super::output::{complain, data};
use crate::schema::fault::suggest;
use crate::schema::kinds::{self, Kind};

/// Print the JSON schema of functions.yaml, for editors, or of a Kubernetes kind
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl schema > functions.schema.json\n  \
    kubefunctl schema Deployment\n  \
    kubefunctl schema apps/v1/StatefulSet --kube-version 1.35")]
pub(super) struct Schema {
    /// A kind, with its API version where more than one has it
    #[arg(value_name = "KIND")]
    pub kind: Option<String>,

    /// The version of Kubernetes [default: the oldest that is supported]
    #[arg(long, value_name = "VERSION", requires = "kind")]
    pub kube_version: Option<String>,
}

pub(super) fn run(command: &Schema) -> Exit {
    let Some(asked) = &command.kind else {
        return data(crate::schema::FUNCTIONS_SCHEMA);
    };
    let version = command.kube_version.as_deref();
    let minor = match version {
        Some(version) => version
            .strip_prefix("1.")
            .and_then(|minor| minor.parse().ok()),
        None => Some(kinds::OLDEST),
    };
    let Some(bundle) = minor.and_then(kinds::bundle) else {
        complain(&format!(
            "Kubernetes {} is not supported: 1.{} to 1.{} are",
            version.unwrap_or_default(),
            kinds::OLDEST,
            kinds::NEWEST
        ));
        return Exit::CouldNotRun;
    };
    let (api_version, name) = match asked.rsplit_once('/') {
        Some((api_version, name)) => (Some(api_version), name),
        None => (None, asked.as_str()),
    };
    let fits = |kind: &&Kind| {
        kind.kind().eq_ignore_ascii_case(name)
            && api_version.is_none_or(|version| version == kind.api_version())
    };
    let found: Vec<_> = bundle.kinds().iter().filter(fits).collect();
    match found.as_slice() {
        [kind] => {
            let text = serde_json::to_string_pretty(&kind.schema()).unwrap_or_default();
            data(&(text + "\n"))
        }
        [] => {
            complain(&format!("there is no schema of `{asked}` here"));
            let names = bundle.kinds().iter().map(Kind::kind);
            match suggest(name, names.clone()) {
                Some(near) => complain(&format!("did you mean `{near}`?")),
                None => complain(&format!(
                    "there are: {}",
                    names.collect::<Vec<_>>().join(", ")
                )),
            }
            Exit::CouldNotRun
        }
        several => {
            complain(&format!("there is more than one `{asked}`:"));
            for kind in several {
                complain(&format!(
                    "  kubefunctl schema {}/{}",
                    kind.api_version(),
                    kind.kind()
                ));
            }
            Exit::CouldNotRun
        }
    }
}
