//! The Kubernetes schemas: what objects of each bundled kind, and parts of them, may look like.
//!
//! One bundle, of the newest supported version, serves them all: keys that an older version lacks
//! carry the version that brought them, and are taken away for the versions before it. Nothing is
//! parsed or compiled before a value gets as far as it, and each definition once at most, so
//! objects of a few small kinds never pay for the big ones, nor those for what they do not use.

mod bundle;
mod definitions;
mod text;

#[cfg(test)]
mod tests;

pub use bundle::{Bundle, Kind};

use std::sync::OnceLock;

use serde_json::Value;

use super::fault::Fault;
use definitions::Definitions;

/// The oldest supported minor version of Kubernetes 1.
pub const OLDEST: u32 = 33;

/// The newest supported minor version of Kubernetes 1, which the bundle describes.
pub const NEWEST: u32 = 37;

/// How many versions are supported.
const WINDOW: usize = (NEWEST - OLDEST + 1) as usize;

/// The schemas as Kubernetes 1.`minor` has them; nothing for a version outside the window from
/// [`OLDEST`] to [`NEWEST`].
pub fn bundle(minor: u32) -> Option<&'static Bundle> {
    static DEFINITIONS: [OnceLock<Definitions>; WINDOW] = [const { OnceLock::new() }; WINDOW];
    static BUNDLES: [OnceLock<Bundle>; WINDOW] = [const { OnceLock::new() }; WINDOW];
    let index = usize::try_from(minor.checked_sub(OLDEST)?).ok()?;
    let bundle = BUNDLES.get(index)?;
    Some(bundle.get_or_init(|| {
        Bundle::new(DEFINITIONS[index].get_or_init(|| Definitions::embedded(minor)))
    }))
}

/// The kind of that name in the newest version, such as `apps/v1` and `Deployment`.
pub fn lookup(api_version: &str, kind: &str) -> Option<&'static Kind> {
    bundle(NEWEST)?.kind(api_version, kind)
}

/// What is wrong with a part of an object, in the newest version; see [`Bundle::part`] for
/// `name`. Nothing if there is no part of that name, which is a fault of the program.
pub fn validate_definition(name: &str, value: &Value) -> Option<Vec<Fault>> {
    Some(bundle(NEWEST)?.part(name)?.faults(value))
}
