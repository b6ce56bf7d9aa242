//! What would be rendered now, or from another revision's functions.yaml.

use clap::{ColorChoice, Parser};

use super::super::args::{Args, Command};
use super::super::{input, output};
use super::files::Named;
use crate::diff::{Place, Set, rendered_object};
use crate::{Compiled, File, Options, compile};

/// The line of a header that repeats the flags.
const FLAGS: &str = "# Rendered with: ";

/// What is rendered, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now<'a> {
    /// The applications; the usual one where none is named.
    pub(super) functions: &'a [String],
    /// The directory of templates, where the command line names one.
    pub(super) templates: Option<&'a str>,
    /// For what is said of wrong input.
    pub(super) color: ColorChoice,
}

/// The flags that an output's header repeats, as words.
pub(super) fn flags(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let header = text.lines().take_while(|line| line.starts_with('#'));
    let mut flags = header.filter_map(|line| line.strip_prefix(FLAGS));
    let words = flags.next().unwrap_or_default().split_whitespace();
    words.map(str::to_owned).collect()
}

/// The settings that such flags stand for. They are read as those of `render` are; a file among
/// them would be one that somebody else wants read, and so would a directory of templates.
pub(super) fn options(flags: &[String], now: Now<'_>) -> Result<Options, String> {
    let words = ["kubefunctl", "render"].into_iter().map(str::to_owned);
    let args = Args::try_parse_from(words.chain(flags.iter().cloned()));
    let mut input = match args.map(|args| args.command) {
        Ok(Command::Render(render)) => render.input,
        _ => return Err(unknown(flags)),
    };
    if !input.files.is_empty() || !input.functions.is_empty() {
        return Err(unknown(flags));
    }
    if input.templates.is_some() && now.templates.is_none() {
        return Err(
            "the output was rendered with templates of its own: name their directory with \
             --templates DIR"
                .to_owned(),
        );
    }
    input.templates = now.templates.map(str::to_owned);
    Ok(input::options(&input))
}

/// The flags for somebody to repeat: what the header says, and the templates named now.
pub(super) fn repeated(flags: &[String], now: Now<'_>) -> Vec<String> {
    let mut words = Vec::new();
    let mut flags = flags.iter();
    while let Some(word) = flags.next() {
        if word == "--templates" {
            flags.next();
        } else if !word.starts_with("--templates=") {
            words.push(word.clone());
        }
    }
    let templates = now.templates.map(|directory| ["--templates", directory]);
    words.extend(templates.into_iter().flatten().map(str::to_owned));
    words
}

fn unknown(flags: &[String]) -> String {
    format!(
        "the output was rendered with flags that are not known here: {}",
        flags.join(" ")
    )
}

/// Compiles, and says all that is wrong.
pub(super) fn rendered(
    files: Vec<Named>,
    options: &Options,
    color: ColorChoice,
) -> Result<Compiled, String> {
    let files = files.into_iter();
    let files = files.map(|Named { name, bytes }| File { name, bytes });
    let compiled = compile(files.collect(), options);
    if compiled.objects.is_none() {
        output::findings(&compiled, color);
        return Err("there is nothing to compare with: the input is wrong".to_owned());
    }
    Ok(compiled)
}

/// The objects, each with the line it was made for.
pub(super) fn set(compiled: &Compiled) -> Result<Set, String> {
    let mut set = Set::default();
    for object in compiled.objects.iter().flatten() {
        let place = object.origin.map(|span| {
            let file = compiled.sources.get(span.file);
            Place {
                file: file.name().to_owned(),
                line: file.line_col(span.start).0,
            }
        });
        rendered_object(&object.yaml, place, &mut set)?;
    }
    Ok(set)
}
