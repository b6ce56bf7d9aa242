//! Places within an object, and patterns for them.
//!
//! A place is written as a JSON pointer whose steps into lists name the entry instead of counting:
//! `/spec/template/spec/containers/[name=fn]/image`. Between brackets a slash is itself, and `]` is
//! `~2`.

use std::borrow::Cow;
use std::fmt;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// An entry of a list, by what tells it from the others: `name=fn`, `=get` or an index.
    Item(String),
}

/// Steps as one text.
#[derive(Clone, Copy, Debug)]
pub struct Steps<'a>(pub &'a [Step]);

impl fmt::Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("/");
        }
        self.0.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(f, "/{}", escaped(key)),
            Step::Item(item) => write!(f, "/[{}]", item.replace('~', "~0").replace(']', "~2")),
        })
    }
}

/// As JSON pointers have it (RFC 6901).
fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['~', '/']) {
        text.replace('~', "~0").replace('/', "~1").into()
    } else {
        text.into()
    }
}

/// What a pattern has to know of the object it is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `Deployment.apps`, or `Service` for the core group.
    pub kind: String,
    /// Where the object keeps the template of its pods, if it has one.
    pub template: Option<&'static [&'static str]>,
}

/// Kinds of the project that have a pod template elsewhere than at `/spec/template`.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("Pod", &[]),
    ("PodTemplate", &["template"]),
    (
        "CronJob.batch",
        &["spec", "jobTemplate", "spec", "template"],
    ),
];

/// Where all others have it.
const USUAL: &[&str] = &["spec", "template"];

impl Scope {
    /// The scope of an object of this group and kind. `has_containers` says whether it holds
    /// `/spec/template/spec/containers`, which is how a kind unknown to us shows what it runs.
    #[must_use]
    pub fn new(group: &str, kind: &str, has_containers: bool) -> Self {
        let kind = match group {
            "" => kind.to_owned(),
            group => format!("{kind}.{group}"),
        };
        let known = TEMPLATES.iter().find(|(name, _)| *name == kind);
        let template = match known {
            Some((_, place)) => Some(*place),
            None => has_containers.then_some(USUAL),
        };
        Self { kind, template }
    }

    /// The steps after the pod template; none where the path does not lead into it.
    #[must_use]
    pub fn in_template<'a>(&self, path: &'a [Step]) -> Option<&'a [Step]> {
        let place = self.template?;
        let (before, inner) = path.split_at_checked(place.len())?;
        let same = |(step, key): (&Step, &&str)| matches!(step, Step::Key(is) if is == key);
        before.iter().zip(place).all(same).then_some(inner)
    }

    /// Whether one of the kinds is this one: `Role.rbac.authorization.k8s.io`, `Service`, or `*`
    /// for all, separated by `|`.
    #[must_use]
    pub fn is(&self, kinds: &str) -> bool {
        kinds
            .split('|')
            .any(|kind| kind == "*" || kind == self.kind)
    }

    /// Whether the pattern fits the path.
    ///
    /// A pattern is a path whose steps may be `*` for any key, `[]` for any entry of a list, `**`
    /// for any number of steps, or names separated by `|`, which may end in `*` (as may the name
    /// of an entry, `[name=NSQ_*]`). One that begins with `PT/` is held against what follows the pod template. A slash within a key is `~1`.
    #[must_use]
    pub fn fits(&self, pattern: &str, path: &[Step]) -> bool {
        match pattern.strip_prefix("PT/") {
            Some(pattern) => self
                .in_template(path)
                .is_some_and(|inner| fits(pattern, inner)),
            None => fits(pattern.strip_prefix('/').unwrap_or(pattern), path),
        }
    }
}

/// From the end: mostly the last step says no.
fn fits(pattern: &str, path: &[Step]) -> bool {
    if pattern.is_empty() {
        return path.is_empty();
    }
    let (before, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    if last == "**" {
        return (0..=path.len()).any(|length| fits(before, &path[..length]));
    }
    path.split_last()
        .is_some_and(|(step, rest)| step_fits(last, step) && fits(before, rest))
}

fn step_fits(pattern: &str, step: &Step) -> bool {
    match step {
        Step::Item(item) => match pattern.strip_prefix('[').and_then(|p| p.strip_suffix(']')) {
            Some("") => true,
            Some(name) => match name.strip_suffix('*') {
                Some(start) => item.starts_with(start),
                None => item == name,
            },
            None => false,
        },
        Step::Key(key) => pattern.split('|').any(|name| match name.strip_suffix('*') {
            Some(start) => after(start, key).is_some(),
            None => after(name, key) == Some(""),
        }),
    }
}

/// A name of a pattern as the key it stands for.
pub(super) fn unescaped(name: &str) -> String {
    name.replace("~1", "/")
}

/// What follows a name of a pattern at the beginning of a key.
fn after<'k>(name: &str, key: &'k str) -> Option<&'k str> {
    // This is asked of every row of every table, so it makes no text of its own.
    match name.split_once('~') {
        None => key.strip_prefix(name),
        Some((start, rest)) => {
            let key = key.strip_prefix(start)?.strip_prefix('/')?;
            after(rest.strip_prefix('1')?, key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Step, Steps};

    fn path(text: &str) -> Vec<Step> {
        let step = |step: &str| match step.strip_prefix('[') {
            Some(item) => Step::Item(item.trim_end_matches(']').to_owned()),
            None => Step::Key(step.replace("~1", "/")),
        };
        text.split('/').skip(1).map(step).collect()
    }

    #[test]
    fn patterns() {
        let cron = Scope::new("batch", "CronJob", false);
        let image = "/spec/jobTemplate/spec/template/spec/containers/[name=a]/image";
        for (pattern, at, fits) in [
            ("PT/spec/containers|initContainers/[]/image", image, true),
            ("PT/spec/initContainers/[]/image", image, false),
            ("PT/**", image, true),
            ("/spec/**/image", image, true),
            ("/spec/*/image", image, false),
            ("/spec/**", "/spec", true),
            ("/spec/**", "/metadata/spec", false),
            (
                "/metadata/labels/pod-security.kubernetes.io~1*",
                "/metadata/labels/pod-security.kubernetes.io~1enforce",
                true,
            ),
            ("/a/*", "/a/[0]", false),
            ("/a/[]", "/a/[0]", true),
            ("/a/[name=b*]", "/a/[name=bc]", true),
            ("/a/[name=b]", "/a/[name=bc]", false),
            ("", "", true),
        ] {
            assert_eq!(cron.fits(pattern, &path(at)), fits, "{pattern} {at}");
        }
    }

    #[test]
    fn kinds() {
        let deployment = Scope::new("apps", "Deployment", true);
        assert!(deployment.is("StatefulSet.apps|Deployment.apps") && deployment.is("*"));
        assert!(!deployment.is("Deployment") && !deployment.is("Deploy*"));
        assert!(
            Scope::new("serving.knative.dev", "Service", true)
                .template
                .is_some()
        );
        assert!(!Scope::new("serving.knative.dev", "Service", true).is("Service"));
        assert_eq!(
            Scope::new("bitnami.com", "SealedSecret", false).template,
            None
        );
    }

    #[test]
    fn a_path_is_a_pointer_with_names() {
        let text = "/metadata/annotations/a.b~1c/[port=80,protocol=TCP]";
        assert_eq!(Steps(&path(text)).to_string(), text);
        assert_eq!(Steps(&[]).to_string(), "/");
    }
}
