//! How fast the compiler is: `cargo bench -p kubefunctl --bench compiler`.
//!
//! The rows of `render` run on one thread and each goes one stage further than the one before, so
//! that a stage takes the difference; `whole` is what the command does, on all processors. What the
//! figures were is in `docs/benchmarks.md`.

#![allow(missing_docs, reason = "the harness makes public items without any")]
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kubefunctl::diag::Report;
use kubefunctl::diff::{self, Options as Shown, Section, Set};
use kubefunctl::manifest::{self, Against, Patches};
use kubefunctl::render::{self, Engine};
use kubefunctl::source::Sources;
use kubefunctl::templates::Templates;
use kubefunctl::{File, Options, compile, plan, resolve, schema};

const FUNCTIONS: [usize; 3] = [100, 1_000, 10_000];

/// Five objects each.
const COMPARED: usize = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Read,
    Resolve,
    Plan,
    Template,
    Manifest,
}

const STAGES: [(&str, Stage); 5] = [
    ("1 read", Stage::Read),
    ("2 resolve", Stage::Resolve),
    ("3 plan", Stage::Plan),
    ("4 template", Stage::Template),
    ("5 manifest", Stage::Manifest),
];

/// An application of so many functions; `image` gives the tag of each.
fn application(labels: &str, functions: usize, image: impl Fn(usize) -> u8) -> String {
    let mut text = format!("app: shop\nnamespace: shop\nlabels: {{{labels}}}\nfunctions:\n");
    for at in 0..functions {
        let tag = image(at);
        let _ = write!(
            text,
            "- name: fn-{at}
  image: ghcr.io/acme/shop:1.{tag}
  env: {{LOG_LEVEL: info, SHARD: \"{at}\", DB_URL: {{secret: shop-db, key: url}}}}
  scaling: {{min: 2, max: 10, cpu: 80}}
  resources: {{requests: {{cpu: 100m, memory: 64Mi}}, limits: {{memory: 128Mi}}}}
"
        );
    }
    text
}

fn file(text: &str) -> File {
    File {
        name: "functions.yaml".to_owned(),
        bytes: text.into(),
    }
}

/// The stages up to `last`, one after another; the number of objects that came of it.
fn stages(text: &str, last: Stage) -> usize {
    let (mut sources, mut report) = (Sources::new(), Report::default());
    let options = Options::default();
    let tree = schema::read(&mut sources, "functions.yaml", text.into(), &mut report);
    let read = schema::application(tree.unwrap(), None, &mut report).unwrap();
    if last < Stage::Resolve {
        return 0;
    }
    let templates = Templates::default();
    let app = resolve::resolve(&read, &options, &templates.kinds, &mut report);
    let mut apps = vec![app];
    resolve::link(&mut apps, true, &mut report);
    if last < Stage::Plan {
        return 0;
    }
    let engine = Engine::new(&templates.texts).unwrap();
    let mut made = 0;
    for unit in plan::units(&apps) {
        let minor = unit.app().minor;
        let mut patches = Patches::new(unit.patches());
        for planned in &unit.plan() {
            made += 1;
            if last < Stage::Template {
                continue;
            }
            let text = render::render(&engine, planned, &mut report).unwrap();
            if last < Stage::Manifest {
                continue;
            }
            let templates = &templates;
            let against = Against { minor, templates };
            manifest::check(planned, &text, against, &mut patches, &mut report).unwrap();
        }
    }
    made
}

fn rendering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10);
    for functions in FUNCTIONS {
        let text = application("", functions, |_| 0);
        group.throughput(Throughput::Elements(functions as u64));
        for (name, last) in STAGES {
            group.bench_function(BenchmarkId::new(name, functions), |bencher| {
                bencher.iter(|| stages(black_box(&text), last));
            });
        }
        group.bench_function(BenchmarkId::new("whole", functions), |bencher| {
            bencher.iter(|| {
                compile(vec![file(&text)], &Options::default())
                    .yaml()
                    .unwrap()
            });
        });
    }
}

fn stream(labels: &str, image: impl Fn(usize) -> u8) -> String {
    let text = application(labels, COMPARED, image);
    compile(vec![file(&text)], &Options::default())
        .yaml()
        .unwrap()
}

fn read(stream: &str) -> Set {
    let mut set = Set::default();
    diff::read("out.yaml", stream.into(), &mut set).unwrap();
    set
}

fn comparing(criterion: &mut Criterion) {
    let old = stream("", |_| 0);
    // One object of five is a Deployment.
    let some = stream("", |at| u8::from(at % 20 == 0));
    let all = stream("team: checkout", |_| 1);
    let mut group = criterion.benchmark_group("diff");
    group.sample_size(10);
    group.throughput(Throughput::Elements(read(&old).len() as u64));
    group.bench_function("read both", |bencher| {
        bencher.iter(|| (read(black_box(&old)), read(black_box(&all))));
    });
    let before = read(&old);
    for (name, new) in [("1 % changed", &some), ("all changed", &all)] {
        let after = read(new);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let diff = diff::diff(&before, &after);
                let title = String::new();
                diff::text(&[Section { title, diff }], Shown::default())
            });
        });
    }
}

criterion_group!(benches, rendering, comparing);
criterion_main!(benches);
