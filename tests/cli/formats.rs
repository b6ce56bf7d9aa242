//! `check --format`: each form of the findings, and what none may show.

use serde_json::Value;

use super::run::{folder_with, kubefunctl};

/// Errors, a warning, a related place, help, a character of several bytes, a secret.
const WRONG: &str = "app: shop\nimage: acme/shop:latest\nfunctions:\n- name: a\n- name: a\n  topic: b\n  \
    env: {GRÜN: x, DB_PASSWORD: {value: hunter2}}\n  comand: [x]\n";

fn check(text: &str, format: &str) -> (Option<i32>, String, String) {
    let folder = folder_with("functions.yaml", text.as_bytes());
    let run = kubefunctl(folder.path(), &["check", "--format", format]);
    (run.code, run.out, run.err)
}

#[test]
fn json_has_the_shape_that_is_documented() {
    let (code, out, err) = check(WRONG, "json");
    assert_eq!((code, err.as_str()), (Some(1), ""));
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["hidden"], 0);
    let all = json["diagnostics"].as_array().unwrap();
    let errors = all.iter().filter(|d| d["severity"] == "error").count();
    assert_eq!(json["summary"]["errors"], errors);
    for finding in all {
        for key in ["code", "severity", "title", "message"] {
            assert!(finding[key].is_string(), "{key}: {finding}");
        }
        for key in ["related", "help"] {
            assert!(finding[key].is_array(), "{key}: {finding}");
        }
        let location = &finding["location"];
        assert!(location["file"] == "functions.yaml", "{finding}");
        for end in ["start", "end"] {
            assert!(location[end]["line"].as_u64().unwrap() >= 1);
            assert!(location[end]["column"].as_u64().unwrap() >= 1);
        }
    }
    let key = all
        .iter()
        .find(|d| d["code"] == "KF0101" && d["message"].as_str().unwrap().contains("comand"));
    let place = &key.unwrap()["location"];
    assert_eq!(
        (&place["start"]["line"], &place["start"]["column"]),
        (&8.into(), &3.into())
    );
    assert_eq!(
        (&place["end"]["line"], &place["end"]["column"]),
        (&8.into(), &9.into())
    );
    assert_eq!(place["excerpt"], "  comand: [x]");
    assert_eq!(key.unwrap()["help"][0], "did you mean `command`?");
    // The example of the documentation has the keys that there are.
    let docs = include_str!("../../docs/diagnostics.md");
    let example = docs
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    assert_eq!(keys(&example), keys(&json));
    assert_eq!(keys(&example["diagnostics"][0]), keys(&all[0]));
    assert_eq!(
        keys(&example["diagnostics"][0]["location"]),
        keys(&all[0]["location"])
    );
}

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

#[test]
fn columns_count_characters() {
    let text =
        "app: shop\nimage: acme/shop:1.0\nfunctions:\n- {name: a, env: {GRÜN: x}, comand: [x]}\n";
    let (_, out, _) = check(text, "json");
    let json: Value = serde_json::from_str(&out).unwrap();
    let all = json["diagnostics"].as_array().unwrap();
    let key = all
        .iter()
        .find(|d| d["message"].as_str().unwrap().contains("comand"))
        .unwrap();
    let line = text.lines().nth(3).unwrap();
    let column = line[..line.find("comand").unwrap()].chars().count() + 1;
    assert_eq!(key["location"]["start"]["column"], column);
}

/// The properties that SARIF 2.1.0 requires, and the bounds it sets, for the objects we write.
fn valid_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!(run["tool"]["driver"]["name"], "kubefunctl");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        assert!(rule["id"].as_str().unwrap().starts_with("KF"));
        assert!(
            !rule["shortDescription"]["text"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        level(&rule["defaultConfiguration"]["level"]);
    }
    for invocation in run["invocations"].as_array().unwrap() {
        assert!(invocation["executionSuccessful"].is_boolean());
    }
    for result in run["results"].as_array().unwrap() {
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        level(&result["level"]);
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let locations = result["locations"].as_array().unwrap();
        assert_eq!(locations.len(), 1, "{result}");
        let related = result["relatedLocations"].as_array();
        for location in locations.iter().chain(related.into_iter().flatten()) {
            let place = &location["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.is_ascii() && !uri.contains([' ', '<', '\\']), "{uri}");
            let region = &place["region"];
            let number = |key: &str| region[key].as_u64().unwrap();
            for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(number(key) >= 1, "{region}");
            }
            let (start, end) = (
                (number("startLine"), number("startColumn")),
                (number("endLine"), number("endColumn")),
            );
            assert!(start < end, "{region}");
        }
    }
}

