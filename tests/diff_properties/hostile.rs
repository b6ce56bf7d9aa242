//! Values that would like to be markup, commands or escapes.

use kubefunctl::diff::{
    Options, Section, Set, diff, github, json as json_of, markdown, text, unified,
};
use serde_json::json;

use super::set;

#[test]
fn nothing_in_a_value_is_obeyed() {
    let evil = "</details>\n```\n# @all ![x](http://evil)\n::error::x\n\u{1b}[31m<script>\u{202e}";
    let object = |value: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
               "metadata": {"name": format!("c{evil}"), "namespace": evil}, "data": {evil: value, "b": "x"}})
    };
    let old = object("a");
    let new = object(evil);
    for objects in [
        diff(
            &set(std::slice::from_ref(&old)),
            &set(std::slice::from_ref(&new)),
        ),
        diff(&set(&[old]), &Set::default()),
        diff(&Set::default(), &set(&[new])),
    ] {
        let sections = [Section {
            title: evil.to_owned(),
            diff: objects,
        }];
        let options = Options::default();
        let shown = [
            text(&sections, options),
            unified(&sections, options),
            markdown(&sections, options),
            github(&sections),
            json_of(&sections),
        ];
        for shown in &shown {
            assert!(
                !shown.contains(['\u{1b}', '\u{202e}']) || shown.starts_with('{'),
                "{shown}"
            );
        }
        assert!(!shown[4].contains('\u{1b}'));
        let commands = shown[3].lines().filter(|line| line.starts_with("::"));
        assert_eq!(commands.count(), 1, "{}", shown[3]);
        // Within fences anything may stand; outside of them nothing does.
        let mut fence: Option<String> = None;
        for line in shown[2].lines() {
            let ticks: String = line.chars().take_while(|c| *c == '`').collect();
            match &fence {
                None if ticks.len() >= 3 => fence = Some(ticks),
                Some(open) if line == open => fence = None,
                Some(_) => {}
                None => {
                    let code = line.contains('`');
                    assert!(
                        code || !line.contains("<script")
                            && !line.contains("@all")
                            && !line.contains("]("),
                        "{line}"
                    );
                }
            }
        }
        assert_eq!(fence, None);
    }
}
