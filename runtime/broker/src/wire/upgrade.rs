//! IDENTIFY, and the layers that it puts over a connection.

use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use kubefuncs_nsq_proto::compress::{Decoder, Encoder};

use super::failure::Failure;
use super::identify::Wanted;
use super::layers::{Coding, Layers, reply};
use super::output::Output;
use super::session::{Answer, Session};
use super::socket::Shared;
use super::stream;
use crate::model::{Client, Phase};

/// How long nsqd waits for a client's half of a handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

impl Session {
    pub(super) async fn identify(&mut self) -> Result<Answer, Failure> {
        if self.phase() != Phase::Init {
            return Err(Failure::state("IDENTIFY"));
        }
        let body = self.body("IDENTIFY").await?;
        let wanted = Wanted::parse(&body).map_err(|why| {
            tracing::debug!(client = %self.remote, why, "IDENTIFY cannot be read");
            Failure::fatal("E_BAD_BODY IDENTIFY failed to decode JSON body")
        })?;
        let changed = self.terms.change(&wanted, &self.hub.config.nsqd);
        changed.map_err(|what| Failure::fatal(format!("E_BAD_BODY IDENTIFY {what}")))?;
        {
            let mut output = self.output.lock().await;
            output.limit = self.terms.heartbeat;
            // A failure shows itself with the answer.
            let _ = output.resize(self.terms.buffer_size).await;
        }
        self.introduced = self.input.counted();
        let sample_rate = self.terms.sample_rate;
        self.tell(|client| {
            client.client_id.clone_from(&wanted.client_id);
            client.hostname.clone_from(&wanted.hostname);
            client.user_agent.clone_from(&wanted.user_agent);
            client.sample_rate = sample_rate;
        });
        if let Some(pump) = self.identified.take() {
            // A pump that has failed listens no more.
            let _ = pump.send(self.terms);
        }
        if !wanted.feature_negotiation {
            return Ok(Answer::Ok);
        }
        let options = &self.hub.config.nsqd;
        let layers = Layers::agree(&wanted, options, self.hub.tls.is_some());
        let layers = layers.map_err(failed)?;
        let auth_required = self.hub.authority.is_needed();
        let json = reply(&self.terms, &layers, auth_required, options);
        if !layers.tls && layers.coding.is_none() {
            return Ok(Answer::Json(json));
        }
        let upgraded = self.upgrade(&json, layers).await;
        upgraded.map_err(|error| failed(format_args!("IDENTIFY failed {error}")))?;
        Ok(Answer::Nothing)
    }

    /// Nothing else is sent in between. What goes wrong is said in the layer before, as by nsqd:
    /// a handshake that has failed is told in clear.
    async fn upgrade(&mut self, json: &[u8], layers: Layers) -> io::Result<()> {
        let output = Arc::clone(&self.output);
        let mut output = output.lock().await;
        output.response(json).await?;
        if layers.tls {
            self.encrypt(&mut output).await?;
            output.response(b"OK").await?;
        }
        if let Some(coding) = layers.coding {
            self.compress(&mut output, coding, layers.deflate_level);
            output.response(b"OK").await?;
        }
        Ok(())
    }

    /// TLS begins anew on the bare connection, even where there was TLS already.
    async fn encrypt(&mut self, output: &mut Output) -> io::Result<()> {
        let tls = self.hub.tls.clone().ok_or(io::ErrorKind::Unsupported)?;
        self.hub.gate.pass().await;
        let below = Shared(Arc::clone(&self.socket));
        let (stream, agreed) = tokio::select! {
            done = tls.accept(below, HANDSHAKE_LIMIT) => done?,
            () = self.input.closed() => return Err(io::ErrorKind::ConnectionAborted.into()),
        };
        let (incoming, outgoing) = stream::split(stream);
        self.input.replace(incoming);
        output.replace(outgoing);
        let encryption = agreed.encryption.clone();
        self.tell(|client| client.tls = Some(encryption));
        self.encrypted = Some(agreed);
        Ok(())
    }

    fn compress(&mut self, output: &mut Output, coding: Coding, deflate_level: u32) {
        let (encoder, decoder) = match coding {
            Coding::Snappy => (Encoder::snappy(), Decoder::snappy()),
            Coding::Deflate => (Encoder::deflate(deflate_level), Decoder::deflate()),
        };
        self.input.decompress(decoder);
        output.compress(encoder);
        self.tell(|client| match coding {
            Coding::Snappy => client.snappy = true,
            Coding::Deflate => client.deflate = true,
        });
    }

    /// Changes what is known of this client.
    pub(super) fn tell(&self, change: impl FnOnce(&mut Client)) {
        self.hub.with(|nsqd, _| {
            if let Some(client) = nsqd.client_mut(self.id) {
                change(client);
            }
        });
    }
}

fn failed(what: impl Display) -> Failure {
    Failure::fatal(format!("E_IDENTIFY_FAILED {what}"))
}
