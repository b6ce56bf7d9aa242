//! What our own templates give needs no YAML parser: whoever makes one that does would make every
//! render several times slower, and never see it.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files, and fail by panicking"
)]

use std::collections::BTreeSet;

use kubefunctl::diag::Report;
use kubefunctl::manifest::quick;
use kubefunctl::render::{self, Engine};
use kubefunctl::source::Sources;
use kubefunctl::templates::Templates;
use kubefunctl::{Options, plan, resolve, schema};

#[test]
fn every_object_of_our_templates_is_read_without_a_parser() {
    let mut kinds = BTreeSet::new();
    for entry in std::fs::read_dir("tests/cases").unwrap() {
        let path = entry.unwrap().path();
        for (kind, text) in rendered(&std::fs::read(&path).unwrap()) {
            let read = quick::read(&text);
            assert!(read.is_some(), "{}: {kind}\n{text}", path.display());
            kinds.insert(kind);
        }
    }
    // Fewer would mean that nothing was looked at.
    let all = plan::KINDS.iter().map(|kind| kind.kind.to_owned());
    assert_eq!(kinds, all.collect());
}

/// The kinds and texts of what our templates make of a file that they can be used for.
fn rendered(bytes: &[u8]) -> Vec<(String, String)> {
    let (mut sources, mut report) = (Sources::new(), Report::default());
    let options = Options {
        release: Some("shop".to_owned()),
        ..Options::default()
    };
    let tree = schema::read(&mut sources, "case.yaml", bytes.to_vec(), &mut report);
    let read = tree.and_then(|tree| schema::application(tree, None, &mut report));
    let Some(read) = read.filter(|read| read.spec.templates.is_none()) else {
        return Vec::new();
    };
    let app = resolve::resolve(&read, &options, &[], &mut report);
    let mut apps = vec![app];
    resolve::link(&mut apps, true, &mut report);
    if report.has_errors() {
        return Vec::new();
    }
    let templates = Templates::default();
    let engine = Engine::new(&templates.texts).unwrap();
    let units = plan::units(&apps).into_iter();
    let planned = units.flat_map(|unit| unit.plan());
    let texts = planned.map(|planned| {
        let text = render::render(&engine, &planned, &mut Report::default());
        (planned.id.kind, text.unwrap())
    });
    texts.collect()
}
