//! Who may talk to whom, by the NetworkPolicies that are rendered: an evaluator of our own over a
//! table of flows that must work and flows that must not.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod cluster;
mod evaluate;

use cluster::Cluster;
use kubefunctl::{File, Options, compile};

/// The cluster's own NSQ and gateway, as the charts have them, with all that is opt-in.
const SHARED: &str = "
app: kubefuncs
namespace: kubefuncs
gateway: {routes: {/cart/: cart}}
nsq: {admin: true, keda: true}
monitoring: {podMonitor: true, exporter: true}
";

const SHOP: &str = "
app: shop
namespace: shop
image: acme/shop:1.0
monitoring: {podMonitor: true}
broker: {lookupd: kubefuncs-lookupd.kubefuncs.svc.cluster.local:4161}
functions:
- name: cart
- name: closed
  network: {egress: []}
  schedule: [{cron: '@daily'}]
- name: careful
  health: false
  network:
    egress:
    - {cidr: 10.0.0.0/8, except: [10.1.0.0/16], ports: [5432]}
    - {namespace: db, labels: {app: pg}, ports: [5432, 53/UDP]}
    - {labels: {app.kubernetes.io/name: shop-cart}}
    ingress:
    - {namespace: probes, ports: [9000]}
";

/// NSQ where the charts put it: its policies have to fit those of every other file.
const CHARTED: &str = "
app: shop
namespace: shop
image: acme/shop:1.0
functions:
- name: cart
- name: closed
  network: {egress: []}
  schedule: [{cron: '@daily'}]
gateway: {routes: {/cart/: cart}}
";

const NSQ_CHART: &str = "
app: kubefuncs-nsq
namespace: kubefuncs
nsq: {}
";

const MONITORING_CHART: &str = "
app: kubefuncs-monitoring
namespace: kubefuncs
monitoring: {exporter: true, podMonitor: true}
";

/// With nothing that is opt-in.
const NEEDED: &str = "
# Clients of NSQ.
shop/shop-cart -> kubefuncs/kubefuncs-nsq-nsqd 4150 open
shop/shop-cart -> kubefuncs/kubefuncs-nsq-lookupd 4161 open
shop/shop-closed -> kubefuncs/kubefuncs-nsq-nsqd 4150 open
shop/shop-closed -> kubefuncs/kubefuncs-nsq-lookupd 4161 open
shop/shop-gateway -> kubefuncs/kubefuncs-nsq-nsqd 4150 open
shop/shop-gateway -> kubefuncs/kubefuncs-nsq-lookupd 4161 open
shop/shop-closed.schedule -> kubefuncs/kubefuncs-nsq-nsqd 4150 open
shop/shop-closed.schedule -> kubefuncs/kubefuncs-nsq-lookupd 4161 open
default/stranger -> kubefuncs/kubefuncs-nsq-nsqd 4150 closed
kubefuncs/stranger -> kubefuncs/kubefuncs-nsq-nsqd 4150 closed
default/stranger -> kubefuncs/kubefuncs-nsq-lookupd 4161 closed
# NSQ among itself.
kubefuncs/kubefuncs-nsq-nsqd -> kubefuncs/kubefuncs-nsq-lookupd 4160 open
kubefuncs/kubefuncs-nsq-nsqd -> kubefuncs/kubefuncs-nsq-lookupd 4161 open
shop/shop-cart -> kubefuncs/kubefuncs-nsq-lookupd 4160 closed
shop/shop-gateway -> kubefuncs/kubefuncs-nsq-lookupd 4160 closed
kubefuncs/kubefuncs-nsq-lookupd -> kubefuncs/kubefuncs-nsq-nsqd 4150 closed
kubefuncs/kubefuncs-nsq-nsqd -> shop/shop-cart 8080 closed
# nsqd over HTTP, where topics are deleted, is nobody's of another namespace.
shop/shop-cart -> kubefuncs/kubefuncs-nsq-nsqd 4151 closed
shop/shop-gateway -> kubefuncs/kubefuncs-nsq-nsqd 4151 closed
keda/keda-operator -> kubefuncs/kubefuncs-nsq-nsqd 4151 closed
default/stranger -> kubefuncs/kubefuncs-nsq-nsqd 4151 closed
# The gateway's two ports.
default/stranger -> shop/shop-gateway 8080 open
outside/93.184.216.34 -> shop/shop-gateway 8080 open
default/stranger -> shop/shop-gateway 8081 closed
outside/93.184.216.34 -> shop/shop-gateway 8081 closed
monitoring/prometheus -> shop/shop-gateway 8081 closed
shop/shop-gateway -> outside/93.184.216.34 443 closed
shop/shop-gateway -> shop/shop-cart 8080 closed
# Nobody calls a function.
default/stranger -> shop/shop-cart 8080 closed
shop/stranger -> shop/shop-cart 8080 closed
shop/shop-closed -> shop/shop-cart 8080 closed
monitoring/prometheus -> shop/shop-cart 8080 closed
# Whom a function calls.
shop/shop-cart -> outside/93.184.216.34 443 open
shop/shop-closed -> outside/93.184.216.34 443 closed
shop/shop-closed -> default/stranger 80 closed
shop/shop-closed.schedule -> outside/93.184.216.34 443 closed
# DNS.
shop/shop-cart -> kube-system/kube-dns 53/UDP open
shop/shop-closed -> kube-system/kube-dns 53/UDP open
shop/shop-closed -> kube-system/kube-dns 53 open
shop/shop-closed -> outside/169.254.20.10 53/UDP open
shop/shop-closed -> default/stranger 53/UDP closed
shop/shop-closed.schedule -> kube-system/kube-dns 53/UDP open
shop/shop-gateway -> kube-system/kube-dns 53/UDP open
kubefuncs/kubefuncs-nsq-nsqd -> kube-system/kube-dns 53/UDP open
kubefuncs/kubefuncs-nsq-lookupd -> kube-system/kube-dns 53/UDP closed
# What is not ours is left alone, in our namespaces too.
default/stranger -> shop/stranger 80 open
shop/stranger -> outside/93.184.216.34 443 open
kubefuncs/stranger -> default/stranger 80 open
";