fn level(value: &Value) {
    assert!(["error", "warning", "note", "none"].contains(&value.as_str().unwrap()));
}

#[test]
fn sarif_has_what_the_standard_requires() {
    for (text, code) in [
        (WRONG, Some(1)),
        (
            "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n",
            Some(0),
        ),
        // No place at all, an empty file, a place at the very end, broken syntax.
        ("image: acme/shop:1.0\nfunctions:\n- name: a\n", Some(1)),
        ("", Some(1)),
        ("app: [\n", Some(1)),
        ("app: shop\nfunctions:\n- name: |\n    a\n    b\n", Some(1)),
    ] {
        let (exit, out, err) = check(text, "sarif");
        assert_eq!((exit, err.as_str()), (code, ""), "{text}");
        valid_sarif(&serde_json::from_str(&out).unwrap());
    }
    let folder = folder_with("a b%.yaml", WRONG.as_bytes());
    let out = kubefunctl(folder.path(), &["check", "--format", "sarif", "a b%.yaml"]).out;
    valid_sarif(&serde_json::from_str(&out).unwrap());
    assert!(out.contains("\"a%20b%25.yaml\""), "{out}");
}

#[test]
fn github_has_one_command_a_line() {
    let (code, out, err) = check(WRONG, "github");
    assert_eq!((code, err.as_str()), (Some(1), ""));
    for line in out.lines() {
        let command = ["::error ", "::warning ", "::notice "]
            .iter()
            .any(|c| line.starts_with(c));
        assert!(command && line.contains("title=KF"), "{line}");
    }
    assert!(
        out.contains(
            "::error file=functions.yaml,line=8,endLine=8,col=3,endColumn=8,title=KF0101::"
        ),
        "{out}"
    );
    let (_, out, _) = check(
        "app: shop\nimage: \"a\\n::error::x\"\nfunctions:\n- name: a\n",
        "github",
    );
    assert!(out.lines().all(|line| line.contains("title=KF")), "{out}");
}

#[test]
fn no_form_shows_a_secret() {
    let outside = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  env:\n    API_TOKEN: hunter2\n   B: c\n";
    for text in [WRONG, outside] {
        for format in ["human", "json", "sarif", "github"] {
            let (code, out, err) = check(text, format);
            assert_eq!(code, Some(1));
            assert!(
                !(out.clone() + &err).contains("hunter2"),
                "{format}: {out}{err}"
            );
        }
    }
    let (_, _, err) = check(WRONG, "human");
    assert!(err.contains("DB_PASSWORD: {value: ***"), "{err}");
}

#[test]
fn no_more_is_shown_than_anybody_reads_and_the_rest_is_counted() {
    let mut text = String::from("app: shop\nimage: acme/shop:1.0\nfunctions:\n");
    for index in 0..60 {
        text.push_str(&format!("- name: f{index}\n  comand: [x]\n"));
    }
    let (_, out, _) = check(&text, "json");
    let json: Value = serde_json::from_str(&out).unwrap();
    let counts = json["summary"].as_object().unwrap().values();
    let hidden = counts.map(|count| count.as_u64().unwrap()).sum::<u64>() - 50;
    assert_eq!(
        (
            json["diagnostics"].as_array().unwrap().len(),
            &json["hidden"]
        ),
        (50, &hidden.into())
    );
    assert_eq!(json["summary"]["errors"], 60);
    let (_, out, _) = check(&text, "sarif");
    valid_sarif(&serde_json::from_str(&out).unwrap());
    let said = format!("{hidden} more findings are not shown");
    assert!(out.contains(&said), "{out}");
    assert!(
        check(&text, "github")
            .1
            .ends_with(&format!("::notice::{said}\n"))
    );
}
