//! `kubefunctl explain`.

mod code;
mod field;
mod lookup;

use clap::Args;

use super::Exit;
use super::output::{complain, data};
use crate::diag::codes;
use crate::schema::fault::suggest;

/// Say what a finding means, or what a field of functions.yaml is
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubefunctl explain\n  \
    kubefunctl explain KF0101\n  \
    kubefunctl explain functions.scaling.min")]
pub(super) struct Explain {
    /// A code such as KF0101, or the path of a field; without it all codes are listed, and the fields at the top
    #[arg(value_name = "CODE | FIELD")]
    pub what: Option<String>,
}

fn schema() -> Option<serde_json::Value> {
    serde_json::from_str(crate::schema::FUNCTIONS_SCHEMA).ok()
}

pub(super) fn run(command: &Explain) -> Exit {
    let Some(what) = command.what.as_deref().map(str::trim) else {
        let fields = schema().and_then(|schema| {
            let whole = lookup::field(&schema, "").ok()?;
            Some(field::names(&whole))
        });
        return data(&(code::list() + &fields.unwrap_or_default()));
    };
    if let Some(found) = codes::all().find(|code| code.id.eq_ignore_ascii_case(what)) {
        return data(&code::text(found));
    }
    let digits = what.get(2..).unwrap_or_default();
    let looks_like_code = what.get(..2).is_some_and(|k| k.eq_ignore_ascii_case("kf"))
        && digits.bytes().all(|b| b.is_ascii_digit());
    if looks_like_code {
        complain(&format!("there is no code {}", what.to_ascii_uppercase()));
        let ids = codes::all().map(|code| code.id);
        if let Some(near) = suggest(&what.to_ascii_uppercase(), ids) {
            complain(&format!(
                "did you mean {near}? `kubefunctl explain` lists all"
            ));
        }
        return Exit::CouldNotRun;
    }
    let Some(schema) = schema() else {
        complain("the schema of functions.yaml cannot be read: this is a fault of ours");
        return Exit::CouldNotRun;
    };
    match lookup::field(&schema, what) {
        Ok(field) => data(&field::text(&field)),
        Err(near) => {
            complain(&format!("there is no field `{what}` and no such code"));
            for near in near {
                complain(&format!("did you mean `{near}`?"));
            }
            Exit::CouldNotRun
        }
    }
}
