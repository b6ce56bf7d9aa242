//! The bundles' text, split but not yet parsed: Kubernetes' own kinds, and those of others.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The text of `schemas/kubernetes/v1.37.json`, which is generated, and of `custom.json` beside it,
/// which is written by hand after what its `sources` name, as far as we render or check it.
///
/// Both are JSON like any other, written with one kind or definition a line. That lets a definition
/// be parsed without the hundred kilobytes around it; a test compares with the whole.
pub(super) struct Text {
    /// One JSON object each: `apiVersion`, `kind`, `namespaced`, and the name of the
    /// `definition`.
    pub(super) kinds: Vec<&'static str>,
    /// The JSON text of each definition, by full name.
    pub(super) definitions: BTreeMap<&'static str, &'static str>,
}

impl Text {
    /// The text that is part of the program.
    pub(super) fn embedded() -> &'static Self {
        static TEXT: OnceLock<Text> = OnceLock::new();
        TEXT.get_or_init(|| {
            let mut text = Self::split(Self::WHOLE);
            let custom = Self::split(Self::CUSTOM);
            text.kinds.extend(custom.kinds);
            text.kinds.sort_unstable();
            text.definitions.extend(custom.definitions);
            text
        })
    }

    /// All of Kubernetes' own.
    pub(super) const WHOLE: &str = include_str!("../../../schemas/kubernetes/v1.37.json");
    /// All of the others.
    pub(super) const CUSTOM: &str = include_str!("../../../schemas/kubernetes/custom.json");

    fn split(text: &'static str) -> Self {
        let lines = text
            .lines()
            .map(|line| line.strip_suffix(',').unwrap_or(line));
        let (kinds, definitions): (Vec<_>, Vec<_>) = lines
            .filter(|line| line.ends_with('}') && line.len() > 1)
            .partition(|line| line.starts_with('{'));
        let definitions = definitions.into_iter().filter_map(|line| {
            let (name, schema) = line.strip_prefix('"')?.split_once("\":")?;
            Some((name, schema))
        });
        Text {
            kinds,
            definitions: definitions.collect(),
        }
    }
}
