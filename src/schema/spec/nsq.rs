//! NSQ: rendered from this file, or elsewhere.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Kubernetes, SecretKey};
use crate::schema::located::{Located, Text};

/// An NSQ cluster of this application's own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Nsq {
    /// The brokers.
    pub nsqd: Option<Nsqd>,
    /// The directory that consumers find brokers through.
    pub lookupd: Option<Nsqlookupd>,
    /// Whether there is nsqadmin, NSQ's web page. It can delete topics, so nobody in the cluster
    /// reaches it; `kubectl port-forward` does. Default: false.
    pub admin: Option<bool>,
    /// Whether KEDA, in the namespace `keda`, may ask the brokers how deep their queues are.
    /// Default: false, but for functions of the given files with `scaling.queueDepth` and no
    /// exporter to be asked instead.
    pub keda: Option<bool>,
}

/// The brokers: they hold the messages.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Nsqd {
    /// How many. Default: 2.
    #[schemars(range(min = 1, max = 100))]
    pub replicas: Option<u32>,
    /// The volume of each, a Kubernetes quantity. Default: 10Gi.
    pub storage: Option<Located<Text>>,
    /// CPU and memory, as Kubernetes has them.
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub resources: Option<Kubernetes>,
}

/// The directory. Its members know nothing of each other: every broker registers with each.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Nsqlookupd {
    /// How many. Default: 2.
    #[schemars(range(min = 1, max = 10))]
    pub replicas: Option<u32>,
    /// CPU and memory, as Kubernetes has them.
    #[schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub resources: Option<Kubernetes>,
}

/// Where NSQ is when it is not rendered from this file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Broker {
    /// The directory, `host:port`. All addresses of the host are asked.
    pub lookupd: Option<Located<Text>>,
    /// One broker, `host:port`: for functions that cannot look brokers up.
    pub nsqd: Option<Located<Text>>,
    /// `kubefuncs-exporter`, `host:port`, where it is not rendered from the given files: KEDA asks
    /// it for `scaling.queueDepth`, and not NSQ. The one of charts/monitoring is
    /// `kubefuncs-monitoring-exporter.kubefuncs.svc.cluster.local:9117`.
    pub exporter: Option<Located<Text>>,
    /// TLS to the brokers, which is then never done without.
    pub tls: Option<BrokerTls>,
    /// What the brokers want to be shown: a key of a Secret. Wants `tls`.
    pub auth: Option<SecretKey>,
}

/// TLS to the brokers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrokerTls {
    /// The Secret with `ca.crt`, in each application's namespace.
    pub secret: Located<Text>,
    /// Whether the Secret also has `tls.crt` and `tls.key`, a certificate of the client's own.
    /// Default: false.
    pub client_certificate: Option<bool>,
}
