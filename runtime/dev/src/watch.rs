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

/// Files that are looked at again and again.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// As they were, and as they were at the last look.
    files: BTreeMap<PathBuf, (Print, Print)>,
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
        self.files.entry(file).or_insert((print, print));
    }

    /// One more, which is another by now than the one that is meant.
    fn add_replaced(&mut self, file: PathBuf) {
        self.files.entry(file).or_insert((None, None));
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
        for (file, (was, last)) in &mut self.files {
            let now = print(file);
            if now != *was && now == *last && now.is_some() {
                *was = now;
                changed = Some(file.clone());
            }
            *last = now;
        }
        changed
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
