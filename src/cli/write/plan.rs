//! What to do to a directory, and in which order.
//!
//! The order makes a stop at any point harmless. First the inventory names all that is and will
//! be ours; then the objects are written; then `kustomization.yaml`, when all that it names is
//! there; then what it no longer names goes; last the inventory forgets it. So
//! `kustomization.yaml` never names a missing file, and whatever was left half done is known to
//! be ours by the next run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Refusal;
use super::guard;
use super::inventory::{self, Inventory, hash};

/// The list of the objects, in the order in which they are applied.
pub(super) const KUSTOMIZATION: &str = "kustomization.yaml";

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Nothing.
    Absent,
    /// A file: the hash of its content, line endings aside, and whether it is these very bytes.
    File { hash: String, same: bool },
    /// A link, a directory, a device.
    Other,
}

/// A directory as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Existing {
    /// The text of its inventory, if it has one.
    pub(super) inventory: Option<String>,
    /// What stands under each name of the inventory and of what is to be written.
    pub(super) entries: BTreeMap<String, Entry>,
    /// The directory, as messages name it.
    pub(super) place: PathBuf,
}

/// What the flags allow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allow {
    /// Dropping more than a fifth of the objects.
    pub(super) removals: bool,
    /// Writing over what was edited by hand.
    pub(super) edited: bool,
}

/// One change to a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// This file has this text, all at once.
    Write(String, String),
    /// This file is gone.
    Remove(String),
}

/// The steps, and what is worth saying though it stops nothing.
pub(super) type Plan = (Vec<Step>, Vec<String>);

/// Decides what to do so that `existing` holds exactly `wanted` of ours, `kustomization.yaml`
/// being one of them.
///
/// # Errors
/// A file that was edited by hand, that is not ours, or is no file; too much that would go.
pub(super) fn plan(
    existing: &Existing,
    wanted: &BTreeMap<String, String>,
    allow: Allow,
) -> Result<Plan, Refusal> {
    let text = existing.inventory.as_deref().unwrap_or_default();
    let (old, strange) = Inventory::parse(text);
    let shown = |name: &str| existing.place.join(name).display().to_string();
    let mut warnings: Vec<String> = strange
        .iter()
        .map(|line| {
            format!(
                "{}: left alone what this line names: {line}",
                shown(inventory::NAME)
            )
        })
        .collect();
    let mut refused = Vec::new();
    let mut new = Inventory::default();
    let mut writes = Vec::new();
    for (name, content) in wanted {
        new.add(name, hash(content.as_bytes()));
        match judge(existing, &old, name, Some(content), allow) {
            Verdict::Same => {}
            Verdict::Ours | Verdict::Absent => {
                writes.push(Step::Write(name.clone(), content.clone()));
            }
            Verdict::Refused(why) => refused.push(format!("{} {why}", shown(name))),
        }
    }
    let mut removals = Vec::new();
    let mut before = 0;
    for name in old.names() {
        let gone = !wanted.contains_key(name);
        match judge(existing, &old, name, None, allow) {
            Verdict::Absent => continue,
            Verdict::Ours | Verdict::Same if gone => removals.push(name.to_owned()),
            Verdict::Refused(why) if gone => {
                // What is no file is not what we wrote, so it is not ours to remove.
                if existing.entries.get(name) == Some(&Entry::Other) {
                    warnings.push(format!("{} is no longer ours: left alone", shown(name)));
                } else {
                    refused.push(format!("{} {why}", shown(name)));
                }
            }
            _ => {}
        }
        before += usize::from(name != KUSTOMIZATION);
    }
    if !refused.is_empty() {
        refused.push("nothing was written".to_owned());
        return Err(Refusal(refused));
    }
    guard::removals(before, &removals, allow.removals)?;
    Ok((steps(existing, &old, &new, writes, removals), warnings))
}

fn steps(
    existing: &Existing,
    old: &Inventory,
    new: &Inventory,
    writes: Vec<Step>,
    removals: Vec<String>,
) -> Vec<Step> {
    let inventory =
        |inventory: &Inventory| Step::Write(inventory::NAME.to_owned(), inventory.text());
    let mut steps = Vec::new();
    if !writes.is_empty() || !removals.is_empty() {
        let mut both = old.clone();
        both.absorb(new);
        if existing.inventory.as_deref() != Some(&both.text()) {
            steps.push(inventory(&both));
        }
    }
    let is_list = |step: &Step| matches!(step, Step::Write(name, _) if name == KUSTOMIZATION);
    let (list, objects): (Vec<_>, Vec<_>) = writes.into_iter().partition(is_list);
    steps.extend(objects);
    steps.extend(list);
    steps.extend(removals.into_iter().map(Step::Remove));
    let last = steps.iter().find_map(|step| match step {
        Step::Write(name, text) if name == inventory::NAME => Some(text.as_str()),
        _ => None,
    });
    if last.or(existing.inventory.as_deref()) != Some(&new.text()) {
        steps.push(inventory(new));
    }
    steps
}

enum Verdict {
    Absent,
    /// It holds already what is wanted.
    Same,
    /// It holds what we wrote.
    Ours,
    Refused(&'static str),
}

fn judge(
    existing: &Existing,
    old: &Inventory,
    name: &str,
    content: Option<&str>,
    allow: Allow,
) -> Verdict {
    match existing.entries.get(name) {
        None | Some(Entry::Absent) => Verdict::Absent,
        Some(Entry::Other) => Verdict::Refused("is a link or no file: move it away"),
        Some(Entry::File { same: true, .. }) if content.is_some() => Verdict::Same,
        Some(Entry::File { hash: found, .. }) => {
            // A checkout that changed only line endings is put right in silence.
            let wanted = content.is_some_and(|content| hash(content.as_bytes()) == *found);
            match old.hashes(name) {
                _ if wanted => Verdict::Ours,
                None => Verdict::Refused("is not ours: move it away, or write elsewhere"),
                Some(hashes) if hashes.contains(found) || allow.edited => Verdict::Ours,
                Some(_) => Verdict::Refused(
                    "was edited by hand: change the input instead, or give --overwrite-edited",
                ),
            }
        }
    }
}
