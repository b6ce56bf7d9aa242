//! Standard output and standard error.

use std::io::{ErrorKind, IsTerminal, Write};

use clap::ColorChoice;

use super::Exit;
use crate::Compiled;
use crate::diag::{Report, Style, render_human};
use crate::source::Sources;

/// Writes data. A reader that has gone, as `head` does, is no error.
pub(super) fn data(text: &str) -> Exit {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => Exit::Fine,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Fine,
        Err(error) => {
            complain(&format!("cannot write the output: {error}"));
            Exit::CouldNotRun
        }
    }
}

/// Says why something could not be done. There is nobody to tell where this fails.
pub(super) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "kubefunctl: {message}");
}

/// Prints the findings.
pub(super) fn findings(compiled: &Compiled, color: ColorChoice) {
    report(&compiled.report, &compiled.sources, color);
}

/// Prints findings about these texts.
pub(super) fn report(report: &Report, sources: &Sources, color: ColorChoice) {
    let text = render_human(report, sources, style(color));
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[allow(
    clippy::disallowed_methods,
    reason = "colour shapes no data, and NO_COLOR is a convention"
)]
fn style(color: ColorChoice) -> Style {
    let no_color = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => std::io::stderr().is_terminal() && !no_color(),
    };
    if colour { Style::Colour } else { Style::Plain }
}
