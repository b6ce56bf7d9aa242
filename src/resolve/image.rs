//! Image references.

use super::Options;
use crate::diag::codes::meaning::{BAD_IMAGE, FLOATING_TAG, NO_IMAGE};
use crate::diag::{Diagnostic, Report};
pub use crate::schema::spec::PullPolicy;
use crate::schema::spec::{Application, Image, ImageParts};
use crate::schema::{Located, Lost};
use crate::source::Span;

/// An image to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    /// `host/path:tag@digest`.
    pub reference: String,
    /// When the node pulls it; written out, since Kubernetes' default depends on the tag.
    pub pull_policy: PullPolicy,
}

impl ImageRef {
    /// A reference of our own, known to be good.
    pub(super) fn ours(reference: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            pull_policy: PullPolicy::IfNotPresent,
        }
    }
}

/// Where a function's image can be written.
const WRITTEN: [&str; 4] = ["image", "functions.image", "defaults", "defaults.image"];

/// The image of every function that names none.
pub(super) struct Shared {
    image: Option<ImageRef>,
    /// Whether its absence is to be reported: not where one was written, valid or not.
    wanted: bool,
    gateway: ImageRef,
    nsq: ImageRef,
    exporter: ImageRef,
}

impl Shared {
    pub(super) fn new(
        spec: &Application,
        lost: &Lost,
        options: &Options,
        report: &mut Report,
    ) -> Self {
        let (image, wanted) = match (&options.image, &spec.image) {
            (Some(reference), _) => (option("--image", reference, report), false),
            (None, Some(image)) => (resolve(image, report), false),
            (None, None) => (None, !lost.any(&WRITTEN)),
        };
        let images = spec.images.clone().unwrap_or_default();
        let mut ours = |image: Option<&Located<Image>>, default| {
            image
                .and_then(|image| resolve(image, report))
                .unwrap_or_else(|| ImageRef::ours(default))
        };
        let gateway = ours(images.gateway.as_ref(), super::gateway::IMAGE);
        let nsq = ours(images.nsq.as_ref(), super::nsq::IMAGE);
        let exporter = ours(images.exporter.as_ref(), super::monitoring::IMAGE);
        Self {
            image,
            wanted,
            gateway,
            nsq,
            exporter,
        }
    }

    pub(super) fn gateway(&self) -> ImageRef {
        self.gateway.clone()
    }

    pub(super) fn nsq(&self) -> ImageRef {
        self.nsq.clone()
    }

    pub(super) fn exporter(&self) -> ImageRef {
        self.exporter.clone()
    }

    /// The image of one function: the command line's, its own, the application's.
    pub(super) fn function(
        &self,
        name: &str,
        own: Option<&Located<Image>>,
        span: Span,
        options: &Options,
        report: &mut Report,
    ) -> Option<ImageRef> {
        if let Some(reference) = options.images.get(name) {
            return option(&format!("--image {name}=…"), reference, report);
        }
        if let Some(own) = own {
            return resolve(own, report);
        }
        if self.wanted {
            report.push(
                Diagnostic::at(
                    &NO_IMAGE,
                    span,
                    format!("the function `{name}` has no image"),
                )
                .help("give the function or the application an `image`, or use --image"),
            );
        }
        self.image.clone()
    }
}

fn option(flag: &str, reference: &str, report: &mut Report) -> Option<ImageRef> {
    match fault(reference) {
        Some(why) => {
            let message = format!("the value of {flag} is not an image reference: {why}");
            report.push(Diagnostic::global(&BAD_IMAGE, message));
            None
        }
        None => Some(finish(reference.to_owned(), None, |message| {
            report.push(Diagnostic::global(&FLOATING_TAG, message));
        })),
    }
}

fn resolve(image: &Located<Image>, report: &mut Report) -> Option<ImageRef> {
    let (reference, policy, span) = match &image.value {
        Image::Reference(reference) => (reference.clone(), None, image.span),
        Image::Parts(parts) => {
            let span = parts.tag.as_ref().map_or(image.span, |tag| tag.span);
            (join(parts, image.span, report)?, parts.pull_policy, span)
        }
    };
    if let Some(why) = fault(&reference) {
        report.push(
            Diagnostic::at(&BAD_IMAGE, image.span, "this is not an image reference")
                .label(why)
                .help("such as `ghcr.io/acme/shop:1.4.0`"),
        );
        return None;
    }
    Some(finish(reference, policy, |message| {
        report
            .push(Diagnostic::at(&FLOATING_TAG, span, message).help(
                "name a version or a digest, so that a new one is a change in the manifests",
            ));
    }))
}

