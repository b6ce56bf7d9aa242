//! Notices that a file has changed, by looking at it now and then.
//!
//! Looking costs a system call, and sees what notifications do not: a ConfigMap or Secret is
//! changed by renaming a symbolic link two levels above the file.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What differs when a file has other content. `None` where there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// Follows links: it is the file behind them that is read.
    fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        Some(Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        })
    }
}

/// A file under watch.
#[derive(Debug)]
pub struct Followed {
    path: PathBuf,
    /// At the last look.
    seen: Option<Stamp>,
    /// When it was last said to be there for reading.
    told: Option<Stamp>,
}

impl Followed {
    /// Begins to watch. To be called before the file is read: what changes meanwhile is seen then.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let now = Stamp::of(path);
        Self {
            path: path.to_owned(),
            seen: now,
            told: now,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks. True once for every change, when the file has stayed the same since the look before:
    /// one that is being written is not read.
    pub(crate) fn has_changed(&mut self) -> bool {
        let now = Stamp::of(&self.path);
        let settled = std::mem::replace(&mut self.seen, now) == now;
        settled && std::mem::replace(&mut self.told, now) != now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_change_is_told_once_and_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "a").unwrap();
        let mut followed = Followed::new(&path);
        assert!(!followed.has_changed());
        fs::write(&path, "ab").unwrap();
        assert!(!followed.has_changed(), "it may still be growing");
        fs::write(&path, "abc").unwrap();
        assert!(!followed.has_changed());
        assert!(followed.has_changed());
        assert!(!followed.has_changed());
        fs::remove_file(&path).unwrap();
        assert_eq!(
            [(); 3].map(|()| followed.has_changed()),
            [false, true, false]
        );
    }

    /// As the kubelet does it: `file` leads to `..data/file`, `..data` to a folder, and that link
    /// is replaced by a rename.
    #[test]
    fn a_mounted_configmap_is_followed() {
        let volume = tempfile::tempdir().unwrap();
        let at = |name: &str| volume.path().join(name);
        let publish = |version: &str| {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("file"), "same size").unwrap();
            symlink(version, at("..data_tmp")).unwrap();
            fs::rename(at("..data_tmp"), at("..data")).unwrap();
        };
        publish("..1");
        symlink("..data/file", at("file")).unwrap();
        let mut followed = Followed::new(&at("file"));
        assert!(!followed.has_changed());
        publish("..2");
        fs::remove_dir_all(at("..1")).unwrap();
        assert_eq!(
            [(); 3].map(|()| followed.has_changed()),
            [false, true, false]
        );
    }
}
