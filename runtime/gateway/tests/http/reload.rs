//! Other routes in the place of those that are there, while requests are on their way.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use http::Request;
use kubefuncs::HttpResponse;
use kubefuncs_gateway::{Followed, Gateway};
use tokio::sync::watch;

use crate::support::{PATIENCE, Running, config, send};

/// A gateway whose function answers with the name of its topic.
async fn named(
    routes: &str,
    setup: impl FnOnce(Gateway<crate::support::Function>) -> Gateway<crate::support::Function>,
) -> Running {
    Running::launch(routes, setup, |topic, _, _| async move {
        Ok(HttpResponse::text(topic))
    })
    .await
}

/// Asks until the answer is `expected`; until then it is one of `before`, never a failure.
async fn becomes(gateway: &Running, path: &str, before: &[&str], expected: &str) {
    let ask = async {
        loop {
            let answer = gateway.get(path).await;
            let body = answer.body.as_str();
            if body == expected {
                return;
            }
            assert!(before.contains(&body), "{answer:?}");
        }
    };
    tokio::time::timeout(PATIENCE, ask).await.expect(expected);
}

/// How often the routes were read again: with success, and without.
async fn reloads(gateway: &Running) -> [u32; 2] {
    let text = send(gateway.admin, Request::get("/metrics")).await.body;
    ["done", "failed"].map(|outcome| {
        let name = format!("kubefuncs_gateway_reloads_total{{outcome=\"{outcome}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.unwrap().parse().unwrap()
    })
}

/// Puts a file in the place of another: whoever looks sees one of them whole.
fn put(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}

#[tokio::test]
async fn a_file_that_changes_is_read_again_and_one_with_an_error_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.yaml");
    put(&file, "routes: {/a/: one}");
    let gateway = named("{/a/: one}", |gateway| {
        gateway.watching(Followed::new(&file))
    })
    .await;
    assert_eq!(gateway.get("/a/").await.body, "one");

    put(&file, "routes: {/a/: two, /b/: b}");
    becomes(&gateway, "/a/", &["one"], "two").await;
    assert_eq!(gateway.get("/b/").await.body, "b");

    put(&file, "routes: {/a/: three");
    let refused = async { while reloads(&gateway).await != [1, 1] {} };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
    assert_eq!(gateway.get("/a/").await.body, "two");

    put(&file, "routes: {/a/: four}");
    becomes(&gateway, "/a/", &["two"], "four").await;
    assert_eq!(gateway.get("/b/").await.status, 404);
    assert_eq!(reloads(&gateway).await, [2, 1]);
}

/// The kubelet puts a new folder beside the old and renames a link to it.
#[tokio::test]
async fn a_mounted_configmap_is_followed() {
    fn publish(volume: &Path, version: &str, topic: &str) {
        let folder = volume.join(version);
        fs::create_dir(&folder).unwrap();
        let text = format!("{{\"routes\": {{\"/a/\": \"{topic}\"}}}}");
        fs::write(folder.join("gateway.json"), text).unwrap();
        symlink(version, volume.join("..data_tmp")).unwrap();
        fs::rename(volume.join("..data_tmp"), volume.join("..data")).unwrap();
    }

    let volume = tempfile::tempdir().unwrap();
    publish(volume.path(), "..1", "one");
    let file = volume.path().join("gateway.json");
    symlink("..data/gateway.json", &file).unwrap();
    let gateway = named("{/a/: one}", |gateway| {
        gateway.watching(Followed::new(&file))
    })
    .await;
    assert_eq!(gateway.get("/a/").await.body, "one");
    for (version, before, topic) in [("..2", "one", "two"), ("..3", "two", "six")] {
        publish(volume.path(), version, topic);
        becomes(&gateway, "/a/", &[before], topic).await;
    }
}

#[tokio::test]
async fn no_request_is_lost_while_routes_change() {
    let (sender, updates) = watch::channel(config("{/a/: t0}"));
    let gateway = named("{/a/: t0}", |gateway| gateway.with_updates(updates)).await;
    for round in 1..50 {
        sender.send(config(&format!("{{/a/: t{round}}}"))).unwrap();
        let answers = futures_of(&gateway, 4).await;
        for answer in answers {
            let number: u32 = answer.strip_prefix('t').unwrap().parse().unwrap();
            assert!(number <= round);
        }
    }
    // One that was overtaken by the next may never have been in force.
    let names: Vec<_> = (0..49).map(|round| format!("t{round}")).collect();
    let before: Vec<&str> = names.iter().map(String::as_str).collect();
    becomes(&gateway, "/a/", &before, "t49").await;
}

async fn futures_of(gateway: &Running, count: usize) -> Vec<String> {
    let address = gateway.main;
    let asked: Vec<_> = (0..count)
        .map(|_| tokio::spawn(send(address, Request::get("/a/"))))
        .collect();
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap().body);
    }
    answers
}
