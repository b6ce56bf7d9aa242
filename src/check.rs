//! All that can be said of a set of files without rendering them for anybody: with no environment
//! chosen, in each of theirs too.

use std::collections::BTreeSet;

use crate::diag::codes::variation::UNKNOWN_ENVIRONMENT;
use crate::diag::{Diagnostic, Report, SHOWN};
use crate::source::Sources;
use crate::{Compiled, File, Options, compile, schema};

/// Compiles a set of files and, where no environment is chosen, once more in each they have: what
/// is found only there says so. Nobody reads findings of more than [`SHOWN`] environments, so no
/// more than that are looked at.
#[must_use]
pub fn check(files: &[File], options: &Options) -> Compiled {
    let mut compiled = compile(files.to_vec(), options);
    if options.env.is_some() {
        return compiled;
    }
    for name in environments(files).into_iter().take(SHOWN) {
        let options = Options {
            env: Some(name.clone()),
            ..options.clone()
        };
        // The same files in the same order: a place is the same place in both.
        let there = compile(files.to_vec(), &options).report;
        for found in there.diagnostics() {
            if !known(found, &compiled.report) {
                let mut found = found.clone();
                let name = name.escape_debug();
                found.message = format!("{} in the environment `{name}`", found.message);
                compiled.report.push(found);
            }
        }
    }
    compiled.report.settle();
    compiled
}

/// Whether a finding is no news. Of several files not each has every environment.
fn known(found: &Diagnostic, report: &Report) -> bool {
    found.code.id == UNKNOWN_ENVIRONMENT.id || report.diagnostics().contains(found)
}

fn environments(files: &[File]) -> BTreeSet<String> {
    let (mut sources, mut ignored) = (Sources::new(), Report::default());
    let trees = files.iter().filter_map(|file| {
        schema::read(&mut sources, &file.name, file.bytes.clone(), &mut ignored)
    });
    trees.flat_map(|tree| schema::environments(&tree)).collect()
}
