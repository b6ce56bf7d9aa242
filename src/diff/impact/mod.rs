//! What a change does to the cluster: classes, reasons, directions.

mod class;
mod judge;
mod lifecycle;
mod notes;
mod security;
mod table;
mod when;

pub use class::{Class, Classes, parse_classes};
pub(super) use lifecycle::{added, removed};
pub(super) use notes::{notes, restart};
use serde_json::Value;

use self::judge::{Judge, Verdict};
use self::when::Site;
use super::compare::Found;
use crate::manifest::{Scope, Step};

/// Whether more or less is held back than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// More is allowed, or can be reached.
    Weaker,
    /// Less.
    Stronger,
}

/// What one change weighs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weight {
    pub(super) classes: Classes,
    /// Why it is of the gravest of its classes.
    pub(super) reason: &'static str,
    pub(super) direction: Option<Direction>,
}

/// Weighs a change of `object`, given as it was before.
pub(super) fn weigh(scope: &Scope, object: &Value, found: &Found) -> Weight {
    let (old, new) = (found.old.as_ref(), found.new.as_ref());
    let mut weighing = Weighing {
        scope,
        object,
        path: found.path.clone(),
        base: Base::default(),
        alarm: None,
        relief: false,
    };
    weighing.base(old, new);
    weighing.security(old, new);
    weighing.weight()
}

/// What an object that was not there before has in it that only privileged ones have.
pub(super) fn privileged(scope: &Scope, object: &Value) -> Option<&'static str> {
    let mut weighing = Weighing {
        scope,
        object,
        path: Vec::new(),
        base: Base::default(),
        alarm: None,
        relief: false,
    };
    weighing.privileges(object);
    weighing.alarm.map(|(_, reason)| reason)
}

#[derive(Clone, Copy, Debug, Default)]
struct Base {
    classes: Classes,
    reason: Option<(Class, &'static str)>,
}

struct Weighing<'a> {
    scope: &'a Scope,
    object: &'a Value,
    path: Vec<Step>,
    base: Base,
    alarm: Option<(Verdict, &'static str)>,
    relief: bool,
}

impl Weighing<'_> {
    fn weight(self) -> Weight {
        let classes = match self.alarm {
            Some(_) => self.base.classes.with(Class::Security),
            None => self.base.classes,
        };
        let alarm = self.alarm.filter(|_| classes.worst() == Class::Security);
        let reason = alarm.or(self
            .base
            .reason
            .map(|(_, reason)| (Verdict::Nothing, reason)));
        Weight {
            classes,
            reason: reason.map_or("", |(_, reason)| reason),
            direction: match self.alarm {
                Some((Verdict::Weaker, _)) => Some(Direction::Weaker),
                Some(_) => None,
                None => self.relief.then_some(Direction::Stronger),
            },
        }
    }

    /// The class of the change, and of all fields that come or go with it.
    fn base(&mut self, old: Option<&Value>, new: Option<&Value>) {
        let site = Site {
            old,
            new,
            object: self.object,
        };
        let row = table::TABLE.iter().find(|row| {
            self.scope.is(row.0) && self.scope.fits(row.1, &self.path) && row.2.holds(site)
        });
        if let Some((_, _, _, classes, reason)) = row {
            let classes: Classes = classes.iter().copied().collect();
            let class = classes.worst();
            self.base.classes = self.base.classes.and(classes);
            if self.base.reason.is_none_or(|(worst, _)| class > worst) {
                self.base.reason = Some((class, reason));
            }
        }
        self.parts(old, new, Self::base);
    }

    /// The first row that fits judges; where it sees nothing, the parts are judged.
    fn security(&mut self, old: Option<&Value>, new: Option<&Value>) {
        let container = "PT/spec/containers|initContainers|ephemeralContainers/[]";
        if old.is_none() != new.is_none() && self.scope.fits(container, &self.path) {
            // What holds back a container says nothing of the others.
            if new.is_some() {
                self.parts(old, new, Self::security);
            }
            self.relief = false;
            return;
        }
        let row = security::TABLE.iter().find(|row| {
            let passes =
                || matches!(row.2, Judge::Else(judge) if judge(old, new) == Verdict::Nothing);
            self.scope.is(row.0) && self.scope.fits(row.1, &self.path) && !passes()
        });
        let verdict = row.map_or(Verdict::Nothing, |row| row.2.verdict(old, new));
        match (verdict, row) {
            (Verdict::Weaker | Verdict::Unknown, Some(row)) => {
                if self
                    .alarm
                    .is_none_or(|(known, _)| known == Verdict::Unknown)
                {
                    self.alarm = Some((verdict, row.3));
                }
            }
            (Verdict::Stronger, _) => self.relief = true,
            _ => self.parts(old, new, Self::security),
        }
    }

    /// The rows that are about `true` alone: what else is new, is as its makers want it.
    fn privileges(&mut self, value: &Value) {
        let row = security::TABLE
            .iter()
            .find(|row| self.scope.is(row.0) && self.scope.fits(row.1, &self.path));
        if let Some((_, _, judge @ Judge::True, reason)) = row
            && judge.verdict(None, Some(value)) == Verdict::Weaker
        {
            self.alarm.get_or_insert((Verdict::Weaker, *reason));
        }
        self.parts(None, Some(value), |weighing, _, new| {
            if let Some(value) = new {
                weighing.privileges(value);
            }
        });
    }

    /// Looks at the parts of what only one side has.
    fn parts(
        &mut self,
        old: Option<&Value>,
        new: Option<&Value>,
        mut look: impl FnMut(&mut Self, Option<&Value>, Option<&Value>),
    ) {
        let (value, is_new) = match (old, new) {
            (None, Some(value)) => (value, true),
            (Some(value), None) => (value, false),
            _ => return,
        };
        let mut part = |weighing: &mut Self, step: Step, value: &Value| {
            weighing.path.push(step);
            match is_new {
                true => look(weighing, None, Some(value)),
                false => look(weighing, Some(value), None),
            }
            weighing.path.pop();
        };
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    part(self, Step::Key(key.clone()), value);
                }
            }
            Value::Array(items) => {
                for item in items {
                    part(self, Step::Item(String::new()), item);
                }
            }
            _ => {}
        }
    }
}
