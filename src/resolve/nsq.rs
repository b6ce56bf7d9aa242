//! NSQ: what is rendered of it, and where everybody finds it.

use super::resources::Usual;
use super::{ImageRef, Resources, SecretKey, image, names, resources, route};
use crate::diag::codes::shape::{BAD_FORMAT, MISSING_KEY};
use crate::diag::{Diagnostic, Report};
use crate::schema::spec;
use crate::schema::{Located, Text, fault};
use crate::source::Span;

/// The image with nsqd and nsqlookupd where none is named.
pub(super) const IMAGE: &str = "nsqio/nsq:v1.3.0";

/// What a broker requests that says nothing. Its memory queue, 2,000 messages a topic and channel
/// (`plan::nsq`), has to fit.
const NSQD: Usual = Usual {
    cpu: "250m",
    memory: "512Mi",
    memory_limit: "512Mi",
};

/// What a directory requests that says nothing.
const LOOKUPD: Usual = Usual {
    cpu: "50m",
    memory: "64Mi",
    memory_limit: "128Mi",
};

/// What nsqadmin requests.
const ADMIN: Usual = Usual {
    cpu: "50m",
    memory: "64Mi",
    memory_limit: "128Mi",
};

/// The application and namespace of `charts/nsq`, which is where NSQ is unless a file says
/// otherwise.
const CHART: (&str, &str) = ("kubefuncs-nsq", "kubefuncs");

/// An NSQ cluster.
#[derive(Clone, Debug)]
pub struct Nsq {
    /// Where it is written.
    pub span: Span,
    /// The image of both programs.
    pub image: ImageRef,
    /// The brokers.
    pub nsqd: Nsqd,
    /// The directory.
    pub lookupd: Nsqlookupd,
    /// nsqadmin, if there is one.
    pub admin: Option<Nsqadmin>,
    /// Whether KEDA may ask the brokers.
    pub keda: bool,
}

/// NSQ's web page.
#[derive(Clone, Debug)]
pub struct Nsqadmin {
    /// `<app>-nsqadmin`: the name of its objects.
    pub object: String,
    /// CPU and memory.
    pub resources: Resources,
}

/// The brokers.
#[derive(Clone, Debug)]
pub struct Nsqd {
    /// `<app>-nsqd`: the name of their objects.
    pub object: String,
    /// How many.
    pub replicas: u32,
    /// The volume of each, a Kubernetes quantity.
    pub storage: String,
    /// CPU and memory.
    pub resources: Resources,
}

/// The directory.
#[derive(Clone, Debug)]
pub struct Nsqlookupd {
    /// `<app>-lookupd`: the name of its objects.
    pub object: String,
    /// How many.
    pub replicas: u32,
    /// CPU and memory.
    pub resources: Resources,
}

/// Where NSQ is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// The directory's HTTP address; all addresses of the host are asked.
    pub lookupd: Endpoint,
    /// A broker's address, for functions that cannot look brokers up.
    pub nsqd: Endpoint,
    /// Who tells how much work a queue has, if anybody does.
    pub exporter: Option<Endpoint>,
    /// Whether it runs as pods of ours, which a NetworkPolicy can select.
    pub in_cluster: bool,
    /// The Secret with what TLS to the brokers needs.
    pub tls: Option<Tls>,
    /// What the brokers want to be shown.
    pub auth: Option<SecretKey>,
}

/// TLS to the brokers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The Secret with `ca.crt`.
    pub secret: String,
    /// Whether it has `tls.crt` and `tls.key`, too.
    pub client_certificate: bool,
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
}

pub(super) fn resolve(
    located: &Located<spec::Nsq>,
    app: &str,
    shared: &image::Shared,
    report: &mut Report,
) -> Nsq {
    let nsqd = located.nsqd.clone().unwrap_or_default();
    let lookupd = located.lookupd.clone().unwrap_or_default();
    Nsq {
        span: located.span,
        image: shared.nsq(),
        nsqd: Nsqd {
            object: names::object(app, "nsqd", located.span, report),
            replicas: nsqd.replicas.unwrap_or(2),
            storage: storage(nsqd.storage.as_ref(), report),
            resources: resources::resolve(nsqd.resources.as_ref(), NSQD),
        },
        lookupd: Nsqlookupd {
            object: names::object(app, "lookupd", located.span, report),
            replicas: lookupd.replicas.unwrap_or(2),
            resources: resources::resolve(lookupd.resources.as_ref(), LOOKUPD),
        },
        admin: located.admin.unwrap_or(false).then(|| Nsqadmin {
            object: names::object(app, "nsqadmin", located.span, report),
            resources: resources::resolve(None, ADMIN),
        }),
        keda: located.keda.unwrap_or(false),
    }
}

