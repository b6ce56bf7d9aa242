//! An image, in one text or in parts.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::schema::located::{Located, Text};

/// An image: `host/path:tag@digest`, or the same in parts.
#[derive(Clone, Debug)]
pub enum Image {
    /// `ghcr.io/acme/shop:1.4.0`.
    Reference(String),
    /// `{repository, tag, digest, pullPolicy}`.
    Parts(ImageParts),
}

/// An image in parts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ImageParts {
    /// The registry and path, such as `ghcr.io/acme/shop`.
    pub repository: Option<Located<Text>>,
    /// The tag, such as `1.4.0`.
    pub tag: Option<Located<Text>>,
    /// The digest, such as `sha256:…`; it wins over the tag.
    pub digest: Option<Located<Text>>,
    /// When the node pulls it. Default: `IfNotPresent`; `Always` for `latest` or no tag.
    pub pull_policy: Option<PullPolicy>,
}

/// When a node pulls an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PullPolicy {
    /// Each time a pod starts.
    Always,
    /// Where the node does not have it.
    IfNotPresent,
    /// Never: somebody loaded it onto the node.
    Never,
}

impl PullPolicy {
    /// The word Kubernetes has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMap;

        impl<'de> Visitor<'de> for TextOrMap {
            type Value = Image;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an image reference or a mapping")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Image, E> {
                Ok(Image::Reference(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Image, A::Error> {
                ImageParts::deserialize(MapAccessDeserializer::new(map)).map(Image::Parts)
            }
        }

        deserializer.deserialize_any(TextOrMap)
    }
}

impl JsonSchema for Image {
    fn schema_name() -> Cow<'static, str> {
        "Image".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let parts = generator.subschema_for::<ImageParts>();
        schemars::json_schema!({"anyOf": [
            {"type": "string", "examples": ["ghcr.io/acme/shop:1.4.0"]},
            parts,
        ]})
    }
}
