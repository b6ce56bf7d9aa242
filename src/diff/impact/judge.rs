//! In which direction a change goes: towards more rights and reach, or less.

use serde_json::Value;

use crate::diff::image::Image;

/// Where a change leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Less is held back than before.
    Weaker,
    /// More is.
    Stronger,
    /// The change is one of security, and nothing here can tell its direction.
    Unknown,
    /// The change is none of security.
    Nothing,
}

use Verdict::{Nothing, Stronger, Unknown, Weaker};

/// How a row of the table judges an old and a new value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Judge {
    /// No direction can be told.
    Any,
    /// What is new allows more, what is gone less.
    Added,
    /// What is gone allows more, what is new less.
    Removed,
    /// `true` allows more.
    True,
    /// Everything but `true` allows more.
    NotTrue,
    /// Everything but `false` allows more.
    NotFalse,
    /// By a function of its own.
    By(fn(Option<&Value>, Option<&Value>) -> Verdict),
    /// The same; where it sees nothing, the next row that fits is asked.
    Else(fn(Option<&Value>, Option<&Value>) -> Verdict),
    /// Only the parts are judged.
    Parts,
}

impl Judge {
    pub(super) fn verdict(self, old: Option<&Value>, new: Option<&Value>) -> Verdict {
        let is = |value: Option<&Value>, this: bool| value.and_then(Value::as_bool) == Some(this);
        match self {
            Self::Any => Unknown,
            Self::Added => by_presence(old, new),
            Self::Removed => by_presence(new, old),
            Self::True => by_rank(is(old, true), is(new, true)),
            Self::NotTrue => by_rank(!is(old, true), !is(new, true)),
            Self::NotFalse => by_rank(!is(old, false), !is(new, false)),
            Self::By(judge) | Self::Else(judge) => judge(old, new),
            Self::Parts => Nothing,
        }
    }
}

fn by_presence(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    match (old, new) {
        (None, Some(_)) => Weaker,
        (Some(_), None) => Stronger,
        _ => Unknown,
    }
}

/// The greater allows more.
fn by_rank<T: Ord + Copy>(old: T, new: T) -> Verdict {
    match old.cmp(&new) {
        std::cmp::Ordering::Less => Weaker,
        std::cmp::Ordering::Equal => Nothing,
        std::cmp::Ordering::Greater => Stronger,
    }
}

/// A user or group by number: 0 may do all, and no number leaves it to the image.
pub(super) fn user(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    let rank = |value: Option<&Value>| match value.and_then(Value::as_i64) {
        Some(0) => 2,
        None => 1,
        Some(_) => 0,
    };
    match by_rank(rank(old), rank(new)) {
        Nothing if rank(old) == 0 => Unknown,
        verdict => verdict,
    }
}

/// A seccomp or AppArmor profile's type.
pub(super) fn profile(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    let rank = |value: Option<&Value>| match value.and_then(Value::as_str) {
        None | Some("Unconfined") => 1,
        Some(_) => 0,
    };
    match by_rank(rank(old), rank(new)) {
        Nothing if rank(old) == 0 => Unknown,
        verdict => verdict,
    }
}

/// A level of the pod security standards.
pub(super) fn pod_security(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    let rank = |value: Option<&Value>| match value.and_then(Value::as_str) {
        Some("restricted") => 0,
        Some("baseline") => 1,
        _ => 2,
    };
    by_rank(rank(old), rank(new))
}

/// From where a Service can be reached.
pub(super) fn service_type(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    let rank = |value: Option<&Value>| match value.and_then(Value::as_str) {
        Some("LoadBalancer") => 2,
        Some("NodePort") => 1,
        _ => 0,
    };
    by_rank(rank(old), rank(new))
}

/// Another repository is code of other people.
pub(super) fn repository(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    match images(old, new) {
        Some((old, new)) if old.repository != new.repository => Unknown,
        _ => Nothing,
    }
}

/// What stands behind a tag can become another image, behind a digest it cannot.
pub(super) fn digest(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    images(old, new).map_or(Nothing, |(old, new)| {
        by_rank(old.digest.is_none(), new.digest.is_none())
    })
}

fn images<'a>(old: Option<&'a Value>, new: Option<&'a Value>) -> Option<(Image<'a>, Image<'a>)> {
    let (old, new) = (old?.as_str()?, new?.as_str()?);
    Some((Image::parse(old), Image::parse(new)))
}

/// A toleration of the nodes that run the cluster itself, or of every node.
pub(super) fn toleration(old: Option<&Value>, new: Option<&Value>) -> Verdict {
    let reaches = |value: Option<&Value>| {
        value.is_some_and(|value| match value.get("key").and_then(Value::as_str) {
            Some(key) => key.ends_with("/control-plane") || key.ends_with("/master"),
            None => true,
        })
    };
    by_rank(reaches(old), reaches(new))
}
