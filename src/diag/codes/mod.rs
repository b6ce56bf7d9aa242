//! The registry of codes, one file a family.

pub mod meaning;
pub mod object;
pub mod reading;
pub mod running;
pub mod shape;
pub mod variation;

use super::Code;

/// Every code there is, in the order of their ids.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        reading::ALL,
        shape::ALL,
        meaning::ALL,
        object::ALL,
        running::ALL,
        variation::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_unique_sorted_and_well_formed() {
        let ids: Vec<_> = super::all().map(|code| code.id).collect();
        assert!(
            ids.windows(2).all(|pair| pair[0] < pair[1]),
            "not sorted or twice: {ids:?}"
        );
        for id in ids {
            assert!(
                id.len() == 6 && id.starts_with("KF") && id[2..].parse::<u16>().is_ok(),
                "{id}"
            );
        }
    }

    #[test]
    fn every_code_explains_itself() {
        for code in super::all() {
            assert!(
                !code.title.is_empty() && code.explanation.ends_with('.'),
                "{}",
                code.id
            );
        }
    }
}
