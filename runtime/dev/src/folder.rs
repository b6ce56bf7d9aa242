//! A private folder of this run, which is gone when the run is, however it ends.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Child;

use crate::shell;

/// Removes the folder when it is told to, or when nobody is left to tell it: after a crash, once
/// functions have been ended by their own leashes.
const BROOM: &str = "trap '' HUP INT TERM; read -r _ || sleep 3; rm -rf -- \"$0\"";

/// A folder that only we can enter. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    broom: Child,
}

impl Folder {
    /// Makes one among the temporary files of the system.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub(crate) fn new() -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("no folder for temporary files: {error}");
        let folder = tempfile::Builder::new()
            .prefix("kubefuncs-dev-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(std::path::absolute(std::env::temp_dir()).map_err(failed)?)
            .map_err(failed)?;
        let broom = shell::holding_our_pipe(BROOM)
            .arg(folder.path())
            .spawn()
            .map_err(|error| shell::not_started(&error))?;
        Ok(Self {
            path: folder.keep(),
            broom,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(mut stdin) = self.broom.stdin.take() {
            // A broom that is gone has swept.
            let _ = stdin.write_all(b"\n");
        }
        let _ = self.broom.wait();
    }
}
