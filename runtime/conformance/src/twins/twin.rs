//! A script on one server.

use std::collections::BTreeMap;

use super::script::TOPICS;
use super::snapshot::Snapshot;
use super::step::{Body, Connection, Step, Which};
use crate::{Event, Message, PATIENCE, Probe, Server};

/// What connections say with AUTH, where that is needed.
pub(super) const SECRET: &str = "script";

/// One server, and the script's connections to it.
pub(super) struct Twin<'a> {
    server: &'a Server,
    /// Makes the script's topics its own.
    suffix: String,
    connections: BTreeMap<Connection, Open>,
    /// By id, the body.
    bodies: BTreeMap<String, String>,
    /// By connection, the ids of all it ever received.
    received: BTreeMap<Connection, Vec<String>>,
}

struct Open {
    probe: Probe,
    subscription: Option<(String, String)>,
    /// Messages that came while an answer was awaited.
    early: Vec<Message>,
    /// All messages of this connection so far.
    messages: i64,
}

impl<'a> Twin<'a> {
    pub(super) fn new(server: &'a Server, number: u64) -> Twin<'a> {
        Twin {
            server,
            suffix: format!(".s{number}"),
            connections: BTreeMap::new(),
            bodies: BTreeMap::new(),
            received: BTreeMap::new(),
        }
    }

    /// Does a step, and returns what was answered.
    pub(super) fn run(&mut self, step: &Step) -> Vec<String> {
        match step {
            Step::Asked(connection, line, body) => {
                let line = self.own(line);
                let open = self.open(*connection);
                match body {
                    Some(Body::Bytes(body)) => open.probe.command(&line, body),
                    Some(Body::Raw(bytes)) => {
                        open.probe.send(&[line.as_bytes(), b"\n", bytes].concat());
                    }
                    None => open.probe.line(&line),
                }
                vec![self.answer(*connection)]
            }
            Step::Told(connection, line) => self.settle(*connection, line),
            Step::Subscribe(connection, topic, ephemeral) => {
                let topic = self.own(topic);
                let channel = format!(
                    "c{connection}{}",
                    if *ephemeral { "#ephemeral" } else { "" }
                );
                let open = self.open(*connection);
                open.probe.line(&format!("SUB {topic} {channel}"));
                let answer = self.answer(*connection);
                if answer == "OK" {
                    self.open(*connection).subscription = Some((topic, channel));
                }
                vec![answer]
            }
            Step::Answer(connection, verb, which, rest) => {
                let id = self.id(*connection, *which);
                let line = format!("{verb} {id}{rest}");
                self.settle(*connection, &line)
            }
            Step::Drop(connection) => {
                self.connections.remove(connection);
                Vec::new()
            }
            Step::Post(path, body) => vec![self.post(path, body)],
            Step::Delete(topic, connection) => self.delete(topic, *connection),
        }
    }

    /// Gives the script's topics in a line or path a name of their own.
    fn own(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (before, sign) in [(' ', "#"), ('=', "%23")] {
            for topic in ["a", "b"] {
                let (from, to) = (
                    format!("{before}{topic}"),
                    format!("{before}{topic}{}", self.suffix),
                );
                let ends = |at: usize| {
                    let rest = &line[at + from.len()..];
                    rest.is_empty() || rest.starts_with(' ') || rest.starts_with('&')
                };
                if let Some(at) = line.find(&from).filter(|at| ends(*at)) {
                    line.replace_range(at..at + from.len(), &to);
                }
            }
            let (from, to) = (
                format!("e{sign}ephemeral"),
                format!("e{}{sign}ephemeral", self.suffix),
            );
            line = line.replace(&from, &to);
        }
        if matches!(line.as_str(), "a" | "b") {
            line.push_str(&self.suffix);
        }
        line
    }

    fn open(&mut self, connection: Connection) -> &mut Open {
        let server = self.server;
        self.connections.entry(connection).or_insert_with(|| {
            // Messages do not wait for a tick, so that scripts are quick.
            let unbuffered = serde_json::json!({"output_buffer_size": -1});
            Open {
                probe: server.probe(unbuffered, SECRET),
                subscription: None,
                early: Vec::new(),
                messages: 0,
            }
        })
    }

    /// The next answer; after an error that is fatal, also how the connection was closed.
    fn answer(&mut self, connection: Connection) -> String {
        let open = self.open(connection);
        let text = loop {
            match open.probe.event(PATIENCE) {
                None => return "silence".to_owned(),
                Some(Event::Message(message)) => open.early.push(message),
                Some(Event::Response(text)) => return text,
                Some(Event::Error(text)) => break text,
                Some(Event::Closed(end)) => {
                    self.connections.remove(&connection);
                    return format!("{end:?}");
                }
            }
        };
        let text = self.named(&text);
        let goes_on = ["E_FIN_FAILED", "E_REQ_FAILED", "E_TOUCH_FAILED"];
        if goes_on.iter().any(|word| text.starts_with(word)) {
            return text;
        }
        format!("{text}, then {}", self.end(connection))
    }

    /// How a connection ends. Messages before that may be lost on the way, and are not compared.
    fn end(&mut self, connection: Connection) -> String {
        let Some(mut open) = self.connections.remove(&connection) else {
            return "closed".to_owned();
        };
        loop {
            match open.probe.arrives() {
                Event::Message(_) => {}
                other => return format!("{other:?}"),
            }
        }
    }

    /// Sends a line and waits until it has been executed; the errors until then.
    fn settle(&mut self, connection: Connection, line: &str) -> Vec<String> {
        // In one write: what follows a fatal error is then read with it, and no reset is due.
        let barrier = b"\nPUB barrier\n\0\0\0\x01x";
        self.open(connection)
            .probe
            .send(&[line.as_bytes(), barrier].concat());
        let mut answers = Vec::new();
        loop {
            let answer = self.answer(connection);
            let more = answer != "OK" && self.connections.contains_key(&connection);
            answers.push(answer);
            if !more {
                return answers;
            }
        }
    }

    fn id(&self, connection: Connection, which: Which) -> String {
        let received = |connection: Connection, back: usize| {
            let ids = self.received.get(&connection)?;
            ids.len().checked_sub(back + 1).map(|at| ids[at].clone())
        };
        let unknown = || "0123456789abcdef".to_owned();
        match which {
            Which::Received(back) => received(connection, back).unwrap_or_else(unknown),
            Which::Others(other) => received(other, 0).unwrap_or_else(unknown),
            Which::Unknown => unknown(),
            Which::Short => "short".to_owned(),
        }
    }

    /// A text with bodies for ids.
    fn named(&self, text: &str) -> String {
        let words = text
            .split(' ')
            .map(|word| self.bodies.get(word).map_or(word, String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }

    fn post(&self, path: &str, body: &[u8]) -> String {
        let response = self.server.post(&self.own(path), body);
        format!("{} {}", response.status, response.text())
    }

    fn delete(&mut self, topic: &str, only: Option<Connection>) -> Vec<String> {
        let own = self.own(topic);
        let encoded = own.replace('#', "%23");
        let path = match only {
            Some(connection) => format!("/channel/delete?topic={encoded}&channel=c{connection}"),
            None => format!("/topic/delete?topic={encoded}"),
        };
        let response = self.server.post(&path, b"");
        let mut seen = vec![format!("{} {}", response.status, response.text())];
        let is_cut = |open: &Open| {
            open.subscription.as_ref().is_some_and(|(topic, channel)| {
                *topic == own && only.is_none_or(|connection| *channel == format!("c{connection}"))
            })
        };
        let cut: Vec<Connection> = self
            .connections
            .iter()
            .filter(|(_, open)| is_cut(open))
            .map(|(connection, _)| *connection)
            .collect();
        for connection in cut {
            seen.push(format!("{connection}: {}", self.end(connection)));
        }
        seen
    }

    /// Deletes the script's topics.
    pub(super) fn clean_up(&mut self) {
        self.connections.clear();
        for topic in TOPICS {
            self.post(
                &format!("/topic/delete?topic={}", topic.replace('#', "%23")),
                b"",
            );
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot::new(&self.server.stats(""), &self.suffix)
    }

    /// How many subscribed connections are open.
    pub(super) fn consumers(&self) -> usize {
        self.connections
            .values()
            .filter(|open| open.subscription.is_some())
            .count()
    }

    /// Reads what each consumer was sent by `shown`.
    pub(super) fn delivered(&mut self, shown: &Snapshot) -> Vec<String> {
        let mut seen = Vec::new();
        for (connection, open) in &mut self.connections {
            let mut messages = std::mem::take(&mut open.early);
            if let Some((topic, channel)) = &open.subscription {
                let sent = shown.sent(topic, channel);
                while open.messages + (messages.len() as i64) < sent {
                    match open.probe.event(PATIENCE) {
                        Some(Event::Message(message)) => messages.push(message),
                        other => panic!("instead of a message: {other:?}"),
                    }
                }
            }
            open.messages += messages.len() as i64;
            for message in messages {
                seen.push(format!(
                    "{connection}: {} #{}",
                    message.text(),
                    message.attempts
                ));
                let ids = self.received.entry(*connection).or_default();
                ids.push(message.id.clone());
                self.bodies.insert(message.id.clone(), message.text());
            }
        }
        seen
    }
}
