//! A directory on the disk: looked at, written to and removed from by plain names only.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Refusal;
use super::inventory::{self, Inventory, hash};
use super::plan::{Entry, Existing};

/// A file on its way to its name. One for all: a run that was stopped leaves one at most, and the
/// next one takes it away.
const UNFINISHED: &str = ".kubefunctl-unfinished";

/// A directory that no other run writes to.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    /// Held, where the system can lock a directory, as long as this lives.
    _lock: Option<File>,
}

impl Disk {
    /// Makes the directory if it is not there, and locks it.
    pub(super) fn open(path: &Path) -> Result<Self, Refusal> {
        let shown = path.display();
        fs::create_dir_all(path)
            .map_err(|error| Refusal::io(&format!("cannot make {shown}"), &error))?;
        let lock = lock(path)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// What there is under the names that matter.
    pub(super) fn look(&self, wanted: &BTreeMap<String, String>) -> Result<Existing, Refusal> {
        let inventory = match self.entry(inventory::NAME)? {
            Found::Absent => None,
            Found::File(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Found::Other => {
                let path = self.path.join(inventory::NAME);
                return Err(Refusal::new(format!(
                    "{} is a link or no file: move it away",
                    path.display()
                )));
            }
        };
        let (old, _) = Inventory::parse(inventory.as_deref().unwrap_or_default());
        let mut entries = BTreeMap::new();
        for name in old.names().chain(wanted.keys().map(String::as_str)) {
            if entries.contains_key(name) {
                continue;
            }
            let entry = match self.entry(name)? {
                Found::Absent => Entry::Absent,
                Found::Other => Entry::Other,
                Found::File(bytes) => Entry::File {
                    same: wanted
                        .get(name)
                        .is_some_and(|text| text.as_bytes() == bytes),
                    hash: hash(&bytes),
                },
            };
            entries.insert(name.to_owned(), entry);
        }
        Ok(Existing {
            place: self.path.clone(),
            inventory,
            entries,
        })
    }

    /// Gives a file its text by a temporary file and a rename, so that it never has half of it.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Refusal> {
        let unfinished = self.path.join(UNFINISHED);
        let write = || {
            match fs::remove_file(&unfinished) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            // Not through a link that somebody put there.
            let mut file = options.write(true).create_new(true).open(&unfinished)?;
            file.write_all(text.as_bytes())?;
            drop(file);
            fs::rename(&unfinished, self.path.join(name))
        };
        write().map_err(|error| self.failed("write", name, &error))
    }

    /// Removes a file; one that has gone already is fine.
    pub(super) fn remove(&self, name: &str) -> Result<(), Refusal> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(self.failed("remove", name, &error))
            }
            _ => Ok(()),
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the command line is what reads files"
    )]
    fn entry(&self, name: &str) -> Result<Found, Refusal> {
        let path = self.path.join(name);
        let found = match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => fs::read(&path).map(Found::File),
            Ok(_) => Ok(Found::Other),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Absent),
            Err(error) => Err(error),
        };
        found.map_err(|error| self.failed("read", name, &error))
    }

    fn failed(&self, what: &str, name: &str, error: &std::io::Error) -> Refusal {
        let path = self.path.join(name);
        Refusal::io(&format!("cannot {what} {}", path.display()), error)
    }
}

enum Found {
    Absent,
    File(Vec<u8>),
    Other,
}

/// Two runs at once would take each other's files for edited by hand.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is what opens files"
)]
fn lock(path: &Path) -> Result<Option<File>, Refusal> {
    // Some systems cannot open a directory, or lock one: then there is no lock.
    let Ok(directory) = File::open(path) else {
        return Ok(None);
    };
    match directory.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Refusal::new(format!(
            "another kubefunctl is writing to {}",
            path.display()
        ))),
        Err(TryLockError::Error(_)) => Ok(None),
        Ok(()) => Ok(Some(directory)),
    }
}
