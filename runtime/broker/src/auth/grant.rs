//! What an auth server grants: its answer, read and applied as nsqd does.

use std::time::Duration;

use regex::bytes::{Regex, RegexBuilder};

use crate::json::Fields;

/// How much memory one pattern may take when it is compiled, in bytes.
const MAX_PATTERN: usize = 256 * 1024;

/// Permissions, and whose they are.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// How long they hold.
    pub(crate) ttl: Duration,
    pub(crate) identity: String,
    pub(crate) identity_url: String,
    authorizations: Vec<Authorization>,
}

/// Patterns are found anywhere in a name, unless they say otherwise.
#[derive(Clone, Debug)]
struct Authorization {
    topic: Regex,
    channels: Vec<Regex>,
    publish: bool,
    subscribe: bool,
}

impl Grant {
    /// Reads the JSON of an answer.
    ///
    /// # Errors
    /// What is wrong with it; nothing of it is to be used then.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, String> {
        let answer = Fields::parse(body)?;
        let ttl = u64::try_from(answer.number("ttl")?).ok();
        let ttl = ttl.filter(|seconds| *seconds > 0);
        let authorizations: Vec<Fields> = answer.list("authorizations")?;
        Ok(Self {
            ttl: Duration::from_secs(ttl.ok_or("ttl: expected seconds, more than 0")?),
            identity: answer.text("identity")?,
            identity_url: answer.text("identity_url")?,
            authorizations: authorizations
                .iter()
                .map(Authorization::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// How many sets of permissions there are; without any, AUTH has failed.
    pub(crate) fn count(&self) -> usize {
        self.authorizations.len()
    }

    /// Whether `channel` of `topic` may be subscribed to, or, without one, `topic` published to. A
    /// topic is published to as if its channel had an empty name: one of the channels' patterns has
    /// to match that.
    pub(crate) fn allows(&self, topic: &str, channel: Option<&str>) -> bool {
        self.authorizations
            .iter()
            .any(|authorization| authorization.allows(topic, channel))
    }
}

impl Authorization {
    fn read(fields: &Fields) -> Result<Self, String> {
        let (mut publish, mut subscribe) = (false, false);
        for permission in fields.list::<String>("permissions")? {
            match permission.as_str() {
                "publish" => publish = true,
                "subscribe" => subscribe = true,
                other => return Err(format!("unknown permission {other:?}")),
            }
        }
        let channels: Vec<String> = fields.list("channels")?;
        Ok(Self {
            topic: pattern(&fields.text("topic")?)?,
            channels: channels
                .iter()
                .map(|channel| pattern(channel))
                .collect::<Result<_, _>>()?,
            publish,
            subscribe,
        })
    }

    fn allows(&self, topic: &str, channel: Option<&str>) -> bool {
        let permitted = match channel {
            Some(_) => self.subscribe,
            None => self.publish,
        };
        let name = channel.unwrap_or_default();
        permitted
            && self.topic.is_match(topic.as_bytes())
            && self
                .channels
                .iter()
                .any(|channel| channel.is_match(name.as_bytes()))
    }
}

/// Names are ASCII, and so are Go's classes such as `\w`.
fn pattern(text: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(text)
        .unicode(false)
        .size_limit(MAX_PATTERN)
        .build();
    built.map_err(|error| format!("the pattern {text:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(authorizations: &str) -> Result<Grant, String> {
        let json = format!(r#"{{"ttl": 60, "authorizations": {authorizations}}}"#);
        Grant::parse(json.as_bytes())
    }

    #[test]
    fn a_pattern_counts_wherever_it_is_found() {
        let grant = grant(
            r#"[{"topic": "b", "channels": ["^c", ""], "permissions": ["publish"]},
                {"topic": "^a$", "channels": ["^c"], "permissions": ["subscribe", "publish"]}]"#,
        )
        .unwrap();
        assert_eq!(grant.count(), 2);
        for (topic, channel, allowed) in [
            ("abc", None, true),
            ("abc", Some("c"), false),
            ("a", Some("cd"), true),
            ("a", Some("dc"), false),
            // No pattern of channels matches the empty name.
            ("a", None, false),
            ("x", None, false),
        ] {
            assert_eq!(grant.allows(topic, channel), allowed, "{topic} {channel:?}");
        }
    }

    #[test]
    fn usual_patterns_are_no_trouble() {
        for (pattern, matches) in [
            (r"^[.a-zA-Z0-9_-]{1,64}(#ephemeral)?$", true),
            (r"^\w{1,64}$", true),
            (r"(?i)^ORDERS$", true),
            (r"^(?P<name>ord)[[:alpha:]]+\z", true),
            (r"^\d+$", false),
            (r"^é$", false),
        ] {
            let pattern = serde_json::json!([{
                "topic": pattern, "channels": [".*"], "permissions": ["publish"],
            }]);
            let grant = grant(&pattern.to_string()).unwrap();
            assert_eq!(grant.allows("orders", None), matches, "{pattern}");
        }
    }

    #[test]
    fn without_channels_nothing_is_permitted() {
        for channels in ["[]", "null"] {
            let both = r#""permissions": ["publish", "subscribe"]"#;
            let grant = grant(&format!(r#"[{{"channels": {channels}, {both}}}]"#)).unwrap();
            assert!(!grant.allows("t", None) && !grant.allows("t", Some("c")));
        }
    }

    #[test]
    fn an_answer_is_read_as_go_reads_it() {
        let answer = br#"{"TTL": 5, "Identity": "me", "identity_url": null, "more": [1],
                          "authorizations": [null]}"#;
        let grant = Grant::parse(answer).unwrap();
        assert_eq!((grant.ttl.as_secs(), grant.identity.as_str()), (5, "me"));
        assert_eq!((grant.count(), grant.identity_url.as_str()), (1, ""));
        assert!(!grant.allows("t", None));
        for bad in [
            "",
            "[]",
            "null",
            "{}",
            r#"{"ttl": 0}"#,
            r#"{"ttl": -1}"#,
            r#"{"ttl": 1.5}"#,
            r#"{"ttl": "60"}"#,
            r#"{"ttl": 1} x"#,
            r#"{"ttl": 1, "identity": 1}"#,
        ] {
            assert!(Grant::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_unknown_or_no_pattern_spoils_the_whole_answer() {
        for bad in [
            r#"[{"permissions": ["admin"]}]"#,
            r#"[{"topic": "("}]"#,
            r#"[{"channels": ["["]}]"#,
            r#"[{"channels": [".{1000}{1000}"]}]"#,
            r#"[{"channels": "c"}]"#,
            r#"[1]"#,
            r#"{}"#,
        ] {
            assert!(grant(bad).is_err(), "{bad}");
        }
    }
}
