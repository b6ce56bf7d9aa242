//! Which files a function is made of, and whether they have changed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Between two looks.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

/// By what a file is known to be another. `None` where there is none.
type Print = Option<(u64, u64, SystemTime)>;

/// A file that is missing for so many looks, 3 s, is not just being written.
const GONE: u32 = 12;

/// Files that are looked at again and again.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    files: BTreeMap<PathBuf, Seen>,
}

/// What is known of a file.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// As it was when it was last told.
    was: Print,
    /// As it was at the last look.
    last: Print,
    /// For so many looks there has been none.
    missing: u32,
}

impl Seen {
    fn new(print: Print) -> Self {
        Self {
            was: print,
            last: print,
            missing: 0,
        }
    }
}

impl Watch {
    /// These files, as they are now.
    pub(crate) fn new(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut watch = Self::default();
        files.into_iter().for_each(|file| watch.add(file));
        watch
    }

    /// One more, as it is now.
    pub(crate) fn add(&mut self, file: PathBuf) {
        let print = print(&file);
        self.files.entry(file).or_insert(Seen::new(print));
    }

    /// One more, which is another by now than the one that is meant.
    fn add_replaced(&mut self, file: PathBuf) {
        self.files.entry(file).or_insert(Seen::new(None));
    }

    /// The file that a process runs, which is not the one it was started with where that one has
    /// replaced itself, as `cargo run` does. Known on Linux only.
    pub(crate) fn add_running(&mut self, id: u32) {
        let Ok(file) = fs::read_link(format!("/proc/{id}/exe")) else {
            return;
        };
        if file.is_file() {
            self.add(file);
        } else if let Some(name) = file
            .to_str()
            .and_then(|name| name.strip_suffix(" (deleted)"))
        {
            self.add_replaced(name.into());
        }
    }

    /// Looks at all files, and tells one that is another than it was. What is still being written
    /// is told later: a file has to look alike twice, and to be there.
    pub(crate) fn changed(&mut self) -> Option<PathBuf> {
        let mut changed = None;
        for (file, seen) in &mut self.files {
            let now = print(file);
            if now != seen.was && now == seen.last && now.is_some() {
                seen.was = now;
                changed = Some(file.clone());
            }
            seen.last = now;
            seen.missing = match now {
                Some(_) => 0,
                None => seen.missing.saturating_add(1),
            };
        }
        changed
    }

    /// Tells a file that was there and has been missing since, once. It counts as changed when it
    /// is there again, whatever it holds then.
    pub(crate) fn gone(&mut self) -> Option<PathBuf> {
        let is_gone = |seen: &Seen| seen.missing >= GONE && seen.was.is_some();
        let (file, seen) = self.files.iter_mut().find(|(_, seen)| is_gone(seen))?;
        seen.was = None;
        Some(file.clone())
    }
}

fn print(file: &Path) -> Print {
    let data = fs::metadata(file).ok()?;
    Some((data.ino(), data.len(), data.modified().ok()?))
}

/// The files that a command names: its program, and arguments that are files.
pub(crate) fn named(command: &[String], folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(program) = command.first() {
        files.extend(located(program, folder));
    }
    let arguments = command.iter().skip(1).map(|word| folder.join(word));
    files.extend(arguments.filter(|file| file.is_file()));
    files
}

/// Where a program is, or is going to be.
fn located(program: &str, folder: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(folder.join(program));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_and_only_when_it_has_settled() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "one").unwrap();
        let mut watch = Watch::new([file.clone()]);
        assert_eq!(watch.changed(), None);
        fs::write(&file, "longer").unwrap();
        assert_eq!(watch.changed(), None, "it may still be written");
        assert_eq!(watch.changed(), Some(file.clone()));
        assert_eq!(watch.changed(), None);
        fs::remove_file(&file).unwrap();
        assert_eq!((watch.changed(), watch.changed()), (None, None));
        fs::write(&file, "longer").unwrap();
        assert_eq!(watch.changed(), None);
        assert_eq!(watch.changed(), Some(file));
    }

    #[test]
    fn a_file_that_is_gone_is_told_once_and_counts_as_changed_when_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let (file, aside) = (folder.path().join("file"), folder.path().join("aside"));
        let never = folder.path().join("never");
        fs::write(&file, "same").unwrap();
        let mut watch = Watch::new([file.clone(), never]);
        fs::rename(&file, &aside).unwrap();
        for _ in 1..GONE {
            assert_eq!((watch.changed(), watch.gone()), (None, None), "too early");
        }
        assert_eq!((watch.changed(), watch.gone()), (None, Some(file.clone())));
        assert_eq!((watch.changed(), watch.gone()), (None, None));
        fs::rename(&aside, &file).unwrap();
        assert_eq!((watch.changed(), watch.gone()), (None, None));
        assert_eq!((watch.changed(), watch.gone()), (Some(file), None));
    }

    #[test]
    fn a_file_that_was_replaced_before_the_first_look_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "new").unwrap();
        let mut watch = Watch::default();
        watch.add_replaced(file.clone());
        assert_eq!(
            (watch.changed(), watch.changed()),
            (None, Some(file.clone()))
        );
        watch.add_replaced(file);
        assert_eq!((watch.changed(), watch.changed()), (None, None));
    }

    #[test]
    fn programs_and_files_are_found_in_a_command() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("handler.py"), "").unwrap();
        let command = ["sh", "handler.py", "-v", "other"].map(str::to_owned);
        let found = named(&command, folder.path());
        assert!(found[0].ends_with("sh"), "{found:?}");
        assert_eq!(found[1..], [folder.path().join("handler.py")]);
        let command = ["./not-built-yet".to_owned()];
        assert_eq!(
            named(&command, folder.path()),
            [folder.path().join("./not-built-yet")]
        );
    }
}
