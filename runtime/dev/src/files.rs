//! The files of `config`, which a cluster mounts at `/etc/config`.
//!
//! A process has no mounts of its own: its files are in a folder of this run, `KUBEFUNCS_CONFIG_DIR`
//! says where, and what functions.yaml writes as `/etc/config` leads there.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kubefunctl::local::LocalFunction;
use kubefunctl::plan::CONFIG_FILES;

/// Names the folder to the function.
pub(crate) const VARIABLE: &str = "KUBEFUNCS_CONFIG_DIR";

/// Files of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    folder: PathBuf,
    files: BTreeMap<String, String>,
}

impl Files {
    /// Those of a function, if it has any; nothing is written yet. `run` is the folder of this run.
    pub(crate) fn of(function: &LocalFunction, run: &Path) -> Option<Self> {
        let name = format!("{}.{}", function.namespace, function.object);
        (!function.config.is_empty()).then(|| Self {
            folder: run.join("config").join(name),
            files: function.config.clone(),
        })
    }

    /// Where they are.
    pub(crate) fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// A text with `/etc/config` made that folder, where it stands as a path.
    pub(crate) fn local(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(CONFIG_FILES) {
            let (before, after) = (&rest[..at], &rest[at + CONFIG_FILES.len()..]);
            out.push_str(before);
            let begins =
                out.ends_with("file://") || !out.ends_with(|c| is_of_a_name(c) || c == '/');
            match begins && !after.starts_with(is_of_a_name) {
                true => out.push_str(&self.folder()),
                false => out.push_str(CONFIG_FILES),
            }
            rest = after;
        }
        out + rest
    }

    /// Writes them, and nothing else is there: what a function has made of them is gone.
    ///
    /// # Errors
    /// Why that cannot be done, for people.
    pub(crate) fn place(&self) -> Result<(), String> {
        let folder = &self.folder;
        let place = || {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => fs::create_dir_all(folder)?,
            }
            for (name, text) in &self.files {
                let file = folder.join(name);
                fs::write(&file, text)?;
                // Nobody may write them in a cluster either.
                fs::set_permissions(&file, Permissions::from_mode(0o444))?;
            }
            Ok(())
        };
        place().map_err(|error| {
            format!(
                "cannot write the files of `config` to {}: {error}",
                folder.display()
            )
        })
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || "._-".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Files {
        let file = |name: &str| (name.to_owned(), format!("of {name}"));
        Files {
            folder: folder.join("config/prod.shop-cart"),
            files: BTreeMap::from([file("a.toml"), file("..b"), file("c")]),
        }
    }

    #[test]
    fn the_path_is_replaced_where_it_is_one() {
        let files = files(Path::new("/run"));
        for (text, expected) in [
            ("/etc/config", "HERE"),
            ("/etc/config/a.toml", "HERE/a.toml"),
            ("--file=/etc/config/a,/etc/config/b", "--file=HERE/a,HERE/b"),
            ("file:///etc/config/a:/etc/config", "file://HERE/a:HERE"),
            ("cat '/etc/config/a'", "cat 'HERE/a'"),
            ("ü/etc/config", "ü/etc/config"),
            (
                "/etc/configs /etc/config.d /host/etc/config",
                "/etc/configs /etc/config.d /host/etc/config",
            ),
            ("https://etc/config", "https://etc/config"),
            ("/etc/config/etc/config", "HERE/etc/config"),
            ("", ""),
        ] {
            let expected = expected.replace("HERE", "/run/config/prod.shop-cart");
            assert_eq!(files.local(text), expected, "{text}");
        }
    }

    #[test]
    fn they_are_written_anew_each_time_and_nothing_else_stays() {
        let run = tempfile::tempdir().unwrap();
        let files = files(run.path());
        let folder = PathBuf::from(files.folder());
        for _ in 0..2 {
            files.place().unwrap();
            let mut names: Vec<_> = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            assert_eq!(names, ["..b", "a.toml", "c"]);
            assert_eq!(fs::read_to_string(folder.join("c")).unwrap(), "of c");
            fs::remove_file(folder.join("a.toml")).unwrap();
            fs::write(folder.join("more"), "left").unwrap();
        }
        fs::remove_dir_all(run.path().join("config")).unwrap();
        fs::write(run.path().join("config"), "in the way").unwrap();
        let why = files.place().unwrap_err();
        assert!(why.contains("prod.shop-cart"), "{why}");
    }
}
