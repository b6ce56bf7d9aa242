//! What a set of files means on one machine.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use kubefunctl::local::Local;
use kubefunctl::{File, Options};
use serde_json::Value;

fn local(texts: &[&str]) -> Option<Local> {
    let file = |(number, text): (usize, &&str)| File {
        name: format!("{number}.yaml"),
        bytes: text.as_bytes().to_vec(),
    };
    let files: Vec<File> = texts.iter().enumerate().map(file).collect();
    kubefunctl::local(&files, &Options::default())
}

fn routes(local: &Local) -> Vec<(&str, &str)> {
    let routes = local.routes.iter();
    routes
        .map(|(path, topic)| (path.as_str(), topic.as_str()))
        .collect()
}

const SHOP: &str = "app: shop
image: acme/shop:1.0
functions:
- name: cart
  http: [{path: /cart/, methods: [GET]}]
- name: stock
  topic: items
  timeout: 9s
  command: [/bin/app]
  args: [-v]
- name: audit
  topic: items
  channel: audit
  replies: false
  args: [for the image]
  dev: {command: [./audit]}
";

#[test]
fn without_a_gateway_every_function_can_be_called() {
    let local = local(&[SHOP]).unwrap();
    assert_eq!(routes(&local), [("/cart/", "cart"), ("/stock/", "items")]);
    let gateway: Value = serde_json::from_str(&local.gateway).unwrap();
    assert_eq!(gateway["routes"]["/cart/"]["methods"][0], "GET");
    assert_eq!(gateway["routes"]["/stock/"]["timeout"], "9s");
}

#[test]
fn with_a_gateway_there_are_the_routes_that_are_written_and_no_others() {
    let gateway = "app: edge\ngateway: {routes: {/items/: items}}\n";
    let local = local(&[SHOP, gateway]).unwrap();
    assert_eq!(routes(&local), [("/cart/", "cart"), ("/items/", "items")]);
}

#[test]
fn a_command_is_that_of_dev_else_the_containers() {
    let local = local(&[SHOP]).unwrap();
    let commands: Vec<_> = local
        .functions
        .iter()
        .map(|function| (function.name.as_str(), function.command.join(" ")))
        .collect();
    assert_eq!(
        commands,
        [
            ("audit", "./audit".to_owned()),
            ("cart", String::new()),
            ("stock", "/bin/app -v".to_owned()),
        ]
    );
    let stock = local.functions.iter().find(|f| f.name == "stock").unwrap();
    let timeout = stock.env.iter().find(|v| v.name == "KUBEFUNCS_TIMEOUT");
    assert_eq!(timeout.unwrap().object["value"], "9s");
}

#[test]
fn of_what_is_wrong_nothing_is_made() {
    assert!(local(&["app: shop\nfunctions: [{nam: x}]\n"]).is_none());
}
