//! Text from a manifest, made harmless to whoever shows it.

/// Characters that a terminal obeys, or that make a line look other than it is, as escapes.
#[must_use]
pub fn visible(text: &str) -> String {
    if !text.chars().any(obeyed) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// A span of Markdown code: nothing in it is markup, a mention or a column of a table.
pub(super) fn markdown_code(text: &str) -> String {
    let text = visible(text).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A text within Markdown or its HTML, of which nothing is markup.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        // Everything that Markdown, a table or a mention could be made of.
        if c.is_ascii_alphanumeric() || " -./:,;()→…".contains(c) || !c.is_ascii() {
            out.push(c);
        } else {
            out.push_str(&format!("&#{};", u32::from(c)));
        }
    }
    // Nor is an address to become a link.
    out.replace("://", ":&#47;&#47;")
        .replace("www.", "www&#46;")
}

/// A fence that nothing in the text ends.
pub(super) fn fence(text: &str) -> String {
    "`".repeat((longest_run(text) + 1).max(3))
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// The message of a workflow command.
pub(super) fn command_data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
pub(super) fn command_property(text: &str) -> String {
    let text = command_data(&visible(text));
    text.replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{command_property, fence, html, markdown_code, visible};

    #[test]
    fn nothing_gets_out() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b"), "a\\u{1b}[31m\\u{202e}b");
        assert_eq!(markdown_code("a`|`b"), "``a`\\|`b``");
        assert_eq!(markdown_code("`"), "`` ` ``");
        assert_eq!(fence("x ```` y"), "`````");
        assert_eq!(
            html("<b>*@me*</b>"),
            "&#60;b&#62;&#42;&#64;me&#42;&#60;/b&#62;"
        );
        assert_eq!(command_property("a::b,c\n%"), "a%3A%3Ab%2Cc\\u{a}%25");
    }
}
