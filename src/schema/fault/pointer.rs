//! Where in a value something is.

use std::fmt;

use serde_json::Value;

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into a list, counting from 0.
    Index(usize),
    /// Into a mapping.
    Key(String),
}

/// The way from the root of a value to a place in it; its text is a JSON pointer (RFC 6901).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(pub Vec<Segment>);

impl Pointer {
    /// The steps, from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// This place seen from outside: `prefix` leads to the root that this pointer starts from.
    #[must_use]
    pub fn below(mut self, prefix: &[Segment]) -> Self {
        self.0.splice(0..0, prefix.iter().cloned());
        self
    }

    /// The value at this place.
    pub fn find<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.0
            .iter()
            .try_fold(root, |value, segment| match segment {
                Segment::Index(index) => value.get(index),
                Segment::Key(key) => value.get(key),
            })
    }

    /// Reads a JSON pointer into `root`, which decides whether a number is an index or a key.
    pub(super) fn resolve(text: &str, root: &Value) -> Self {
        let mut here = Some(root);
        let steps = text.split('/').skip(1).map(|step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            match (here, step.parse()) {
                (Some(Value::Array(items)), Ok(index)) => {
                    here = items.get(index);
                    Segment::Index(index)
                }
                _ => {
                    here = here.and_then(|value| value.get(&step));
                    Segment::Key(step)
                }
            }
        });
        Pointer(steps.collect())
    }

    /// Takes the last step off, if it was a key.
    pub(super) fn pop_key(&mut self) -> Option<String> {
        match self.0.pop()? {
            Segment::Key(key) => Some(key),
            index @ Segment::Index(_) => {
                self.0.push(index);
                None
            }
        }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Index(index) => write!(f, "/{index}"),
            Segment::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Pointer, Segment};
    use serde_json::json;

    #[test]
    fn a_number_is_a_key_in_a_mapping_and_an_index_in_a_list() {
        let root = json!({"0": [{"a/b~c": 1}]});
        let pointer = Pointer::resolve("/0/0/a~1b~0c", &root);
        let key = |text: &str| Segment::Key(text.to_owned());
        assert_eq!(
            pointer.segments(),
            [key("0"), Segment::Index(0), key("a/b~c")]
        );
        assert_eq!(pointer.to_string(), "/0/0/a~1b~0c");
        assert_eq!(pointer.find(&root), Some(&json!(1)));
        assert_eq!(pointer.below(&[key("x")]).to_string(), "/x/0/0/a~1b~0c");
    }

    #[test]
    fn the_root_is_the_empty_pointer() {
        assert_eq!(Pointer::resolve("", &json!(1)), Pointer::default());
        assert_eq!(Pointer::default().find(&json!(1)), Some(&json!(1)));
    }
}
