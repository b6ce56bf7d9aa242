//! What is large: the work grows as the input does, and outputs stay within their bounds.

use kubefunctl::diff::diff;
use serde_json::{Value, json};

use super::{all_formats, set};

/// A Deployment with that many variables, each followed by `value`.
fn deployment(variables: usize, value: &str) -> Value {
    let env: Value = (0..variables)
        .map(|at| json!({"name": format!("V{at}"), "value": format!("{value}{at}")}))
        .collect();
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n"},
        "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i", "env": env}]}}},
    })
}

/// A policy with that many rules.
fn policy(rules: usize, first: usize) -> Value {
    let rules: Value = (first..first + rules)
        .map(|at| json!({"ports": [{"port": at}, {"port": at + 1}]}))
        .collect();
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "n"},
        "spec": {"podSelector": {}, "ingress": rules},
    })
}

#[test]
fn the_work_grows_as_the_input_does() {
    let work = |old: Value, new: Value| diff(&set(&[old]), &set(&[new])).work;
    let of: [fn(usize) -> (Value, Value); 3] = [
        |size| (deployment(size, "a"), deployment(size, "b")),
        |size| (policy(size, 1), policy(size, size / 2)),
        |size| {
            let list =
                |from: usize| -> Value { (from..from + size).map(|at| json!({"a": at})).collect() };
            let widget = |list| json!({"apiVersion": "a.b/v1", "kind": "W", "metadata": {"name": "w"}, "spec": list});
            (widget(list(0)), widget(list(size / 2)))
        },
    ];
    for pair in of {
        let count = |size| {
            let (old, new) = pair(size);
            work(old, new)
        };
        let (small, large) = (count(200), count(2000));
        assert!(small > 100, "{small}: nothing was looked at");
        assert!(
            large < small * 11,
            "{small} for 200 entries, {large} for 2000"
        );
    }
}

#[test]
fn ten_thousand_objects_are_looked_at_once_each() {
    let objects = |tag: &str| -> Vec<Value> {
        (0..10_000)
            .map(|at| {
                json!({"apiVersion": "v1", "kind": "ConfigMap",
                       "metadata": {"name": format!("c{at}")}, "data": {"a": if at % 100 == 0 { tag } else { "same" }}})
            })
            .collect()
    };
    let found = diff(&set(&objects("x")), &set(&objects("y")));
    assert_eq!((found.objects.len(), found.same), (100, 9_900));
    assert!(found.work < 12_000, "{}", found.work);
}

#[test]
fn each_pod_is_held_against_few_selectors() {
    // All have a label in common, and one of their own, as charts write them.
    let objects = |size: usize, version: &str| -> Vec<Value> {
        let labels = |at: usize| json!({"part-of": "shop", "app": format!("w{at}")});
        let workload = |at: usize| {
            let mut object = deployment(1, "v");
            object["metadata"]["name"] = format!("w{at}").into();
            let mut labels = labels(at);
            labels["version"] = version.into();
            object["spec"]["template"]["metadata"] = json!({ "labels": labels });
            object
        };
        let service = |at: usize| {
            json!({"apiVersion": "v1", "kind": "Service",
                   "metadata": {"name": format!("w{at}"), "namespace": "n"},
                   "spec": {"selector": labels(at)}})
        };
        (0..size)
            .flat_map(|at| [workload(at), service(at)])
            .collect()
    };
    let work = |size: usize| {
        let found = diff(&set(&objects(size, "1")), &set(&objects(size, "2")));
        assert_eq!(found.objects.len(), size);
        found.work
    };
    let (small, large) = (work(100), work(1000));
    assert!(small > 200, "{small}: nothing was looked at");
    assert!(large < small * 11, "{small} for 100, {large} for 1000");
}

fn config_map(text: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"f": text}})
}

