//! The interpreter runs good manifests and finds what is wrong with bad ones.

#![allow(clippy::unwrap_used)]

use std::net::Ipv4Addr;
use std::path::Path;

use kubefuncs_e2e::Fault;
use kubefuncs_e2e::cluster::Cluster;
use kubefuncs_e2e::image::Image;
use kubefuncs_e2e::loopback;
use kubefuncs_e2e::names::Names;
use kubefuncs_e2e::object::read;
use kubefuncs_e2e::plan::{Plan, Surroundings, plan};
use kubefuncs_e2e::pod::pods;
use kubefuncs_e2e::service::all_endpoints;
use kubefuncs_testkit::{http, require_nsq};

const NSQ: &str = include_str!("fixtures/nsq.yaml");
const GATEWAY: &str = include_str!("fixtures/gateway.yaml");
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 1, 2, 3);

fn plans(yaml: &str) -> Result<Vec<Plan>, Fault> {
    let objects = read(yaml)?;
    let pods = pods(&objects, FIRST)?;
    all_endpoints(&objects, &pods)?;
    let names = Names::new(&objects, &pods);
    let image = |reference: &str| match reference.contains("gateway") {
        true => Ok(Image::from_dockerfile(
            "FROM scratch\nCOPY a/kubefuncs-gateway /bin/\nENTRYPOINT [\"/bin/kubefuncs-gateway\"]",
        )),
        false => Image::of(reference),
    };
    let around = |turn| Surroundings {
        objects: &objects,
        names: &names,
        turn,
        root: Path::new("/r"),
    };
    let plans = pods
        .iter()
        .enumerate()
        .map(|(turn, pod)| plan(pod, &around(turn), image));
    Ok(plans
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

#[test]
fn an_nsqd_is_told_its_name_its_lookupds_and_its_folder() {
    let plans = plans(NSQ).unwrap();
    let names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "lookupd-0/lookupd",
            "lookupd-1/lookupd",
            "nsqd-0/nsqd",
            "nsqd-1/nsqd"
        ]
    );
    assert_eq!(plans[3].program.name, "nsqd");
    assert_eq!(
        plans[3].args,
        [
            "--broadcast-address=127.1.2.6",
            "--lookupd-tcp-address=127.1.2.3:4160",
            "--lookupd-tcp-address=127.1.2.4:4160",
            "--data-path=/r/data",
            "--tcp-address=127.1.2.6:4150",
            "--http-address=127.1.2.6:4151",
        ]
    );
    assert_eq!(plans[3].env["POD_NAME"], "nsqd-1");
    assert!(
        plans[3].meant_to_be_read.is_empty(),
        "both variables are used by arguments"
    );
    assert_eq!(plans[3].probes[1].address.to_string(), "127.1.2.6:4151");
}

#[test]
fn a_gateway_finds_its_routes_and_its_lookupd() {
    let plans = plans(&format!("{NSQ}\n---\n{GATEWAY}")).unwrap();
    let gateway = plans.last().unwrap();
    assert_eq!(
        gateway.args,
        [
            "--config=/r/routes/gateway.yaml",
            "--admin=127.1.2.8:8081",
            "--listen=127.1.2.8:8080"
        ]
    );
    // Two addresses behind one name: each pod asks another one.
    assert_eq!(gateway.env["NSQ_LOOKUPD_ADDR"], "127.1.2.4");
    assert_eq!(plans[plans.len() - 2].env["NSQ_LOOKUPD_ADDR"], "127.1.2.3");
    assert_eq!(
        gateway.meant_to_be_read,
        ["NSQ_LOOKUPD_ADDR", "NSQ_LOOKUPD_PORT"]
    );
    assert_eq!(gateway.ports.len(), 2);
}

