//! Tables about places: rows for certain kinds and paths, found without looking at all of them.

use std::collections::BTreeMap;

use super::path::{Scope, Step, unescaped};

/// Rows in an order that counts, each for some kinds and a pattern of paths, as [`Scope::is`] and
/// [`Scope::fits`] have them.
#[derive(Debug)]
pub struct Table<R> {
    rows: Vec<(&'static str, &'static str, R)>,
    /// The rows whose patterns end in names, by these.
    named: BTreeMap<String, Vec<usize>>,
    /// All others, with what a key has to begin with for them; empty where it may be any step.
    open: Vec<(String, usize)>,
}

impl<R> Table<R> {
    /// The table of these rows: kinds, pattern, and what it says of such places.
    pub fn new(rows: impl IntoIterator<Item = (&'static str, &'static str, R)>) -> Self {
        let rows: Vec<_> = rows.into_iter().collect();
        let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut open = Vec::new();
        for (at, (_, pattern, _)) in rows.iter().enumerate() {
            let last = pattern.rsplit_once('/').map_or(*pattern, |(_, last)| last);
            if last.is_empty() || last.contains(['*', '[']) {
                let beginning = last.strip_suffix('*').unwrap_or_default();
                let known = !beginning.contains(['*', '[', '|']);
                let beginning = if known { beginning } else { "" };
                open.push((unescaped(beginning), at));
                continue;
            }
            for name in last.split('|') {
                named.entry(unescaped(name)).or_default().push(at);
            }
        }
        Self { rows, named, open }
    }

    /// What the rows say that are about this place, in their order.
    pub fn at<'a>(&'a self, scope: &'a Scope, path: &'a [Step]) -> impl Iterator<Item = &'a R> {
        let key = match path.last() {
            Some(Step::Key(key)) => key.as_str(),
            _ => "",
        };
        let named = self.named.get(key).map_or(&[][..], Vec::as_slice);
        let open = self.open.iter();
        let open = open.filter(move |(beginning, _)| key.starts_with(beginning.as_str()));
        let open = open.map(|(_, at)| *at);
        let rows = merged(named.iter().copied(), open).map(|at| &self.rows[at]);
        let rows = rows.filter(|(kinds, pattern, _)| scope.is(kinds) && scope.fits(pattern, path));
        rows.map(|(_, _, row)| row)
    }
}

/// Two sorted lists as one.
fn merged(
    a: impl Iterator<Item = usize>,
    b: impl Iterator<Item = usize>,
) -> impl Iterator<Item = usize> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(x), Some(y)) if y < x => b.next(),
        (Some(_), _) => a.next(),
        _ => b.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::path::{Scope, Step};
    use super::Table;

    #[test]
    fn rows_come_in_their_order_whether_they_name_their_last_step_or_not() {
        let rows = [
            ("*", "/a/b~1c|d", 0),
            ("*", "/a/*", 1),
            ("Pod", "/a/d", 2),
            ("Job.batch", "/a/d", 3),
            ("*", "/**", 4),
            ("*", "/a/[]", 5),
            ("*", "", 6),
            ("*", "/a/x~1*", 7),
            ("*", "/a/y|z*", 8),
        ];
        let scope = Scope::new("", "Pod", false);
        let table = Table::new(rows);
        let key = |key: &str| Step::Key(key.to_owned());
        for (path, rows) in [
            (vec![key("a"), key("d")], vec![0, 1, 2, 4]),
            (vec![key("a"), key("b/c")], vec![0, 1, 4]),
            (vec![key("a"), key("x")], vec![1, 4]),
            (vec![key("a"), key("x/y")], vec![1, 4, 7]),
            (vec![key("a"), key("zz")], vec![1, 4, 8]),
            (vec![key("d")], vec![4]),
            (vec![key("a"), Step::Item("d".to_owned())], vec![4, 5]),
            (vec![], vec![4, 6]),
        ] {
            assert!(table.at(&scope, &path).copied().eq(rows), "{path:?}");
        }
    }
}
