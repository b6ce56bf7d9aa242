//! `kubefunctl schema`.

use super::Exit;
use super::output::data;

pub(super) fn run() -> Exit {
    data(crate::schema::FUNCTIONS_SCHEMA)
}
