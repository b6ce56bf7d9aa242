//! How a pod of ours finds NSQ, and what it needs to be let in.

use serde_json::{Value, json};

use super::pod::Pod;
use crate::resolve::{Broker, EnvVar};

/// Where the Secrets for NSQ are seen.
const TLS: &str = "/etc/nsq/tls";
const AUTH: &str = "/etc/nsq/auth";

/// The directory, and what connections to brokers need.
pub(super) fn env(broker: &Broker) -> Vec<EnvVar> {
    let mut env = vec![
        EnvVar::literal("NSQ_LOOKUPD_ADDR", &broker.lookupd.host),
        EnvVar::literal("NSQ_LOOKUPD_PORT", &broker.lookupd.port.to_string()),
    ];
    if let Some(tls) = &broker.tls {
        env.push(EnvVar::literal("NSQ_TLS", "true"));
        env.push(EnvVar::literal("NSQ_TLS_CA", &format!("{TLS}/ca.crt")));
        if tls.client_certificate {
            env.push(EnvVar::literal("NSQ_TLS_CERT", &format!("{TLS}/tls.crt")));
            env.push(EnvVar::literal("NSQ_TLS_KEY", &format!("{TLS}/tls.key")));
        }
    }
    if let Some(auth) = &broker.auth {
        let file = format!("{AUTH}/{}", auth.key);
        // The name of a file is no secret, but linters go by the variable's name: it is the
        // runtime's.
        env.push(EnvVar::literal("NSQ_AUTH_SECRET_FILE", &file));
    }
    env
}

/// One broker, for functions that cannot look brokers up.
pub(super) fn fixed(broker: &Broker) -> [EnvVar; 2] {
    [
        EnvVar::literal("NSQ_NSQD_ADDR", &broker.nsqd.host),
        EnvVar::literal("NSQ_NSQD_PORT", &broker.nsqd.port.to_string()),
    ]
}

/// Lets a pod see the Secrets.
pub(super) fn mount(broker: &Broker, pod: &mut Pod) {
    let tls = broker.tls.as_ref().map(|tls| {
        let keys: &[&str] = match tls.client_certificate {
            true => &["ca.crt", "tls.crt", "tls.key"],
            false => &["ca.crt"],
        };
        ("nsq-tls", TLS, &tls.secret, keys.to_vec())
    });
    let auth = broker.auth.as_ref();
    let auth = auth.map(|auth| ("nsq-auth", AUTH, &auth.secret, vec![auth.key.as_str()]));
    for (name, path, secret, keys) in tls.into_iter().chain(auth) {
        let items: Vec<Value> = keys
            .iter()
            .map(|key| json!({"key": key, "path": key}))
            .collect();
        let secret = json!({"secretName": secret, "items": items});
        pod.volumes.push(json!({"name": name, "secret": secret}));
        let mount = json!({"name": name, "mountPath": path, "readOnly": true});
        pod.container.volume_mounts.push(mount);
    }
}
