//! Conditions of the table of classes, on what the path alone does not say.

use std::cmp::Ordering;

use serde_json::Value;

use crate::diff::scalar::compare_quantities;

/// A changed field, for the conditions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    pub(super) old: Option<&'a Value>,
    pub(super) new: Option<&'a Value>,
    /// The object before.
    pub(super) object: &'a Value,
}

/// When a row counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Always,
    /// The field is gone.
    Removed,
    /// The quantity is smaller.
    Shrinks,
    /// The field has this value now.
    Becomes(&'static str),
    /// The object said of itself that it never changes.
    WasImmutable,
    /// It is an argument that names the folder of a broker's messages.
    DataPath,
    /// The entry is a variable that says where the broker is.
    BrokerVariable,
}

impl When {
    pub(super) fn holds(self, site: Site<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::Removed => site.new.is_none(),
            Self::Shrinks => {
                let both = site.old.zip(site.new);
                both.and_then(|(old, new)| compare_quantities(old, new)) == Some(Ordering::Greater)
            }
            Self::Becomes(text) => site.new.and_then(Value::as_str) == Some(text),
            Self::WasImmutable => site.object.get("immutable") == Some(&Value::Bool(true)),
            Self::DataPath => data_path(site.old) != data_path(site.new),
            Self::BrokerVariable => [site.old, site.new].into_iter().flatten().any(is_broker),
        }
    }
}

fn data_path(args: Option<&Value>) -> Option<&str> {
    let args = args?.as_array()?.iter().filter_map(Value::as_str);
    let mut paths = args.filter_map(|arg| arg.strip_prefix("--data-path="));
    paths.next()
}

/// Arguments that name the broker, as ours and those of NSQ do.
fn is_broker(value: &Value) -> bool {
    let args = value.as_array().into_iter().flatten();
    let mut args = args.filter_map(Value::as_str);
    args.any(|arg| arg.contains("-address=") && arg.starts_with("--"))
}
