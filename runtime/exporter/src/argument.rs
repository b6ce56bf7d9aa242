//! Arguments in the query of a request.

/// The value of an argument that stands in a query once, decoded.
pub(crate) fn value(query: &str, name: &str) -> Option<String> {
    let mut found = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    });
    let (value, None) = (found.next()?, found.next()) else {
        return None;
    };
    let mut parts = value.split('%');
    let mut decoded = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        // Names are ASCII: whatever else is encoded is none.
        let byte = u8::from_str_radix(code, 16)
            .ok()
            .filter(u8::is_ascii_graphic)?;
        decoded.push(char::from(byte));
        decoded.push_str(rest);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn arguments_are_read_as_they_were_meant() {
        let read = |query| value(query, "topic");
        assert_eq!(
            read("channel=b&topic=a%23ephemeral").as_deref(),
            Some("a#ephemeral")
        );
        assert_eq!(read("topic=%61.b").as_deref(), Some("a.b"));
        for odd in [
            "",
            "topic",
            "xtopic=a",
            "topic=a&topic=b",
            "topic=%2",
            "topic=%zz",
            "topic=%0a",
            "topic=%ff",
            "topic=%+1",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
