//! The last round as metrics, by the names of the original's exporter.

mod table;

use kubefuncs::metrics::prometheus::core::{Collector, Desc};
use kubefuncs::metrics::prometheus::proto::{
    Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType,
};
use tokio::time::Instant;

use crate::snapshot::{Board, Node, Snapshot};
use table::{CHANNELS, INFO, LOOKUPD_UP, NODES, Row, TOPICS, UP};

const NODE: &[&str] = &["node"];
const TOPIC: &[&str] = &["node", "topic"];
const CHANNEL: &[&str] = &["node", "topic", "channel"];

/// What the last round gave.
pub(crate) struct Nsq {
    board: Board,
    descriptions: Vec<Desc>,
}

impl Nsq {
    pub(crate) fn new(board: Board) -> Self {
        let describe = |name: &str, help: &str, labels: &[&str]| {
            let labels = labels.iter().map(|&label| label.to_owned()).collect();
            Desc::new(name.to_owned(), help.to_owned(), labels, [].into()).expect("a good name")
        };
        let mut descriptions = vec![
            describe(UP.0, UP.1, NODE),
            describe(INFO.0, INFO.1, &["node", "version"]),
            describe(LOOKUPD_UP.0, LOOKUPD_UP.1, &["lookupd"]),
        ];
        let nodes = NODES
            .iter()
            .map(|(name, _, help, _)| describe(name, help, NODE));
        descriptions.extend(nodes);
        let topics = TOPICS
            .iter()
            .map(|(name, _, help, _)| describe(name, help, TOPIC));
        descriptions.extend(topics);
        let channels = CHANNELS
            .iter()
            .map(|(name, _, help, _)| describe(name, help, CHANNEL));
        descriptions.extend(channels);
        Self {
            board,
            descriptions,
        }
    }
}

impl Collector for Nsq {
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let snapshot = self.board.borrow().clone();
        snapshot.map_or_else(Vec::new, |snapshot| families(&snapshot, Instant::now()))
    }
}

fn families(snapshot: &Snapshot, now: Instant) -> Vec<MetricFamily> {
    let nodes: Vec<_> = snapshot
        .nodes_at(now)
        .map(|(node, told)| (node.to_string(), told))
        .collect();
    let here: Vec<(&str, &Node)> = nodes
        .iter()
        .filter_map(|(node, told)| Some((node.as_str(), (*told)?)))
        .collect();
    let gauge = MetricType::GAUGE;
    let up = nodes
        .iter()
        .map(|(node, told)| (vec![node.as_str()], f64::from(u8::from(told.is_some()))));
    let mut families = vec![family(UP.0, gauge, UP.1, NODE, up)];
    let info = here
        .iter()
        .map(|(node, told)| (vec![*node, &told.stats.version], 1.0));
    families.push(family(INFO.0, gauge, INFO.1, &["node", "version"], info));
    let lookupds: Vec<_> = snapshot
        .lookupds
        .iter()
        .map(|(name, up)| (name.to_string(), f64::from(u8::from(*up))))
        .collect();
    let lookupds = lookupds.iter().map(|(name, up)| (vec![name.as_str()], *up));
    families.push(family(
        LOOKUPD_UP.0,
        gauge,
        LOOKUPD_UP.1,
        &["lookupd"],
        lookupds,
    ));
    families.extend(rows(NODES, NODE, || {
        here.iter().map(|(node, told)| (vec![*node], *told))
    }));
    families.extend(rows(TOPICS, TOPIC, || {
        here.iter().flat_map(|(node, told)| {
            let topics = told.figures.topics.iter();
            topics.map(|(topic, figures)| (vec![*node, topic.as_str()], figures))
        })
    }));
    families.extend(rows(CHANNELS, CHANNEL, || {
        here.iter().flat_map(|(node, told)| {
            let channels = told.figures.channels.iter();
            channels.map(|((topic, channel), figures)| {
                (vec![*node, topic.as_str(), channel.as_str()], figures)
            })
        })
    }));
    // The text format has no family without a series.
    families.retain(|family| !family.get_metric().is_empty());
    families
}

/// A family for each row, with a series for each of `items`.
fn rows<'a, T: 'a, Items>(
    rows: &[Row<T>],
    labels: &'static [&'static str],
    items: impl Fn() -> Items,
) -> Vec<MetricFamily>
where
    Items: Iterator<Item = (Vec<&'a str>, &'a T)>,
{
    let rows = rows.iter().map(|(name, kind, help, get)| {
        let series = items().filter_map(|(values, item)| Some((values, get(item)?)));
        family(name, *kind, help, labels, series)
    });
    rows.collect()
}

fn family<'a>(
    name: &str,
    kind: MetricType,
    help: &str,
    labels: &[&str],
    series: impl Iterator<Item = (Vec<&'a str>, f64)>,
) -> MetricFamily {
    let series = series.map(|(values, value)| {
        let pairs = labels.iter().zip(values).map(|(label, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*label).to_owned());
            pair.set_value(value.to_owned());
            pair
        });
        let mut metric = Metric::from_label(pairs.collect());
        if kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        metric
    });
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(series.collect());
    family
}
