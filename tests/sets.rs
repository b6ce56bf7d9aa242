//! Several files as one set: they serve each other, and what collides names both places.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use kubefunctl::{Compiled, File, Options, compile};

fn run(files: &[&str]) -> Compiled {
    let files = files.iter().enumerate().map(|(number, text)| File {
        name: format!("{number}.yaml"),
        bytes: text.as_bytes().to_vec(),
    });
    compile(files.collect(), &Options::default())
}

/// The one finding with this code, and the files that it points into.
fn places(compiled: &Compiled, code: &str) -> Vec<String> {
    let found = compiled.report.diagnostics().iter();
    let mut found = found.filter(|diagnostic| diagnostic.code.id == code);
    let diagnostic = found.next().unwrap_or_else(|| {
        panic!("no {code}: {:?}", compiled.report.diagnostics());
    });
    assert!(found.next().is_none(), "{code} more than once");
    let labels = diagnostic.primary.iter().chain(&diagnostic.related);
    let place = |span: kubefunctl::source::Span| {
        let file = compiled.sources.get(span.file);
        format!("{}:{}", file.name(), file.line_col(span.start).0)
    };
    labels.map(|label| place(label.span)).collect()
}

const CART: &str = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n";

#[test]
fn two_files_with_one_object() {
    let other = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: cart\n  topic: other\n";
    let compiled = run(&[CART, other]);
    let found = compiled.report.diagnostics();
    assert!(compiled.objects.is_none());
    assert!(
        !found.is_empty() && found.iter().all(|d| d.code.id == "KF0305"),
        "{found:?}"
    );
    for diagnostic in found.iter() {
        let labels = diagnostic.primary.iter().chain(&diagnostic.related);
        let files: Vec<_> = labels
            .map(|label| compiled.sources.get(label.span.file).name())
            .collect();
        assert!(
            files.contains(&"0.yaml") && files.contains(&"1.yaml"),
            "{files:?}"
        );
    }
}

#[test]
fn two_files_on_one_topic_and_channel() {
    let other = "app: mail\nimage: acme/mail:1.0\nfunctions:\n- name: send\n  topic: cart\n";
    assert_eq!(
        places(&run(&[CART, other]), "KF0206"),
        ["1.yaml:5", "0.yaml:4"]
    );
    let heard = "app: mail\nimage: acme/mail:1.0\nfunctions:\n- name: send\n  topic: cart\n  channel: mail\n  replies: false\n";
    assert!(run(&[CART, heard]).objects.is_some());
}

#[test]
fn two_files_with_one_route() {
    let with = |app: &str| {
        format!(
            "app: {app}\nimage: acme/shop:1.0\nfunctions:\n- name: {app}\n  http:\n  - {{path: /a/, methods: [GET]}}\n"
        )
    };
    let gateway = "app: entry\ngateway: {}\n";
    let compiled = run(&[&with("one"), &with("two"), gateway]);
    assert!(compiled.objects.is_none());
    let mut both = places(&compiled, "KF0401");
    both.sort();
    assert_eq!(both, ["0.yaml:6", "1.yaml:6"]);
    // Methods apart, a path can be shared.
    let posted = with("two").replace("GET", "POST");
    let compiled = run(&[&with("one"), &posted, gateway]);
    assert!(
        compiled.objects.is_some(),
        "{:?}",
        compiled.report.diagnostics()
    );
}

#[test]
fn the_gateway_of_one_file_serves_all() {
    let with = |app: &str| {
        format!(
            "app: {app}\nimage: acme/shop:1.0\nfunctions:\n- name: {app}\n  http: [{{path: /{app}/}}]\n"
        )
    };
    let compiled = run(&[&with("one"), "app: entry\ngateway: {}\n", &with("two")]);
    let yaml = compiled
        .yaml()
        .unwrap_or_else(|| panic!("{:?}", compiled.report.diagnostics()));
    let map = yaml
        .split("---\n")
        .find(|object| object.contains("kind: ConfigMap\n"))
        .unwrap();
    assert!(
        map.contains("/one/") && map.contains("/two/") && map.contains("name: entry-gateway\n")
    );
}

/// The order in which files are given changes nothing but which of two is called the second.
#[test]
fn the_order_of_files_does_not_matter() {
    let (one, two) = (
        CART,
        "app: mail\nimage: acme/mail:1.0\nfunctions: [{name: send}]\ngateway: {routes: {/c/: cart}}\n",
    );
    assert_eq!(
        run(&[one, two]).yaml().unwrap(),
        run(&[two, one]).yaml().unwrap()
    );
}
