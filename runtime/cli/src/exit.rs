//! How a command ends.

use std::fmt;
use std::process::ExitCode;

/// Why a command did not do what it was asked to: a status for scripts, a line for people.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// The function answered that it failed: 1.
    pub(crate) fn function(message: impl Into<String>) -> Self {
        Self {
            status: 1,
            message: message.into(),
        }
    }

    /// It could not be asked: no broker, a wrong name, a refused message: 2.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self {
            status: 2,
            message: message.into(),
        }
    }

    /// Nobody answered in time: 124, as timeout(1) has it.
    pub(crate) fn deadline(message: impl Into<String>) -> Self {
        Self {
            status: 124,
            message: message.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Failure> for ExitCode {
    fn from(failure: Failure) -> Self {
        Self::from(failure.status)
    }
}

/// An error and its causes in one line, none said twice.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !line.contains(&said) {
            line.push_str(": ");
            line.push_str(&said);
        }
        cause = error.source();
    }
    line
}