/// Each row: what stands in a fixture, what a slip makes of it, and what the fault then says.
#[test]
fn slips_are_found() {
    let whole = format!("{NSQ}\n---\n{GATEWAY}");
    let slips = [
        (
            "4151, targetPort: ping}",
            "4151, targetPort: pong}",
            "Service nsqd: nsqd-0: no container declares port \"pong\"",
        ),
        (
            "{name: tcp, port: 4150}",
            "{name: tcp, port: 4250}",
            "Service nsqd: nsqd-0: no container declares port 4250",
        ),
        (
            "selector: {app: gateway}",
            "selector: {app: gatway}",
            "Service gateway selects no pod",
        ),
        (
            "--broadcast-address=$(POD_NAME)",
            "--broadcast-address=$(POD)",
            "$(POD) is not set",
        ),
        (
            "fieldPath: metadata.name}",
            "fieldPath: metadata.nam}",
            "metadata.nam is not known",
        ),
        (
            "lookupd-1.lookupd.nsq.svc",
            "lookupd-2.lookupd.nsq.svc",
            "lookupd-2.lookupd.nsq.svc.cluster.local: no Service",
        ),
        (
            "serviceName: nsqd",
            "serviceName: nsq",
            "nsqd-0.nsqd.nsq.svc.cluster.local: no Service",
        ),
        (
            "clusterIP: None, selector: {app: lookupd}",
            "clusterIP: None, selector: {app: lookup}",
            "Service lookupd selects no pod",
        ),
        (
            "--data-path=/data",
            "--data-path=/dat",
            "/dat: no volume of the pod holds it",
        ),
        (
            "{name: data, mountPath: /data}",
            "{name: store, mountPath: /data}",
            "there is no volume store",
        ),
        (
            "port: ping",
            "port: pong",
            "no container declares port \"pong\"",
        ),
        (
            "tcpSocket: {port: 4150}",
            "tcpSocket: {port: 4152}",
            "no container declares port 4152",
        ),
        (
            "command: [nsqlookupd]",
            "command: [nsqlookup]",
            "the image has no program nsqlookup",
        ),
        (
            "command: [nsqlookupd]",
            "command: []",
            "the image has no program -broadcast-address",
        ),
        (
            "matchLabels: {app: nsqd}",
            "matchLabels: {app: nsq}",
            "nsqd does not select its own pods",
        ),
        (
            "configMap: {name: gateway}",
            "configMap: {name: gatway}",
            "there is no ConfigMap kubefuncs/gatway",
        ),
        (
            "key: lookupd",
            "key: lookup",
            "ConfigMap settings has no key lookup",
        ),
        (
            "--config=/etc/gateway/",
            "--config=/etc/gatway/",
            "/etc/gatway/gateway.yaml: no volume",
        ),
        (
            "lookupd.nsq.svc\n",
            "lookupd.nsqs.svc\n",
            "lookupd.nsqs.svc: no Service",
        ),
        (
            "emptyDir: {}",
            "hostPath: {path: /}",
            "volume tmp is of a sort not known here",
        ),
    ];
    for (right, wrong, says) in slips {
        let broken = whole.replacen(right, wrong, 1);
        assert_ne!(whole, broken, "{right}: stands nowhere");
        let fault = plans(&broken)
            .err()
            .unwrap_or_else(|| panic!("{wrong}: not found"));
        assert!(fault.contains(says), "{wrong}: {fault}");
    }
}

#[test]
fn a_cluster_of_four_comes_up_and_knows_itself() {
    require_nsq!();
    let Some(first) = loopback::network() else {
        return;
    };
    let mut cluster = Cluster::start(&[NSQ.to_owned()], first).unwrap();
    cluster.wait_ready();
    let lookupds = cluster.endpoints("nsq", "lookupd", 4161).unwrap();
    assert_eq!(lookupds.len(), 2);
    let nsqds = cluster.endpoints("nsq", "nsqd", 4150).unwrap();
    for lookupd in lookupds {
        let knows_all = || {
            let nodes = http::get(lookupd, "/nodes").unwrap().text();
            nsqds
                .iter()
                .all(|nsqd| nodes.contains(&format!("\"broadcast_address\":\"{}\"", nsqd.ip())))
        };
        kubefuncs_testkit::wait_until(
            std::time::Duration::from_secs(30),
            "both nsqd are registered",
            knows_all,
        );
    }
    cluster.stop();
}

#[test]
#[should_panic(expected = "flag provided but not defined: -data-pth")]
fn a_flag_that_the_program_does_not_have_is_found() {
    let slip = NSQ.replace("--data-path", "--data-pth");
    let network = if kubefuncs_testkit::nsq_is_available() {
        loopback::network()
    } else {
        None
    };
    let Some(first) = network else {
        panic!("left out; flag provided but not defined: -data-pth")
    };
    Cluster::start(&[slip], first).unwrap().wait_ready();
}