/// `{repository, tag, digest}` as one text.
fn join(parts: &ImageParts, span: Span, report: &mut Report) -> Option<String> {
    let Some(repository) = &parts.repository else {
        report.push(
            Diagnostic::at(&NO_IMAGE, span, "the image has no repository")
                .help("add `repository: host/path`"),
        );
        return None;
    };
    let mut reference = repository.0.clone();
    for (sign, part) in [(':', &parts.tag), ('@', &parts.digest)] {
        if let Some(part) = part {
            reference.push(sign);
            reference.push_str(&part.0);
        }
    }
    Some(reference)
}

/// Fills in the pull policy as Kubernetes would, and warns of a tag that floats.
fn finish(reference: String, policy: Option<PullPolicy>, mut warn: impl FnMut(String)) -> ImageRef {
    let floats = !reference.contains('@') && matches!(tag(&reference), None | Some("latest"));
    if floats {
        warn(format!("the image `{reference}` has no fixed version"));
    }
    let default = if floats {
        PullPolicy::Always
    } else {
        PullPolicy::IfNotPresent
    };
    ImageRef {
        reference,
        pull_policy: policy.unwrap_or(default),
    }
}

/// The tag of a reference without digest.
fn tag(reference: &str) -> Option<&str> {
    let last = reference.rsplit('/').next()?;
    last.split_once(':').map(|(_, tag)| tag)
}

/// Why `reference` is none: `[host[:port]/]path[:tag][@algorithm:hex]`.
fn fault(reference: &str) -> Option<&'static str> {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    if let Some(digest) = digest {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() != 64 || !hex.bytes().all(lower) {
            return Some("a digest is `sha256:` and 64 hexadecimal digits");
        }
    }
    let (name, tag) = match tag(name) {
        Some(tag) => (&name[..name.len() - tag.len() - 1], Some(tag)),
        None => (name, None),
    };
    if let Some(tag) = tag {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let inner = |b: u8| word(b) || b == b'.' || b == b'-';
        let first = tag.bytes().next().is_some_and(word);
        if !first || tag.len() > 128 || !tag.bytes().all(inner) {
            return Some("a tag has letters, digits, `_`, `.` and `-`, 128 at most");
        }
    }
    if name.is_empty() || name.len() > 255 {
        return Some("the path is empty or too long");
    }
    let mut segments = name.split('/').peekable();
    if let Some(host) = segments.next_if(|first| is_host(first))
        && segments.peek().is_none()
    {
        return Some(if host.contains(':') {
            "the path is missing"
        } else {
            "it names no image"
        });
    }
    let component = |segment: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let edges = segment.bytes().next().is_some_and(plain)
            && segment.bytes().next_back().is_some_and(plain);
        edges && segment.bytes().all(|b| plain(b) || b"._-".contains(&b))
    };
    if segments.all(component) {
        None
    } else {
        Some("the path has lower-case letters, digits, `.`, `_` and `-`")
    }
}

/// Whether the first segment is a registry's host: it has a dot or a port, or is localhost; a
/// lone segment is a path.
fn is_host(segment: &str) -> bool {
    let (host, port) = segment.split_once(':').unwrap_or((segment, ""));
    let named = segment.contains(['.', ':']) || segment == "localhost";
    named
        && !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
        && port.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{fault, tag};

    #[test]
    fn references() {
        let digest = format!("acme/shop:1@sha256:{}", "0a".repeat(32));
        for good in [
            "shop",
            "acme/shop",
            "acme/shop:1.0",
            "ghcr.io/acme/shop:1.4.0",
            "localhost:5000/shop:dev",
            "localhost/shop",
            "10.0.0.1:5000/a/b/c",
            &digest,
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "",
            "Acme/Shop",
            "acme//shop",
            "acme/shop:",
            "acme/shop:a b",
            "acme/shop@sha256:12",
            "acme/shop:1 ",
            "https://ghcr.io/acme/shop",
            "acme/shop:-x",
            "-acme/shop",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(tag("localhost:5000/shop"), None);
        assert_eq!(tag("localhost:5000/shop:1"), Some("1"));
    }
}
