//! Every process tells what `docs/metrics.md` says: each metric of the page, by that name, type
//! and labels, and none that the page has not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Command;

use kubefuncs_testkit::{
    Nsqd, NsqdOptions, Nsqlookupd, Port, Process, binary, http, require_nsq, wait_until,
    workspace_dir,
};

use crate::exposition::{self, Page, value};
use crate::support::{Consumer, Exporter, LIMIT, post, publish, through};

/// A row of the page: the type, and the names of the labels.
type Row = (String, BTreeSet<String>);

/// The rows for a process, by name.
fn documented(process: &str) -> BTreeMap<String, Row> {
    let page = std::fs::read_to_string(workspace_dir().join("docs/metrics.md")).unwrap();
    let mut rows = BTreeMap::new();
    for section in page.split("\n## ") {
        let Some((_, rest)) = section.split_once("\n\nFrom: ") else {
            continue;
        };
        let (processes, table) = rest.split_once(".\n").unwrap();
        if !processes.split(", ").any(|one| one == process) {
            continue;
        }
        for line in table.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let labels = cells[3]
                .split(", ")
                .map(|label| label.trim_matches('`').to_owned());
            let labels = labels.filter(|label| !label.is_empty()).collect();
            let row = (cells[2].to_owned(), labels);
            rows.insert(cells[1].trim_matches('`').to_owned(), row);
        }
    }
    assert!(rows.len() > 5, "{process} has {} rows", rows.len());
    rows
}

/// Where a page of a process and the documented one differ.
fn differences(process: &str, page: &Page) -> Vec<String> {
    let documented = documented(process);
    let mut found = Vec::new();
    for (name, family) in page {
        let labels: BTreeSet<_> = family.series[0].0.keys().cloned().collect();
        let mut others = family.series.iter();
        if !others.all(|(other, _)| other.keys().eq(labels.iter())) {
            found.push(format!(
                "{process}: the series of {name} differ in their labels"
            ));
        }
        let told = (family.kind.clone(), labels);
        if documented.get(name) != Some(&told) {
            let said = documented.get(name);
            found.push(format!(
                "{process}: {name} is {told:?}, and documented {said:?}"
            ));
        }
    }
    let missing = documented.keys().filter(|name| !page.contains_key(*name));
    found.extend(missing.map(|name| format!("{process}: {name} is not told")));
    found
}

fn page(addr: SocketAddr) -> Page {
    let response = http::get(addr, "/metrics").unwrap();
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(
        response.header("content-type"),
        Some("text/plain; version=0.0.4")
    );
    exposition::read(&response.text())
}

/// A process of ours that finds NSQ through `lookupd`; ready when `ready` is.
fn start(name: &str, mut command: Command, lookupd: &Nsqlookupd, ready: SocketAddr) -> Process {
    command.env("KUBEFUNCS_LOOKUPD", lookupd.http().to_string());
    let mut process = Process::start(name, command);
    process.wait_ready(LIMIT, "it is ready", || http::is_ok(ready, "/readyz"));
    process
}

#[test]
fn every_process_tells_what_the_page_says() {
    require_nsq!();
    let lookupd = Nsqlookupd::start();
    let measured = "-e2e-processing-latency-percentile=0.99,0.95";
    let nsqd = Nsqd::start(NsqdOptions::default().lookupd(&lookupd).arg(measured));

    let health = Port::reserve();
    let mut function = Command::new(binary("kubefuncs-example", "kubefuncs-example"));
    function.env_clear().env("HEALTHZ_ADDR", health.to_string());
    let _function = start("function", function, &lookupd, health.addr());

    let (main, admin) = (Port::reserve(), Port::reserve());
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.yaml");
    std::fs::write(
        &routes,
        "routes: {/test/: test, /later/: {topic: test, async: true}}\n",
    )
    .unwrap();
    let mut gateway = Command::new(binary("kubefuncs-gateway", "kubefuncs-gateway"));
    gateway.env_clear().arg("--config").arg(&routes);
    gateway
        .arg(format!("--listen={main}"))
        .arg(format!("--admin={admin}"));
    let _gateway = start("gateway", gateway, &lookupd, admin.addr());

    let exporter = Exporter::start(&[&through(&lookupd)[..], &["--janitor".to_owned()]].concat());

    let answer = http::get(main.addr(), "/test/").unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "pong\n"));
    assert_eq!(http::post(main.addr(), "/later/", b"").unwrap().status, 202);
    assert_eq!(http::get(main.addr(), "/nowhere").unwrap().status, 404);
    // A latency is measured where something was acknowledged.
    publish(&nsqd, "orders", 1);
    post(&nsqd, "/channel/create?topic=orders&channel=default", b"");
    Consumer::subscribe(&nsqd, "orders", "default").take_one();
    wait_until(LIMIT, "the exporter has seen it all", || {
        let page = exporter.page();
        let orders = [("topic", "orders"), ("channel", "default")];
        value(&page, "nsq_channel_e2e_latency_99p", &orders).is_some()
    });

    let pages = [
        ("function", page(health.addr())),
        ("gateway", page(admin.addr())),
        ("exporter", exporter.page()),
    ];
    let pages = pages.iter();
    let found: Vec<_> = pages
        .flat_map(|(process, page)| differences(process, page))
        .collect();
    assert!(
        found.is_empty(),
        "docs/metrics.md and the processes differ:\n{}",
        found.join("\n")
    );
}
