//! AUTH, and what it permits.

use kubefuncs_nsq_proto::{Channel, Topic};

use super::failure::Failure;
use super::session::{Answer, Session};
use crate::auth::{Grant, Question, Standing};
use crate::model::{Authed, Phase};

impl Session {
    pub(super) async fn authenticate(&mut self, words: &[&[u8]]) -> Result<Answer, Failure> {
        if self.phase() != Phase::Init {
            return Err(Failure::state("AUTH"));
        }
        if words.len() != 1 {
            return Err(Failure::fatal(
                "E_INVALID AUTH invalid number of parameters",
            ));
        }
        let secret = self.body("AUTH").await?;
        if self.may_do_something() {
            return Err(Failure::fatal("E_INVALID AUTH already set"));
        }
        if !self.hub.authority.is_needed() {
            return Err(Failure::fatal("E_AUTH_DISABLED AUTH disabled"));
        }
        let grant = self.ask(&secret).await?;
        let answer = answer(&grant);
        self.standing = Some(Standing::new(secret, self.input.counted(), grant));
        if !self.may_do_something() {
            return Err(Failure::fatal(
                "E_UNAUTHORIZED AUTH no authorizations found",
            ));
        }
        Ok(Answer::Json(answer))
    }

    fn may_do_something(&self) -> bool {
        let grant = self.standing.as_ref().map(|standing| &standing.grant);
        grant.is_some_and(|grant| grant.count() > 0)
    }

    /// Whether `verb` is permitted for `channel` of `topic`, or, without a channel, for `topic`. Asks
    /// again when the permission has run out.
    pub(super) async fn authorize(
        &mut self,
        verb: &str,
        topic: &Topic,
        channel: Option<&Channel>,
    ) -> Result<(), Failure> {
        if !self.hub.authority.is_needed() {
            return Ok(());
        }
        let Some(standing) = self.standing.as_ref().filter(|_| self.may_do_something()) else {
            let text = format!("E_AUTH_FIRST AUTH required before {verb}");
            return Err(Failure::fatal(text));
        };
        if standing.is_over() {
            let secret = standing.secret.clone();
            let grant = self.ask(&secret).await?;
            if let Some(standing) = &mut self.standing {
                standing.renew(grant);
            }
        }
        let channel = channel.map(Channel::as_str);
        let grant = self.standing.as_ref().map(|standing| &standing.grant);
        if grant.is_some_and(|grant| grant.allows(topic.as_str(), channel)) {
            return Ok(());
        }
        // Names that are valid need no escapes.
        let channel = channel.unwrap_or_default();
        Err(Failure::fatal(format!(
            "E_UNAUTHORIZED AUTH failed for {verb} on \"{topic}\" \"{channel}\""
        )))
    }

    /// What went wrong is for whoever runs the broker, not for the client.
    async fn ask(&self, secret: &[u8]) -> Result<Grant, Failure> {
        let failed = || Failure::fatal("E_AUTH_FAILED AUTH failed");
        let agreed = self.encrypted.as_ref();
        let question = Question {
            remote: self.remote.ip(),
            tls: agreed.is_some(),
            common_name: agreed.map_or("", |agreed| &agreed.common_name),
            secret,
        };
        let asked = tokio::select! {
            asked = self.hub.authority.ask(question) => asked,
            () = self.input.closed() => return Err(failed()),
        };
        let grant = asked.map_err(|why| {
            tracing::warn!(client = %self.remote, why, "AUTH failed");
            failed()
        })?;
        let authed = Authed {
            identity: grant.identity.clone(),
            identity_url: grant.identity_url.clone(),
            permitted: grant.count() > 0,
        };
        self.tell(|client| client.authed = Some(authed));
        Ok(grant)
    }
}

fn answer(grant: &Grant) -> Vec<u8> {
    let answer = serde_json::json!({
        "identity": grant.identity,
        "identity_url": grant.identity_url,
        "permission_count": grant.count(),
    });
    answer.to_string().into_bytes()
}
