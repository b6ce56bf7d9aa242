//! functions.yaml, read and compiled by the very compiler.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kubefunctl::cli::Folder;
use kubefunctl::diag::{Style, render_human};
use kubefunctl::local::Local;
use kubefunctl::source::Limits;
use kubefunctl::templates::Files;
use kubefunctl::{File, Options};

use crate::args::Args;
use crate::brokers::Brokers;
use crate::log::Log;
use crate::program::{Place, Program};
use crate::schedule::Schedule;

/// The file that is read where none is named.
const USUAL: &str = "functions.yaml";

/// What is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct App {
    /// The functions.
    pub(crate) programs: Vec<Program>,
    /// What the clock sends them.
    pub(crate) schedules: Vec<Schedule>,
    /// The text of the gateway's configuration file.
    pub(crate) gateway: String,
    /// Path and topic of each route.
    pub(crate) routes: Vec<(String, String)>,
}

/// Why there is nothing to run; it has been said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The input is wrong.
    Input,
    /// A file cannot be read.
    Unreadable,
}

/// The files that are read.
pub(crate) fn files(args: &Args) -> Vec<PathBuf> {
    match args.files.is_empty() {
        true => vec![PathBuf::from(USUAL)],
        false => args.files.iter().map(PathBuf::from).collect(),
    }
}

/// A set of files without an error.
#[derive(Debug)]
pub(crate) struct Loaded {
    local: Local,
    folder: PathBuf,
}

/// Reads and compiles the files. Findings are shown as `kubefunctl` shows them.
pub(crate) fn load(args: &Args, log: &Log) -> Result<Loaded, Fault> {
    let paths = files(args);
    let read: Result<Vec<File>, Fault> = paths.iter().map(|path| read(path, log)).collect();
    let read = read?;
    let options = Options {
        env: args.env.clone(),
        release: args.release.clone(),
        reader: Files(Some(Arc::new(Folder::default()))),
        ..Options::default()
    };
    let compiled = kubefunctl::compile(read.clone(), &options);
    let style = match log.is_colourful() {
        true => Style::Colour,
        false => Style::Plain,
    };
    log.raw(&render_human(&compiled.report, &compiled.sources, style));
    if compiled.report.has_errors() {
        return Err(Fault::Input);
    }
    Ok(Loaded {
        local: kubefunctl::local(&read, &options).ok_or(Fault::Input)?,
        folder: folder(&paths[0]),
    })
}

impl Loaded {
    /// All of it made local. `run` is the folder of this run.
    pub(crate) fn app(self, brokers: &Brokers, run: &Path) -> App {
        let around: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        let place = Place {
            folder: &self.folder,
            run,
            brokers,
            around: &around,
        };
        let functions = self.local.functions.iter();
        App {
            programs: functions
                .clone()
                .map(|function| Program::new(function, &place))
                .collect(),
            schedules: functions.flat_map(Schedule::of).collect(),
            gateway: self.local.gateway,
            routes: self.local.routes,
        }
    }
}

/// Functions are started where the first file is.
fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn read(path: &Path, log: &Log) -> Result<File, Fault> {
    let name = path.display().to_string();
    let fault = |error: std::io::Error| {
        log.say(&format!("cannot read {name}: {error}"));
        if path == Path::new(USUAL) {
            log.say(
                "name a file, or make one: `kubefunctl init` writes a functions.yaml to begin with",
            );
        }
        Fault::Unreadable
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX);
    let file = std::fs::File::open(path).map_err(fault)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    Ok(File { name, bytes })
}