/// Where NSQ is: as `broker` says, else the cluster of this file, else that of `charts/nsq`.
pub(super) fn broker(
    spec: Option<&Located<spec::Broker>>,
    own: Option<&Nsq>,
    namespace: &str,
    report: &mut Report,
) -> Broker {
    let service = Endpoint::service;
    let usual = match own {
        Some(nsq) => Broker {
            lookupd: service(&nsq.lookupd.object, namespace, 4161),
            nsqd: service(&nsq.nsqd.object, namespace, 4150),
            exporter: None,
            in_cluster: true,
            tls: None,
            auth: None,
        },
        None => Broker {
            lookupd: service(&format!("{}-lookupd", CHART.0), CHART.1, 4161),
            nsqd: service(&format!("{}-nsqd", CHART.0), CHART.1, 4150),
            exporter: None,
            in_cluster: true,
            tls: None,
            auth: None,
        },
    };
    let Some(spec) = spec else { return usual };
    let lookupd = endpoint(spec.lookupd.as_ref(), report).unwrap_or(usual.lookupd);
    let nsqd = endpoint(spec.nsqd.as_ref(), report).unwrap_or(usual.nsqd);
    let elsewhere = spec.lookupd.is_some() || spec.nsqd.is_some();
    let tls = spec.tls.as_ref().map(|tls| {
        names::subdomain("a Secret", &tls.secret.0, tls.secret.span, report);
        Tls {
            secret: tls.secret.0.clone(),
            client_certificate: tls.client_certificate.unwrap_or(false),
        }
    });
    if let (Some(auth), None) = (&spec.auth, &spec.tls) {
        report.push(
            Diagnostic::at(
                &MISSING_KEY,
                auth.secret.span,
                "`tls` is missing beside `auth`",
            )
            .label("never sent in clear")
            .help("name the Secret with the brokers' certificate authority: `tls: {secret: NAME}`"),
        );
    }
    Broker {
        lookupd,
        nsqd,
        exporter: endpoint(spec.exporter.as_ref(), report),
        in_cluster: usual.in_cluster && !elsewhere,
        tls,
        auth: spec
            .auth
            .as_ref()
            .map(|auth| route::secret_key(auth, report)),
    }
}

impl Endpoint {
    /// A Service of the cluster.
    pub(super) fn service(object: &str, namespace: &str, port: u16) -> Self {
        Self {
            host: format!("{object}.{namespace}.svc.cluster.local"),
            port,
        }
    }
}

fn endpoint(text: Option<&Located<Text>>, report: &mut Report) -> Option<Endpoint> {
    let text = text?;
    let (host, port) = text.0.rsplit_once(':').unwrap_or((&text.0, ""));
    let host_ok = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    match port.parse() {
        Ok(port) if host_ok && port > 0 => Some(Endpoint {
            host: host.to_owned(),
            port,
        }),
        _ => {
            report.push(
                Diagnostic::at(&BAD_FORMAT, text.span, "this is not an address")
                    .label("expected `host:port`"),
            );
            None
        }
    }
}

fn storage(text: Option<&Located<Text>>, report: &mut Report) -> String {
    let usual = "10Gi".to_owned();
    let Some(text) = text else { return usual };
    let number = text.0.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = number.len() < text.0.len();
    if digits
        && [
            "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
        ]
        .contains(&number)
    {
        return text.0.clone();
    }
    let diagnostic = Diagnostic::at(&BAD_FORMAT, text.span, "this is not an amount of storage")
        .label("expected a quantity such as 10Gi");
    report.push(match fault::corrected_quantity(&text.0) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic,
    });
    usual
}