/// With all that is.
const OPTED_IN: &str = "
# KEDA looks at queues.
keda/keda-operator -> kubefuncs/kubefuncs-nsqd 4151 open
keda/keda-operator -> kubefuncs/kubefuncs-lookupd 4161 open
default/keda-operator -> kubefuncs/kubefuncs-nsqd 4151 closed
keda/stranger -> kubefuncs/kubefuncs-nsqd 4151 closed
keda/keda-operator -> kubefuncs/kubefuncs-nsqd 4150 closed
# nsqadmin looks at NSQ, and nobody at it.
kubefuncs/kubefuncs-nsqadmin -> kubefuncs/kubefuncs-nsqd 4151 open
kubefuncs/kubefuncs-nsqadmin -> kubefuncs/kubefuncs-lookupd 4161 open
kubefuncs/kubefuncs-nsqadmin -> outside/93.184.216.34 443 closed
default/stranger -> kubefuncs/kubefuncs-nsqadmin 4171 closed
shop/shop-cart -> kubefuncs/kubefuncs-nsqadmin 4171 closed
# The exporter looks at NSQ; KEDA and Prometheus look at it.
kubefuncs/kubefuncs-exporter -> kubefuncs/kubefuncs-nsqd 4151 open
kubefuncs/kubefuncs-exporter -> kubefuncs/kubefuncs-lookupd 4161 open
kubefuncs/kubefuncs-exporter -> kubefuncs/kubefuncs-nsqd 4150 closed
# So does a gateway, of the same namespace only.
kubefuncs/kubefuncs-gateway -> kubefuncs/kubefuncs-nsqd 4151 open
kubefuncs/kubefuncs-gateway -> kubefuncs/kubefuncs-nsqadmin 4171 closed
kubefuncs/kubefuncs-exporter -> kubefuncs/kubefuncs-lookupd 4160 closed
kubefuncs/kubefuncs-exporter -> kube-system/kube-dns 53/UDP open
kubefuncs/kubefuncs-exporter -> outside/93.184.216.34 443 closed
kubefuncs/kubefuncs-exporter -> shop/shop-cart 8080 closed
keda/keda-operator -> kubefuncs/kubefuncs-exporter 9117 open
monitoring/prometheus -> kubefuncs/kubefuncs-exporter 9117 open
default/keda-operator -> kubefuncs/kubefuncs-exporter 9117 closed
monitoring/stranger -> kubefuncs/kubefuncs-exporter 9117 closed
shop/shop-cart -> kubefuncs/kubefuncs-exporter 9117 closed
outside/93.184.216.34 -> kubefuncs/kubefuncs-exporter 9117 closed
# Prometheus reads metrics.
monitoring/prometheus -> kubefuncs/kubefuncs-gateway 8081 open
monitoring/stranger -> kubefuncs/kubefuncs-gateway 8081 closed
default/prometheus -> kubefuncs/kubefuncs-gateway 8081 closed
default/stranger -> kubefuncs/kubefuncs-gateway 8081 closed
monitoring/prometheus -> shop/shop-cart 8080 open
monitoring/stranger -> shop/shop-cart 8080 closed
monitoring/prometheus -> shop/shop-careful 8080 closed
# What a function declares, and only that.
shop/shop-careful -> outside/10.2.0.1 5432 open
shop/shop-careful -> outside/10.2.0.1 443 closed
shop/shop-careful -> outside/10.1.0.1 5432 closed
shop/shop-careful -> db/pg 5432 open
shop/shop-careful -> db/pg 53/UDP open
shop/shop-careful -> db/pg 53 closed
shop/shop-careful -> db/stranger 5432 closed
shop/shop-careful -> default/pg 5432 closed
probes/stranger -> shop/shop-careful 9000 open
probes/stranger -> shop/shop-careful 8080 closed
default/stranger -> shop/shop-careful 9000 closed
# The other side has a say, too.
shop/shop-careful -> shop/shop-cart 8080 closed
# With an address of its own for NSQ, its ports are all that is known.
shop/shop-careful -> kubefuncs/kubefuncs-nsqd 4150 open
shop/shop-careful -> kubefuncs/kubefuncs-lookupd 4161 open
shop/shop-careful -> outside/93.184.216.34 4150 open
shop/shop-careful -> outside/93.184.216.34 443 closed
";

