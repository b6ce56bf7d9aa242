//! An object without what says nothing: what the API fills in, what only servers write, empties.

mod defaults;
mod empties;
mod pods;
mod special;

use serde_json::{Map, Value};

use crate::manifest::{Scope, Step};

/// What of an object's surroundings decides on its defaults.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Whether an autoscaler of either side sets the number of its pods.
    pub(super) autoscaled: bool,
}

/// The object with only those fields that say something.
pub(super) fn normalised(scope: &Scope, around: Surroundings, object: &Value) -> Value {
    let mut object = object.clone();
    special::settle(scope, &mut object);
    let mut pass = Pass {
        scope,
        around,
        path: Vec::new(),
    };
    pass.clean(&mut object);
    object
}

struct Pass<'a> {
    scope: &'a Scope,
    around: Surroundings,
    path: Vec<Step>,
}

impl Pass<'_> {
    /// From the leaves up, so that a mapping of defaults alone is an empty one.
    fn clean(&mut self, value: &mut Value) {
        match value {
            Value::Object(map) => self.mapping(map),
            Value::Array(items) => {
                self.path.push(Step::Item(String::new()));
                for item in items.iter_mut() {
                    self.clean(item);
                }
                self.path.pop();
            }
            _ => {}
        }
    }

    fn mapping(&mut self, map: &mut Map<String, Value>) {
        map.retain(|key, value| {
            self.path.push(Step::Key(key.clone()));
            self.clean(value);
            let kept = !self.says_nothing(value);
            self.path.pop();
            kept
        });
    }

    fn says_nothing(&self, value: &Value) -> bool {
        let empty = match value {
            Value::Null => return true,
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        (empty && empties::mean_nothing(self.scope, &self.path))
            || defaults::is_default(self.scope, self.around, &self.path, value)
            || defaults::is_the_servers(self.scope, &self.path)
    }
}
