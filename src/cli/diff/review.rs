//! What will this change do to the cluster?

use std::collections::BTreeSet;

use super::at_commit::AtCommit;
use super::files::Named;
use super::outputs::{self, Output};
use super::render::Now;
use super::{Answer, git, operand, render, stale};
use crate::diff::{Section, Set, diff};

/// Compares the committed output at the merge base of a revision and `HEAD` with the output now;
/// where there is none on a side, that side is rendered.
pub(super) fn answer(revision: &str, now: Now<'_>) -> Result<Answer, String> {
    let base = git::merge_base(&git::commit(revision)?)?;
    let (before, after) = (outputs::of(&base)?, outputs::here()?);
    let all: BTreeSet<&Output> = before.iter().chain(&after).collect();
    let mut answer = Answer::default();
    if all.is_empty() {
        let old = rendered_then(&base, &[], now)?;
        let new = rendered_now(&[], now)?;
        answer.sections.push(Section {
            title: String::new(),
            diff: diff(&old, &new),
        });
    }
    for output in all {
        let then = match before.contains(output) {
            true => git::files(&base, &output.path)?,
            false => None,
        };
        let current = match after.contains(output) {
            true => Some(outputs::read(output)?),
            false => None,
        };
        let flags = stale::flags(current.as_deref().or(then.as_deref()).unwrap_or_default());
        let old = match then {
            Some(files) => operand::objects(files, now)?,
            // Output is committed for the first time.
            None if before.is_empty() => rendered_then(&base, &flags, now)?,
            None => Set::default(),
        };
        let new = match current {
            Some(files) => operand::objects(files, now)?,
            None if after.is_empty() => rendered_now(&flags, now)?,
            None => Set::default(),
        };
        answer.sections.push(Section {
            title: output.environment.clone(),
            diff: diff(&old, &new),
        });
    }
    Ok(answer)
}

fn rendered_now(flags: &[String], now: Now<'_>) -> Result<Set, String> {
    let options = render::options(flags, now)?;
    render::set(&render::rendered(
        operand::applications(now.functions)?,
        &options,
        now.color,
    )?)
}

/// What the commit's own input gives; nothing where it has none yet.
fn rendered_then(base: &git::Commit, flags: &[String], now: Now<'_>) -> Result<Set, String> {
    let usual = [operand::FUNCTIONS.to_owned()];
    let names = if now.functions.is_empty() {
        &usual[..]
    } else {
        now.functions
    };
    let mut files: Vec<Named> = Vec::new();
    for name in names {
        files.extend(git::files(base, name)?.unwrap_or_default());
    }
    if files.is_empty() {
        return Ok(Set::default());
    }
    let mut options = render::options(flags, now)?;
    options.reader = AtCommit(base.clone()).into();
    render::set(&render::rendered(files, &options, now.color)?)
}
