//! Names for objects out of any text.

/// The name nearest to `text` that an object may have: lower-case letters, digits and dashes, a
/// letter first, no dash last, `most` characters at most. Empty where the text has no letter.
#[must_use]
pub fn label(text: &str, most: usize) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = text.chars().map(letter).collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let short: String = name.chars().take(most).collect();
    short.trim_end_matches('-').to_owned()
}
