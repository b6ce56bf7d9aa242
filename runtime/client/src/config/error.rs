//! All values of the environment that cannot be.

use std::fmt;

/// The environment holds values that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub(super) problems: Vec<Problem>,
}

/// One variable whose value cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the variable.
    pub variable: &'static str,
    /// What is wrong, as the rest of a sentence that starts with the variable.
    pub reason: String,
}

impl ConfigError {
    /// All of them, never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { variable, reason }) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{variable} {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
