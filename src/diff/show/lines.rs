//! Lines that differ between two texts. Where there are too many, their number is all that is
//! said: a limit of time would give another answer on another machine.

use std::fmt;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// More lines than this, between the first and the last that differ, are not compared.
const MOST_LINES: usize = 40_000;
/// Nor are more bytes.
const MOST_BYTES: usize = 2 << 20;

/// A line of either text or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// `+`, `-`, or a blank for a line of both.
    pub(super) mark: char,
    /// The line without its line break.
    pub(super) text: String,
}

impl Line {
    pub(super) fn differs(&self) -> bool {
        self.mark != ' '
    }
}

/// Lines that belong together, with those around them.
#[derive(Clone, Debug)]
pub(super) struct Hunk {
    /// First line (from 1) and number of lines, before and after.
    pub(super) place: [(usize, usize); 2],
    pub(super) lines: Vec<Line>,
}

/// Too much differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge {
    lines: (usize, usize),
    bytes: (usize, usize),
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, bytes } = self;
        write!(
            f,
            "{} lines ({} bytes) replaced by {} lines ({} bytes): too many to compare",
            lines.0, bytes.0, lines.1, bytes.1
        )
    }
}

/// The lines that differ, with `context` lines around them.
pub(super) fn differing(old: &str, new: &str, context: usize) -> Result<Vec<Line>, TooLarge> {
    let hunks = hunks(old, new, context)?;
    Ok(hunks.into_iter().flat_map(|hunk| hunk.lines).collect())
}

/// The same, by hunk.
pub(super) fn hunks(old: &str, new: &str, context: usize) -> Result<Vec<Hunk>, TooLarge> {
    let (old, new): (Vec<&str>, Vec<&str>) = (split(old), split(new));
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let backwards = old.iter().rev().zip(new.iter().rev());
    let end = backwards.take(rest).take_while(|(a, b)| a == b).count();
    let (from, to) = (&old[start..old.len() - end], &new[start..new.len() - end]);

    let bytes = |lines: &[&str]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
    let size = TooLarge {
        lines: (from.len(), to.len()),
        bytes: (bytes(from), bytes(to)),
    };
    if from.len() + to.len() > MOST_LINES || size.bytes.0 + size.bytes.1 > MOST_BYTES {
        return Err(size);
    }
    let mut ops = Vec::new();
    if start > 0 {
        ops.push(DiffOp::Equal {
            old_index: 0,
            new_index: 0,
            len: start,
        });
    }
    let middle = capture_diff_slices(Algorithm::Myers, from, to);
    ops.extend(middle.into_iter().map(|op| shifted(op, start)));
    if end > 0 {
        ops.push(DiffOp::Equal {
            old_index: old.len() - end,
            new_index: new.len() - end,
            len: end,
        });
    }
    let groups = group_diff_ops(ops, context);
    Ok(groups.iter().map(|ops| hunk(ops, &old, &new)).collect())
}

/// Without the line break, so that a last line that lacks one is not another line.
fn split(text: &str) -> Vec<&str> {
    text.split_terminator('\n').collect()
}

fn shifted(mut op: DiffOp, by: usize) -> DiffOp {
    match &mut op {
        DiffOp::Equal {
            old_index,
            new_index,
            ..
        }
        | DiffOp::Delete {
            old_index,
            new_index,
            ..
        }
        | DiffOp::Insert {
            old_index,
            new_index,
            ..
        }
        | DiffOp::Replace {
            old_index,
            new_index,
            ..
        } => {
            *old_index += by;
            *new_index += by;
        }
    }
    op
}

fn hunk(ops: &[DiffOp], old: &[&str], new: &[&str]) -> Hunk {
    let mut lines = Vec::new();
    let mut push = |mark, texts: &[&str]| {
        lines.extend(texts.iter().map(|text| Line {
            mark,
            text: (*text).to_owned(),
        }));
    };
    for op in ops {
        match op {
            DiffOp::Equal { .. } => push(' ', &old[op.old_range()]),
            _ => {
                push('-', &old[op.old_range()]);
                push('+', &new[op.new_range()]);
            }
        }
    }
    let (first, last) = (ops.first(), ops.last());
    let place = |range: fn(&DiffOp) -> std::ops::Range<usize>| {
        let start = first.map_or(0, |op| range(op).start);
        let end = last.map_or(0, |op| range(op).end);
        let count = end - start;
        // As `diff -u` has it: a range of no lines is named by the line before it.
        (if count == 0 { start } else { start + 1 }, count)
    };
    let place = [place(|op| op.old_range()), place(|op| op.new_range())];
    Hunk { place, lines }
}
