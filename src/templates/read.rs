//! From the files of a directory to templates.

use super::{Directory, Files, MOST_BYTES, MOST_FILES, Templates, UserKind};
use crate::diag::codes::variation::BAD_TEMPLATES;
use crate::diag::{Diagnostic, Report};
use crate::schema::fault::Checker;
use crate::source::Span;

/// Where schemas are, below the directory.
const SCHEMAS: &str = "schemas/";

/// Reads the templates of a directory, which is named at `span`, if in a file. `ours` are the
/// names of the built-in ones.
pub fn read(
    reader: &Files,
    directory: Directory<'_>,
    span: Option<Span>,
    ours: &[&str],
    report: &mut Report,
) -> Templates {
    let mut complain = |message: String| {
        report.push(match span {
            Some(span) => Diagnostic::at(&BAD_TEMPLATES, span, message),
            None => Diagnostic::global(&BAD_TEMPLATES, message),
        });
    };
    let mut templates = Templates::default();
    if let Directory::Beside { path, .. } = directory
        && !is_plain(path)
    {
        complain("the directory has to be one below that of this file".to_owned());
        return templates;
    }
    let mut files = match reader.files(directory) {
        Ok(files) => files,
        Err(why) => {
            let (Directory::Given(path) | Directory::Beside { path, .. }) = directory;
            let path = path.escape_debug();
            complain(format!("the templates in `{path}` cannot be read: {why}"));
            return templates;
        }
    };
    let size: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    if files.len() > MOST_FILES || size > MOST_BYTES {
        complain(format!(
            "the directory is too large: {MOST_FILES} files and {MOST_BYTES} bytes at most"
        ));
        return templates;
    }
    files.sort();
    for (path, bytes) in files {
        let result = match path.strip_prefix(SCHEMAS) {
            Some(schema) => templates.add_schema(schema, &bytes),
            None => templates.add_template(&path, bytes, ours),
        };
        if let Err(why) = result {
            complain(format!(
                "the template directory's `{}` {why}",
                path.escape_debug()
            ));
        }
    }
    templates
}

/// A relative path that stays below where it starts.
fn is_plain(path: &str) -> bool {
    let step = |step: &str| !matches!(step, "" | "..") && !step.contains(['\\', ':', '\0']);
    path.strip_suffix('/').unwrap_or(path).split('/').all(step)
}

impl Templates {
    fn add_template(&mut self, path: &str, bytes: Vec<u8>, ours: &[&str]) -> Result<(), String> {
        // What is in no template's place is not ours to judge, a README for instance.
        if path.contains('/') || !path.ends_with(".yaml") {
            return Ok(());
        }
        let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
        let field = |key| field(&text, key);
        if let (false, Some(api_version), Some(kind)) =
            (ours.contains(&path), field("apiVersion:"), field("kind:"))
        {
            let kind = UserKind {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
                template: path.to_owned(),
                scaled: text.contains("replicas }}"),
            };
            let short = format!("{}.yaml", kind.kind.to_lowercase());
            let long = format!("{}.{}.yaml", kind.kind.to_lowercase(), kind.group());
            if path != short && path != long {
                return Err(format!(
                    "is a template for the kind {}, so it has to be called `{short}` or `{long}`",
                    kind.kind.escape_debug()
                ));
            }
            self.kinds.push(kind);
        }
        self.texts.insert(path.to_owned(), text);
        Ok(())
    }

    fn add_schema(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let named = path
            .strip_suffix(".json")
            .and_then(|path| path.split_once('/'));
        let Some((group, kind)) = named.filter(|(_, kind)| !kind.contains('/')) else {
            return Err("is not where schemas are: `schemas/GROUP/KIND.json`".to_owned());
        };
        let schema =
            serde_json::from_slice(bytes).map_err(|error| format!("is not JSON: {error}"))?;
        let checker = Checker::new(schema).map_err(|error| format!("is {error}"))?;
        self.schemas
            .insert((group.to_owned(), kind.to_owned()), checker);
        Ok(())
    }
}

/// The plain text after a key at the beginning of a line; none where a template computes it.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(key))?.trim();
    let word = |c: char| c.is_ascii_alphanumeric() || "./-".contains(c);
    (!value.is_empty() && value.chars().all(word)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{field, is_plain};

    #[test]
    fn paths_stay_below() {
        for (path, plain) in [
            ("k8s/templates", true),
            ("templates/", true),
            (".", true),
            ("../templates", false),
            ("a/../../b", false),
            ("/etc", false),
            ("C:\\x", false),
            ("", false),
        ] {
            assert_eq!(is_plain(path), plain, "{path}");
        }
    }

    #[test]
    fn fields_are_plain_texts_at_the_beginning_of_a_line() {
        let text = "{# kind: No #}\n  kind: Inner\nkind: Rollout\napiVersion: {{ x }}\n";
        assert_eq!(field(text, "kind:"), Some("Rollout"));
        assert_eq!(field(text, "apiVersion:"), None);
    }
}
