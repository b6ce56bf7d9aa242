//! Lists whose entries count from the first.

use serde_json::Value;

use super::{Finder, How};
use crate::manifest::Step;

impl Finder<'_> {
    /// A list of scalars, such as `args`, is one value; of mappings, those that differ are told,
    /// each against the one in its place.
    pub(super) fn ordered(&mut self, old: &[Value], new: &[Value]) {
        let mut before = self.canonical_forms(old);
        let mut after = self.canonical_forms(new);
        let same = |at: &(&(String, usize), &(String, usize))| at.0.0 == at.1.0;
        let start = before.iter().zip(&after).take_while(same).count();
        if start == old.len() && start == new.len() {
            return;
        }
        let rest = (old.len().min(new.len())) - start;
        let backwards = before.iter().rev().zip(after.iter().rev());
        let end = backwards.take(rest).take_while(same).count();
        let (from, to) = (&old[start..old.len() - end], &new[start..new.len() - end]);

        let by_form = |a: &(String, usize), b: &(String, usize)| a.0.cmp(&b.0);
        before.sort_by(by_form);
        after.sort_by(by_form);
        let moved = old.len() == new.len() && before.iter().zip(&after).all(|pair| same(&pair));
        let whole = |items: &[Value]| Value::from(items.to_vec());
        if moved {
            return self.report(How::Moved, Some(&whole(old)), Some(&whole(new)));
        }
        if !from.iter().chain(to).all(Value::is_object) {
            return self.report(How::Changed, Some(&whole(old)), Some(&whole(new)));
        }
        for at in 0..from.len().max(to.len()) {
            let step = Step::Item((start + at).to_string());
            self.at(step, |finder| match (from.get(at), to.get(at)) {
                (Some(old), Some(new)) => finder.values(old, new),
                (old, new) => finder.one_sided(old, new),
            });
        }
    }
}
