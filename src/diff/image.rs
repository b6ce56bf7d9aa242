//! The parts of a reference to an image.

/// A reference, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Image<'a> {
    /// Registry and repository as written: `ghcr.io/acme/shop`.
    pub(super) repository: &'a str,
    /// The tag.
    pub(super) tag: Option<&'a str>,
    /// The digest.
    pub(super) digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    pub(super) fn parse(reference: &'a str) -> Self {
        let (named, digest) = match reference.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (reference, None),
        };
        // A colon before a slash belongs to the registry's port.
        let (repository, tag) = match named.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (named, None),
        };
        Self {
            repository,
            tag,
            digest,
        }
    }

    /// What `imagePullPolicy` is where it is not set.
    pub(super) fn usual_pull_policy(&self) -> &'static str {
        match (self.digest, self.tag) {
            (None, None | Some("latest")) => "Always",
            _ => "IfNotPresent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn parts() {
        for (text, repository, tag, digest) in [
            ("a", "a", None, None),
            ("a:1", "a", Some("1"), None),
            ("r:5000/a/b", "r:5000/a/b", None, None),
            (
                "r:5000/a/b:1@sha256:00",
                "r:5000/a/b",
                Some("1"),
                Some("sha256:00"),
            ),
        ] {
            let image = Image {
                repository,
                tag,
                digest,
            };
            assert_eq!(Image::parse(text), image, "{text}");
        }
    }
}
