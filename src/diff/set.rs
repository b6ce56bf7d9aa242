//! Objects to be compared, and what tells them apart.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// What stays the same while an object changes: the version of its API is none of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty where none is written.
    pub namespace: String,
    /// The name; of an object that the server names, its `generateName` and a `*`.
    pub name: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.namespace.is_empty() {
            write!(f, " {}", self.name)
        } else {
            write!(f, " {}/{}", self.namespace, self.name)
        }
    }
}

impl Identity {
    /// The identity of an object.
    ///
    /// # Errors
    /// What it lacks, as a sentence.
    pub fn of(object: &Value) -> Result<Self, String> {
        let metadata = &object["metadata"];
        let text = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        for field in ["name", "namespace"] {
            let value = &metadata[field];
            if !value.is_string() && !value.is_null() {
                return Err(format!("its `metadata.{field}` is no text: quote it"));
            }
        }
        let missing = |key: &str| format!("it has no `{key}`, so it is no Kubernetes object");
        let api_version = text(&object["apiVersion"]).ok_or_else(|| missing("apiVersion"))?;
        let kind = text(&object["kind"]).ok_or_else(|| missing("kind"))?;
        let name = text(&metadata["name"])
            .or_else(|| text(&metadata["generateName"]).map(|name| name + "*"))
            .ok_or_else(|| missing("metadata.name"))?;
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        Ok(Self {
            group: group.to_owned(),
            kind,
            namespace: text(&metadata["namespace"]).unwrap_or_default(),
            name,
        })
    }

    /// `Deployment.apps`, or `Service` for the core group.
    #[must_use]
    pub fn qualified_kind(&self) -> String {
        match self.group.as_str() {
            "" => self.kind.clone(),
            group => format!("{}.{group}", self.kind),
        }
    }
}

/// Where an object is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The name of the file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// An object and where it is written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The whole of it.
    pub value: Value,
    /// Where it is written, where that is known.
    pub place: Option<Place>,
}

/// One side of a comparison: no identity comes twice.
#[derive(Clone, Debug, Default)]
pub struct Set {
    objects: BTreeMap<Identity, Entry>,
}

impl Set {
    /// Adds an object. One that is there already, word for word, does not count again.
    ///
    /// # Errors
    /// What the object lacks, or that another one has its identity.
    pub fn add(&mut self, value: Value, place: Option<Place>) -> Result<(), String> {
        let identity = Identity::of(&value)?;
        if let Some(first) = self.objects.get(&identity) {
            if first.value == value {
                return Ok(());
            }
            let at = match &first.place {
                Some(place) => format!(", first at {place}"),
                None => String::new(),
            };
            return Err(format!("two different objects are {identity}{at}"));
        }
        self.objects.insert(identity, Entry { value, place });
        Ok(())
    }

    /// The objects, by identity.
    #[must_use]
    pub fn objects(&self) -> &BTreeMap<Identity, Entry> {
        &self.objects
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}
