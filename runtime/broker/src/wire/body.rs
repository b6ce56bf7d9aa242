//! Bodies: a length that is checked, and as many bytes.

use bytes::Bytes;

use super::failure::Failure;
use super::input::Ended;
use super::mpub::Bodies;
use super::session::Session;

/// How nsqd speaks of a body.
#[derive(Clone, Copy)]
struct Words {
    code: &'static str,
    body: &'static str,
    whole: &'static str,
}

/// Of IDENTIFY, AUTH and MPUB.
const PLAIN: Words = Words {
    code: "E_BAD_BODY",
    body: "body",
    whole: "body",
};
/// Of PUB and DPUB.
const MESSAGE: Words = Words {
    code: "E_BAD_MESSAGE",
    body: "message body",
    whole: "message",
};

impl Words {
    fn bad(self, verb: &str, what: impl std::fmt::Display) -> Failure {
        Failure::fatal(format!("{} {verb} {what}", self.code))
    }
}

impl Session {
    /// The body of IDENTIFY or AUTH.
    pub(super) async fn body(&mut self, verb: &str) -> Result<Bytes, Failure> {
        let length = self.body_length(verb).await?;
        self.rest_of(verb, PLAIN, length).await
    }

    /// The length of the body of IDENTIFY, AUTH or MPUB.
    pub(super) async fn body_length(&mut self, verb: &str) -> Result<usize, Failure> {
        let limit = self.hub.config.nsqd.max_body_size;
        self.length_of(verb, PLAIN, limit).await
    }

    /// The body of PUB or DPUB.
    pub(super) async fn message_body(&mut self, verb: &str) -> Result<Bytes, Failure> {
        let limit = self.hub.config.nsqd.max_msg_size;
        let length = self.length_of(verb, MESSAGE, limit).await?;
        self.rest_of(verb, MESSAGE, length).await
    }

    async fn length_of(&mut self, verb: &str, words: Words, limit: u32) -> Result<usize, Failure> {
        let Words { body, whole, .. } = words;
        let length = self.input.length().await;
        let length =
            length.map_err(|Ended| words.bad(verb, format_args!("failed to read {body} size")))?;
        let Some(size) = usize::try_from(length).ok().filter(|size| *size > 0) else {
            return Err(words.bad(verb, format_args!("invalid {body} size {length}")));
        };
        if size > limit as usize {
            return Err(words.bad(verb, format_args!("{whole} too big {length} > {limit}")));
        }
        Ok(size)
    }

    async fn rest_of(&mut self, verb: &str, words: Words, length: usize) -> Result<Bytes, Failure> {
        let body = self.input.body(length).await;
        body.map_err(|Ended| words.bad(verb, format_args!("failed to read {}", words.body)))
    }
}
