//! What is to be sent: an argument, or standard input.

use std::io::Read;

use bytes::Bytes;
use clap::Args as ClapArgs;

use crate::exit::Failure;

/// What is to be sent
#[derive(Debug, ClapArgs)]
pub(crate) struct Body {
    /// What it carries; `-` reads standard input [default: nothing]
    #[arg(value_name = "BODY")]
    body: Option<String>,

    /// Send a BODY of `-` itself, and read nothing
    #[arg(long)]
    literal: bool,
}

impl Body {
    /// Reads it: the argument's bytes, standard input for `-`, nothing where there is none. Never
    /// more than `limit` bytes, the largest message that brokers take.
    pub(crate) fn read(&self, limit: usize) -> Result<Bytes, Failure> {
        let body = match self.body.as_deref() {
            None => Bytes::new(),
            Some("-") if !self.literal => standard_input(limit)
                .map_err(|error| Failure::unreachable(format!("cannot read the body: {error}")))?,
            Some(text) => Bytes::copy_from_slice(text.as_bytes()),
        };
        if body.len() > limit {
            return Err(Failure::unreachable(format!(
                "the body has more than {limit} bytes, which is all that brokers take: \
                 KUBEFUNCS_MAX_MESSAGE says so"
            )));
        }
        Ok(body)
    }
}

/// One byte more than is allowed is enough to know that it is too much.
fn standard_input(limit: usize) -> std::io::Result<Bytes> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)?;
    Ok(bytes.into())
}
