//! What somebody meant who did not quite write a Kubernetes quantity.

/// The quantity that `text` most likely stands for, if it is not one already.
///
/// Blanks go, letter case is put right, and the `B` of "bytes" goes: `128 Mi` and `128MiB` become
/// `128Mi`, `128MB` becomes `128M`, `1gb` becomes `1G`, `64K` becomes `64k`. A comma is read as
/// the decimal point it is in half of the world. Anything else gets no suggestion.
pub fn corrected(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let split = compact.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','));
    let (number, unit) = compact.split_at(split.unwrap_or(compact.len()));
    let number = number.replace(',', ".");
    let corrected = format!(
        "{}{}",
        is_number(&number).then_some(&number)?,
        suffix(unit)?
    );
    (corrected != text).then_some(corrected)
}

/// Whether `text` is digits with at most one point among or around them.
fn is_number(text: &str) -> bool {
    text.matches('.').count() <= 1 && text.contains(|c: char| c.is_ascii_digit())
}

/// The suffix that Kubernetes has for `unit`.
fn suffix(unit: &str) -> Option<&'static str> {
    // `m` is a thousandth and `M` a million: only these two differ by nothing but case.
    Some(match unit {
        "m" => "m",
        "n" => "n",
        "u" | "µ" => "u",
        _ => match unit.to_ascii_lowercase().as_str() {
            "" | "b" => "",
            "k" | "kb" => "k",
            "m" | "mb" => "M",
            "g" | "gb" => "G",
            "t" | "tb" => "T",
            "p" | "pb" => "P",
            "e" | "eb" => "E",
            "ki" | "kib" => "Ki",
            "mi" | "mib" => "Mi",
            "gi" | "gib" => "Gi",
            "ti" | "tib" => "Ti",
            "pi" | "pib" => "Pi",
            "ei" | "eib" => "Ei",
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::corrected;

    #[test]
    fn common_slips_are_put_right() {
        for (written, meant) in [
            ("128MB", "128M"),
            ("128 Mi", "128Mi"),
            ("128MiB", "128Mi"),
            ("128mi", "128Mi"),
            ("128 mb", "128M"),
            ("1gb", "1G"),
            ("64K", "64k"),
            ("64KI", "64Ki"),
            ("0,5", "0.5"),
            ("100 m", "100m"),
            ("1024b", "1024"),
            ("1.5Gib", "1.5Gi"),
        ] {
            assert_eq!(corrected(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn quantities_and_riddles_get_no_suggestion() {
        for text in [
            "128Mi", "100m", "1", "", "Mi", "lots", "1.2.3", "-1", "1Zi", "12x", "ten",
        ] {
            assert_eq!(corrected(text), None, "{text}");
        }
    }
}
