//! The embedded broker, or the nsqd that is used instead.

use kubefuncs::{Address, Config};
use kubefuncs_broker::{Broker, BrokerConfig};

use crate::args::Args;
use crate::listen;

/// Where functions and gateway find their broker.
#[derive(Debug)]
pub(crate) enum Brokers {
    /// One of our own, with a directory beside it.
    Embedded {
        /// The running broker.
        broker: Box<Broker>,
        /// The NSQ protocol.
        nsqd: Address,
        /// The directory.
        lookupd: Address,
    },
    /// Somebody else's nsqd.
    Foreign(Address),
}

impl Brokers {
    /// Starts the broker, unless another is named.
    ///
    /// # Errors
    /// An address that cannot be listened on, for people.
    pub(crate) async fn start(args: &Args) -> Result<Self, String> {
        if let Some(nsqd) = &args.nsqd {
            return Ok(Self::Foreign(nsqd.clone()));
        }
        let config = BrokerConfig {
            tcp: listen::address("--broker", &args.broker).await?,
            http: listen::address("--broker-http", &args.broker_http).await?,
            lookupd_http: Some(listen::address("--lookupd-http", &args.lookupd_http).await?),
            ..BrokerConfig::default()
        };
        let broker = Broker::start(config)
            .await
            .map_err(|error| format!("cannot start the broker: {error}"))?;
        let addresses = broker.addresses();
        let lookupd = addresses
            .lookupd_http
            .ok_or("the broker has no directory")?;
        Ok(Self::Embedded {
            nsqd: addresses.tcp.into(),
            lookupd: lookupd.into(),
            broker: Box::new(broker),
        })
    }

    /// What is told about it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Embedded {
                broker,
                nsqd,
                lookupd,
            } => {
                let http = broker.addresses().http;
                format!("broker: nsqd {nsqd} (HTTP {http}), nsqlookupd {lookupd}")
            }
            Self::Foreign(nsqd) => format!("broker: nsqd {nsqd}, which is not ours"),
        }
    }

    /// The variables by which a process finds it.
    pub(crate) fn env(&self) -> impl Iterator<Item = (&'static str, String)> {
        let pair = |host, port, address: &Address| {
            [
                (host, address.host().to_owned()),
                (port, address.port().to_string()),
            ]
        };
        let (nsqd, lookupd) = match self {
            Self::Embedded { nsqd, lookupd, .. } => (nsqd, Some(lookupd)),
            Self::Foreign(nsqd) => (nsqd, None),
        };
        let fixed = pair("NSQ_NSQD_ADDR", "NSQ_NSQD_PORT", nsqd);
        let looked_up =
            lookupd.map(|address| pair("NSQ_LOOKUPD_ADDR", "NSQ_LOOKUPD_PORT", address));
        fixed.into_iter().chain(looked_up.into_iter().flatten())
    }

    /// The configuration of a client that finds it.
    ///
    /// # Errors
    /// What the client does not take.
    pub(crate) fn config(&self) -> Result<Config, String> {
        Config::from_vars(self.env()).map_err(|error| error.to_string())
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        if let Self::Embedded { broker, .. } = self {
            broker.stop().await;
        }
    }
}
