//! For people at a terminal: a summary, then object by object.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::digest::{Shared, Told, digest};
use super::escape::visible;
use super::paint::Paint;
use super::words::{Words, classes, kind, mark, words};
use super::{Options, Section};
use crate::diff::{Change, Class, Diff, ObjectDiff};

/// Names listed on one line.
const MOST_NAMES: usize = 40;
/// Where everything about an object begins.
const INDENT: &str = "            ";

/// The diffs as text; empty where nothing differs.
#[must_use]
pub fn text(sections: &[Section], options: Options) -> String {
    let mut printer = Printer {
        paint: Paint(options.colour),
        context: options.context.unwrap_or(0),
        out: String::new(),
    };
    for section in sections.iter().filter(|section| !section.diff.is_empty()) {
        if !printer.out.is_empty() {
            printer.line("");
        }
        printer.section(section);
    }
    printer.out
}

/// One line that counts, one for each class there is.
pub(super) fn counts(diff: &Diff) -> (String, Vec<(Class, usize)>) {
    let plural = |count: usize| {
        if count == 1 {
            "object differs"
        } else {
            "objects differ"
        }
    };
    let count = diff.objects.len();
    let mut line = format!("{count} {}, {} the same", plural(count), diff.same);
    if diff.rewritten > 0 {
        let _ = write!(line, " ({} only written otherwise)", diff.rewritten);
    }
    let mut by_class: BTreeMap<Class, usize> = BTreeMap::new();
    for object in &diff.objects {
        *by_class.entry(object.classes.worst()).or_default() += 1;
    }
    (line, by_class.into_iter().rev().collect())
}

/// The title of a section, as it stands before the first line.
pub(super) fn heading(section: &Section) -> String {
    match section.title.as_str() {
        "" => String::new(),
        title => visible(title) + ": ",
    }
}

struct Printer {
    paint: Paint,
    context: usize,
    out: String,
}

impl Printer {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn section(&mut self, section: &Section) {
        self.summary(section);
        let digest = digest(&section.diff);
        self.shared(&digest.shared);
        let mut told: BTreeMap<(Class, &str), Vec<&ObjectDiff>> = BTreeMap::new();
        for one in &digest.objects {
            let object = one.object;
            if one.is_told() {
                let group = (object.classes.worst(), object.reason.as_str());
                told.entry(group).or_default().push(object);
            } else {
                self.object(one);
            }
        }
        for ((class, _), objects) in told.iter().rev() {
            self.names(*class, objects);
        }
    }

    fn summary(&mut self, section: &Section) {
        let (line, by_class) = counts(&section.diff);
        let title = heading(section);
        self.line(&self.paint.bold(&format!("{title}{line}")));
        for (class, count) in by_class {
            let name = self.paint.class(class, &format!("{class:<9}"));
            self.line(&format!("  {name} {count:>5}  {}", class.meaning()));
        }
        self.line("");
    }

    fn shared(&mut self, shared: &[Shared<'_>]) {
        for Shared {
            pointer,
            change,
            count,
        } in shared
        {
            let head = format!("in {count:<6}");
            self.change(&head, pointer, change, None);
        }
        if !shared.is_empty() {
            self.line("");
        }
    }

    fn head(&self, class: Class) -> String {
        self.paint.class(class, &format!("{class:<9}"))
    }

    fn object(&mut self, told: &Told<'_>) {
        let object = told.object;
        let class = object.classes.worst();
        let name = self.paint.bold(&visible(&object.identity.to_string()));
        let line = format!(
            "{} {name}{}: {}",
            self.head(class),
            kind(object),
            object.reason
        );
        self.line(&line);
        for note in &object.notes {
            let command = match &note.command {
                Some(command) => format!(" {}", visible(command)),
                None => String::new(),
            };
            self.line(&format!("{INDENT}{}{command}", note.text));
        }
        for change in &told.rest {
            self.change("", &change.pointer(), change, Some(object));
        }
        for folded in &told.folded {
            self.line(&format!("{INDENT}{} {folded}", self.paint.mark('~', "~")));
        }
    }

    /// A change: after its path what was and what is, then what it is beside its object's class.
    fn change(&mut self, head: &str, pointer: &str, change: &Change, of: Option<&ObjectDiff>) {
        let Words {
            old,
            new,
            remark,
            lines,
        } = words(change, self.context);
        let values = match (old, new) {
            (Some(old), Some(new)) => {
                let (old, new) = self.paint.pair(&old, &new);
                Some(format!("{old} → {new}"))
            }
            (Some(old), None) => Some(self.paint.mark('-', &old)),
            (None, Some(new)) => Some(self.paint.mark('+', &new)),
            (None, None) => None,
        };
        let said: Vec<_> = remark.into_iter().chain(values).collect();
        let alone = of.is_some_and(|object| object.classes == change.classes);
        let remark = match (alone && change.direction.is_none(), change.classes) {
            (true, _) => String::new(),
            (false, all) => {
                let known = of.is_none_or(|object| object.reason == change.reason);
                let why = match known || !all.has(Class::Security) {
                    true => String::new(),
                    false => format!(": {}", change.reason),
                };
                let text = format!("  [{}{why}]", classes(all, change.direction));
                self.paint.faint(&text)
            }
        };
        let mark = self
            .paint
            .mark(mark(change.how), &mark(change.how).to_string());
        let indent = if head.is_empty() {
            INDENT.to_owned()
        } else {
            format!("{head} ")
        };
        let path = visible(pointer);
        self.line(&format!(
            "{indent}{mark} {path}: {}{remark}",
            said.join(": ")
        ));
        for line in lines {
            let text = self
                .paint
                .mark(line.mark, &format!("{} {}", line.mark, line.text));
            self.line(&format!("{INDENT}    {text}"));
        }
    }

    /// Objects of which everything is said but their names.
    fn names(&mut self, class: Class, objects: &[&ObjectDiff]) {
        let reason = objects.first().map_or("", |object| &object.reason);
        let names = objects.iter().take(MOST_NAMES);
        let names: Vec<_> = names
            .map(|object| visible(&object.identity.to_string()))
            .collect();
        let mut line = format!("{} {}: {reason}", self.head(class), names.join(", "));
        if let Some(rest) = objects
            .len()
            .checked_sub(MOST_NAMES)
            .filter(|rest| *rest > 0)
        {
            let _ = write!(line, " (and {rest} more)");
        }
        self.line(&line);
    }
}
