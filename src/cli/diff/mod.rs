//! `kubefunctl diff`.

mod args;
mod at_commit;
mod files;
mod git;
mod operand;
mod outputs;
mod render;
mod review;
mod stale;

use std::io::IsTerminal;

pub(super) use args::Diff;
use args::Format;
use clap::ColorChoice;
use render::Now;

use super::Exit;
use super::output::{complain, data};
use crate::diff::{self, Classes, Options, Section};

/// What a comparison says.
#[derive(Debug, Default)]
struct Answer {
    /// One for each environment.
    sections: Vec<Section>,
    /// What comes before all else.
    notes: Vec<String>,
    /// Whether an output is not what would be rendered, be it in its bytes alone.
    stale: bool,
}

pub(super) fn run(command: &Diff, color: ColorChoice) -> Exit {
    let now = Now {
        functions: &command.functions,
        templates: command.templates.as_deref(),
        color,
    };
    let answer = match (&command.base, command.operands.as_slice()) {
        (Some(base), _) => review::answer(base, now),
        (None, []) => stale::answer(now),
        (None, [old]) => against_now(old, now),
        (None, [old, new, ..]) => both(old, new, now),
    };
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(message) => {
            for line in message.lines() {
                complain(&visible(line));
            }
            return Exit::CouldNotRun;
        }
    };
    if let Some(only) = command.only {
        for section in &mut answer.sections {
            section.diff = std::mem::take(&mut section.diff).only(only);
        }
    }
    match data(&shown(command, &answer, color)) {
        Exit::Fine if fails(command.fail_on, &answer) => Exit::WrongInput,
        exit => exit,
    }
}

/// A file against what would be rendered now, with the flags that its header records.
fn against_now(name: &str, now: Now<'_>) -> Result<Answer, String> {
    let old = operand::load(name)?;
    if now.functions.is_empty()
        && matches!(old.files.as_slice(), [file] if operand::is_application(file))
        && files::read(operand::FUNCTIONS)?.is_none()
    {
        return Err(format!(
            "`{name}` is a functions.yaml, which is OLD here, and NEW is missing: name it; or give \
             -f {name} to compare what is committed here with what it renders to"
        ));
    }
    let options = render::options(&stale::flags(&old.files), now)?;
    let old = operand::objects(old, now)?;
    let new = render::rendered(operand::applications(now.functions)?, &options, now.color)?;
    Ok(section(diff::diff(&old, &render::set(&new)?)))
}

fn both(old: &str, new: &str, now: Now<'_>) -> Result<Answer, String> {
    if old == "-" && new == "-" {
        return Err("only one of OLD and NEW can be standard input".to_owned());
    }
    let old = operand::objects(operand::load(old)?, now)?;
    let new = operand::objects(operand::load(new)?, now)?;
    Ok(section(diff::diff(&old, &new)))
}

fn section(diff: diff::Diff) -> Answer {
    Answer {
        sections: vec![Section {
            title: String::new(),
            diff,
        }],
        ..Answer::default()
    }
}

fn fails(fail_on: Option<Classes>, answer: &Answer) -> bool {
    let mut diffs = answer.sections.iter().map(|section| &section.diff);
    match fail_on {
        Some(classes) => diffs.any(|diff| diff.classes().meets(classes)),
        None => answer.stale || diffs.any(|diff| !diff.is_empty()),
    }
}

fn shown(command: &Diff, answer: &Answer, color: ColorChoice) -> String {
    let options = Options {
        context: command.context,
        colour: is_coloured(color),
    };
    let sections = &answer.sections;
    let text = match command.format {
        Format::Text => diff::text(sections, options),
        Format::Unified => diff::unified(sections, options),
        Format::Markdown => diff::markdown(sections, options),
        Format::Json => diff::json(sections),
        Format::Github => diff::github(sections),
    };
    let notes = answer.notes.iter().map(|note| visible(note));
    match command.format {
        // Nothing but the answer may stand where a machine reads.
        Format::Json | Format::Github | Format::Unified => {
            notes.for_each(|note| complain(&note));
            text
        }
        Format::Text => notes.map(|note| note + "\n").collect::<String>() + &text,
        Format::Markdown => {
            let notes = notes.map(|note| diff::markdown_text(&note) + "\n\n");
            notes.collect::<String>() + &text
        }
    }
}

/// What a terminal would obey, as escapes.
fn visible(text: &str) -> String {
    diff::visible(text)
}

#[allow(
    clippy::disallowed_methods,
    reason = "colour shapes no data, and NO_COLOR is a convention"
)]
fn is_coloured(color: ColorChoice) -> bool {
    let no_color = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => std::io::stdout().is_terminal() && !no_color(),
    }
}