fn cluster(files: &[&str]) -> Cluster {
    let files = files.iter().enumerate().map(|(index, text)| File {
        name: format!("{index}.yaml"),
        bytes: text.as_bytes().to_vec(),
    });
    let compiled = compile(files.collect(), &Options::default());
    let json = compiled.json();
    let json = json.unwrap_or_else(|| panic!("{:?}", compiled.report.diagnostics()));
    let list: serde_json::Value = serde_json::from_str(&json).unwrap();
    Cluster::new(list["items"].as_array().unwrap())
}

/// Looks at every line of a table: `from -> to port verdict`.
fn check(cluster: &Cluster, table: &str) {
    let mut seen = 0;
    for line in table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let words: Vec<_> = line.split_whitespace().collect();
        let [from, "->", to, port, verdict] = words[..] else {
            panic!("not a flow: {line}");
        };
        let open = cluster.allows(from, to, port);
        assert_eq!(if open { "open" } else { "closed" }, verdict, "{line}");
        seen += 1;
    }
    assert!(seen > 20, "{seen} flows only");
}

#[test]
fn what_is_needed_works_and_nothing_else() {
    let cluster = cluster(&[NSQ_CHART, CHARTED]);
    check(&cluster, NEEDED);
}

#[test]
fn what_is_opted_in_works_too() {
    let cluster = cluster(&[SHARED, SHOP]);
    check(&cluster, OPTED_IN);
}

#[test]
fn the_exporter_of_its_chart_reaches_the_brokers_of_theirs() {
    let cluster = cluster(&[NSQ_CHART, MONITORING_CHART, CHARTED]);
    let exporter = "kubefuncs/kubefuncs-monitoring-exporter";
    assert!(cluster.allows(exporter, "kubefuncs/kubefuncs-nsq-nsqd", "4151"));
    assert!(cluster.allows(exporter, "kubefuncs/kubefuncs-nsq-lookupd", "4161"));
    assert!(cluster.allows("keda/keda-operator", exporter, "9117"));
    check(&cluster, NEEDED);
}

#[test]
fn the_evaluator_knows_an_open_door_from_a_closed_one() {
    let cluster = cluster(&[NSQ_CHART]);
    assert!(cluster.allows("default/stranger", "db/pg", "5432"));
    assert!(!cluster.allows("default/stranger", "kubefuncs/kubefuncs-nsq-nsqd", "4150"));
}
