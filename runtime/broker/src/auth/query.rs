//! What an auth server is asked.

use std::fmt::Write;
use std::net::IpAddr;

/// A client, as far as an auth server is told of it. Has a secret in it, and so no `Debug`.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) remote: IpAddr,
    pub(crate) tls: bool,
    pub(crate) common_name: &'a str,
    pub(crate) secret: &'a [u8],
}

impl Question<'_> {
    /// As part of a URL; its names in order, as Go writes them.
    pub(crate) fn query(&self) -> String {
        let remote = self.remote.to_canonical().to_string();
        let mut query = String::new();
        for (name, value) in [
            ("common_name", self.common_name.as_bytes()),
            ("remote_ip", remote.as_bytes()),
            ("secret", self.secret),
            ("tls", if self.tls { b"true" } else { b"false" }),
        ] {
            let between = if query.is_empty() { "" } else { "&" };
            // Writing to a string cannot fail.
            let _ = write!(query, "{between}{name}=");
            escape(value, &mut query);
        }
        query
    }
}

fn escape(bytes: &[u8], into: &mut String) {
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                into.push(char::from(*byte));
            }
            b' ' => into.push('+'),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(into, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_a_query() {
        let question = Question {
            remote: "::ffff:127.0.0.1".parse().unwrap(),
            tls: true,
            common_name: "a b",
            secret: b"\0&=\xff~/",
        };
        assert_eq!(
            question.query(),
            "common_name=a+b&remote_ip=127.0.0.1&secret=%00%26%3D%FF~%2F&tls=true"
        );
    }
}
