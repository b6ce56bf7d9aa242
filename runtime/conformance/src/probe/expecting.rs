//! What has to come.

use std::time::Duration;

use super::Probe;
use crate::{End, Event, Message, PATIENCE};

impl Probe {
    /// What comes next, which has to be soon.
    #[track_caller]
    pub fn arrives(&mut self) -> Event {
        self.event(PATIENCE).expect("something from the server")
    }

    /// The next frame, which is a response.
    #[track_caller]
    pub fn response(&mut self) -> String {
        match self.arrives() {
            Event::Response(text) => text,
            other => panic!("instead of a response: {other:?}"),
        }
    }

    /// The next frame, which is `OK`.
    #[track_caller]
    pub fn ok(&mut self) {
        assert_eq!(self.arrives(), Event::Response("OK".to_owned()));
    }

    /// The next frame, which is a message.
    #[track_caller]
    pub fn message(&mut self) -> Message {
        match self.arrives() {
            Event::Message(message) => message,
            other => panic!("instead of a message: {other:?}"),
        }
    }

    /// The next `count` frames, which are messages.
    #[track_caller]
    pub fn messages(&mut self, count: usize) -> Vec<Message> {
        (0..count).map(|_| self.message()).collect()
    }

    /// The next frame, which is an error with this first word; its whole text.
    #[track_caller]
    pub fn error(&mut self, word: &str) -> String {
        match self.arrives() {
            Event::Error(text) => {
                assert_eq!(text.split(' ').next(), Some(word), "{text}");
                text
            }
            other => panic!("instead of {word}: {other:?}"),
        }
    }

    /// An error with this first word, then the end, whichever way.
    #[track_caller]
    pub fn fatal(&mut self, word: &str) -> (String, End) {
        let text = self.error(word);
        (text, self.end())
    }

    /// The end of the connection, with nothing before it.
    #[track_caller]
    pub fn end(&mut self) -> End {
        match self.arrives() {
            Event::Closed(end) => end,
            other => panic!("instead of the end: {other:?}"),
        }
    }

    /// Nothing comes for this long.
    #[track_caller]
    pub fn silence(&mut self, span: Duration) {
        let event = self.event(span);
        assert_eq!(event, None, "instead of silence");
    }

    /// Everything sent before has been executed: a PUB to another topic is answered after it. Only
    /// where nothing else may come.
    #[track_caller]
    pub fn settle(&mut self) {
        self.publish("settled", b"x");
    }
}
