//! The query of a request, as Go reads it.

use kubefuncs_nsq_proto::{Channel, Topic};

use super::reply::Refusal;

/// Names and values, decoded, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// # Errors
    /// 400 `INVALID_REQUEST`.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut pairs = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let pair = (!part.contains(';'))
                .then(|| Some((decode(name)?, decode(value)?)))
                .flatten();
            pairs.push(pair.ok_or(Refusal::new(400, "INVALID_REQUEST"))?);
        }
        Ok(Self(pairs))
    }

    /// The first value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The topic, which has to be there; `invalid` is the code for a bad name.
    pub(super) fn topic(&self, invalid: &'static str) -> Result<Topic, Refusal> {
        let topic = self
            .get("topic")
            .ok_or(Refusal::new(400, "MISSING_ARG_TOPIC"))?;
        Topic::new(topic).map_err(|_| Refusal::new(400, invalid))
    }

    /// Topic and channel, which both have to be there.
    pub(super) fn topic_and_channel(&self) -> Result<(Topic, Channel), Refusal> {
        let topic = self.topic("INVALID_ARG_TOPIC")?;
        let channel = self
            .get("channel")
            .ok_or(Refusal::new(400, "MISSING_ARG_CHANNEL"))?;
        let channel =
            Channel::new(channel).map_err(|_| Refusal::new(400, "INVALID_ARG_CHANNEL"))?;
        Ok((topic, channel))
    }

    /// `true`, `1`, `false` or `0`.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, tail @ ..] = tail else {
                    return None;
                };
                rest = tail;
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                u8::try_from(digit(high)? << 4 | digit(low)?).ok()?
            }
            other => *other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_the_first_one_counts() {
        let query = Query::parse("topic=a%23ephemeral&x=1+2&topic=b&empty").unwrap();
        assert_eq!(query.get("topic"), Some("a#ephemeral"));
        assert_eq!(query.get("x"), Some("1 2"));
        assert_eq!(query.get("empty"), Some(""));
        assert_eq!(query.get("none"), None);
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in ["a=%zz", "a=%2", "a;b=1"] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }
}
