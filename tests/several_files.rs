//! Several files rendered as one set: how applications share a gateway.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use kubefunctl::{Compiled, File, Options, compile};
use serde_json::Value;

const GATEWAY: &str = "app: edge\nnamespace: edge\ngateway: {}\n";
const CART: &str =
    "app: cart\nimage: acme/cart:1\nfunctions:\n- {name: cart, http: [{path: /cart/}]}\n";
const SHOP: &str = "app: shop\nimage: acme/shop:1\nfunctions:\n- {name: shop, http: [{path: /}]}\n";

fn run(files: &[&str]) -> Compiled {
    let files = files.iter().enumerate().map(|(index, text)| File {
        name: format!("{index}.yaml"),
        bytes: text.as_bytes().to_vec(),
    });
    compile(files.collect(), &Options::default())
}

fn codes(compiled: &Compiled) -> Vec<&'static str> {
    let found = compiled.report.diagnostics().iter();
    found.map(|diagnostic| diagnostic.code.id).collect()
}

/// The routes of the gateway called `name`.
fn routes(compiled: &Compiled, name: &str) -> Value {
    let list: Value = serde_json::from_str(&compiled.json().unwrap()).unwrap();
    let objects = list["items"].as_array().unwrap();
    let config = objects
        .iter()
        .find(|object| object["kind"] == "ConfigMap" && object["metadata"]["name"] == name);
    let text = config.unwrap()["data"]["gateway.json"].as_str().unwrap();
    serde_json::from_str::<Value>(text).unwrap()["routes"].clone()
}

#[test]
fn one_gateway_serves_the_routes_of_all_files() {
    for files in [[GATEWAY, CART, SHOP], [SHOP, GATEWAY, CART]] {
        let compiled = run(&files);
        assert_eq!(codes(&compiled), [""; 0]);
        let routes = routes(&compiled, "edge-gateway");
        assert_eq!(routes, serde_json::json!({"/": "shop", "/cart/": "cart"}));
    }
}

#[test]
fn the_gateway_of_its_own_file_serves_a_function_first() {
    let own = format!("{CART}gateway: {{}}\n");
    let compiled = run(&[GATEWAY, &own]);
    assert_eq!(codes(&compiled), [""; 0]);
    assert_eq!(routes(&compiled, "edge-gateway"), serde_json::json!({}));
    let routes = routes(&compiled, "cart-gateway");
    assert_eq!(routes, serde_json::json!({"/cart/": "cart"}));
}

#[test]
fn with_two_gateways_a_function_has_to_be_left_to_one() {
    let other = "app: inner\ngateway: {}\n";
    let compiled = run(&[GATEWAY, other, CART]);
    assert_eq!(codes(&compiled), ["KF0407"]);
    let finding = &compiled.report.diagnostics()[0];
    assert_eq!(finding.related.len(), 2, "both gateways are shown");
}

#[test]
fn the_same_route_in_two_files_names_both_places() {
    let twin = CART
        .replace("app: cart", "app: twin")
        .replace("name: cart", "name: twin");
    let compiled = run(&[CART, &twin, GATEWAY]);
    assert_eq!(codes(&compiled), ["KF0401"]);
    let finding = &compiled.report.diagnostics()[0];
    let place = finding.primary.as_ref().unwrap().span.file;
    assert_ne!(place, finding.related[0].span.file);
}

#[test]
fn without_a_gateway_each_file_is_warned_once() {
    let compiled = run(&[CART, SHOP]);
    assert_eq!(codes(&compiled), ["KF0451", "KF0451"]);
    assert!(compiled.objects.is_some());
}

/// Only where all that might serve a route has been read is it told that nobody does.
#[test]
fn what_may_have_been_lost_is_not_said_to_be_missing() {
    let edge = "app: edge\ngateway: {routes: {/x/: x}}\n";
    let image = "app: b\nimage: acme/b:1\n";
    for (other, found) in [
        (
            "functions:\n- {name: b, timeout: 3x}\n",
            &["KF0207", "KF0106"][..],
        ),
        (
            "functions:\n- {name: b, concurency: 3}\n",
            &["KF0207", "KF0101"],
        ),
        ("functions:\n- {name: B, topic: b}\n", &["KF0207", "KF0204"]),
        ("functions:\n- {name: B, topic: x}\n", &["KF0204"]),
        ("functions:\n- {name: B}\n", &["KF0204"]),
        ("functions:\n- {name: b, topic: []}\n", &["KF0103"]),
        ("functions:\n- {name: b, tpic: x}\n", &["KF0101"]),
        (
            "functions:\n- {name: b}\n- {nam: x}\n",
            &["KF0102", "KF0101"],
        ),
        ("functions:\n- {name: b}\n- x\n", &["KF0103"]),
        ("function:\n- {name: b}\n", &["KF0101"]),
        ("functions: [\n", &["KF0001"]),
    ] {
        let compiled = run(&[edge, CART, &format!("{image}{other}")]);
        let mut codes = codes(&compiled);
        codes.retain(|code| code.as_bytes()[4] < b'5' && *code != "KF0451");
        assert_eq!(codes, found, "{other}");
    }
}

#[test]
fn queues_are_opened_to_keda_where_a_function_asks_for_it() {
    let nsq = "app: nsq\nnsq: {}\n";
    let queue = "app: a\nimage: acme/a:1\nfunctions:\n- {name: a, scaling: {queueDepth: 9}}\n";
    let opened = |compiled: &Compiled| compiled.yaml().unwrap().contains("keda-operator");
    assert!(!opened(&run(&[nsq, CART])));
    assert!(opened(&run(&[nsq, queue])));
}