#[test]
fn five_megabytes_are_cut_off_by_size() {
    let lines = |word: &str| -> String {
        (0..350_000)
            .map(|at| format!("{word} line {at}\n"))
            .collect()
    };
    let (old, new) = (lines("old"), lines("new"));
    assert!(new.len() > 5_000_000);
    let found = diff(&set(&[config_map(&old)]), &set(&[config_map(&new)]));
    let formats = all_formats(found);
    assert!(
        formats[0].contains("too many to compare"),
        "{}",
        &formats[0]
    );
    assert!(formats[1].contains("too many to compare"));
    assert!(formats[2].contains("too many to compare") && formats[2].len() < 65_000);

    // One line among them is found all the same.
    let one = old.replacen("old line 7\n", "new line 7\n", 1);
    let found = diff(&set(&[config_map(&old)]), &set(&[config_map(&one)]));
    let shown = &all_formats(found)[0];
    assert!(
        shown.contains("- old line 7") && shown.contains("+ new line 7"),
        "{shown}"
    );

    // And one line of five megabytes is shown where it differs.
    let long = |end: char| "x".repeat(5_000_000) + &end.to_string();
    let found = diff(
        &set(&[config_map(&long('a'))]),
        &set(&[config_map(&long('b'))]),
    );
    let shown = &all_formats(found)[0];
    assert!(shown.contains("xa") && shown.contains("xb") && shown.len() < 2_000);
}

#[test]
fn a_comment_fits_and_its_table_is_whole() {
    let objects = |tag: &str| -> Vec<Value> {
        (0..3_000)
            .map(|at| {
                let mut object = deployment(3, tag);
                object["metadata"]["name"] =
                    format!("a-rather-long-name-of-a-function-{at}").into();
                object["spec"]["template"]["spec"]["containers"][0]["image"] =
                    format!("{tag}:{at}").into();
                object
            })
            .collect()
    };
    let found = diff(&set(&objects("old")), &set(&objects("new")));
    let shown = &all_formats(found)[2];
    assert!(shown.len() <= 65_000, "{}", shown.len());
    assert!(shown.contains("| 3000 |") && shown.contains("more objects, which do not fit here"));
    assert_eq!(
        shown.matches("<details>").count(),
        shown.matches("</details>").count()
    );
    // Fewer objects are all named, and some of them in full.
    let some = |tag: &str| objects(tag)[..300].to_vec();
    let shown = &all_formats(diff(&set(&some("old")), &set(&some("new"))))[2];
    assert!(shown.len() <= 65_000 && shown.contains("told without details"));
    let named = (0..300).filter(|at| {
        shown.contains(&format!("-{at}`")) || shown.contains(&format!("-{at}</code>"))
    });
    assert_eq!(named.count(), 300);
}

/// A release of a large chart: every object says which release it is of.
fn release(version: &str, changed: &str) -> Vec<Value> {
    (0..5_000)
        .map(|at| {
            let mut object = deployment(2, "v");
            object["metadata"]["name"] = format!("w{at}").into();
            object["metadata"]["labels"] = json!({"helm.sh/chart": "big-1.0.0"});
            if at % 250 == 0 {
                object["metadata"]["labels"]["app.kubernetes.io/version"] = version.into();
                let container = &mut object["spec"]["template"]["spec"]["containers"][0];
                container["image"] = format!("acme/w{at}:{changed}").into();
            }
            object
        })
        .collect()
}

#[test]
fn twenty_changed_objects_of_five_thousand_fit_a_screen() {
    let found = diff(&set(&release("1.0", "1")), &set(&release("1.1", "2")));
    assert_eq!((found.objects.len(), found.same), (20, 4_980));
    let shown = &all_formats(found)[0];
    assert!(shown.lines().count() <= 60, "{shown}");
    let summary = shown.lines().take_while(|line| !line.is_empty());
    assert!(summary.count() <= 15, "{shown}");
    // What all of them share is said once.
    assert_eq!(
        shown.matches("app.kubernetes.io~1version").count(),
        1,
        "{shown}"
    );
    assert_eq!(
        shown.matches("acme/w250:1 → acme/w250:2").count(),
        1,
        "{shown}"
    );
}
