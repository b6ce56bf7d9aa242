//! The name of the file of each object.

use std::collections::BTreeMap;

use crate::plan::ObjectId;

/// The longest name, in bytes; file systems take 255.
const LONGEST: usize = 240;

/// A file name for each object, in their order: `<kind>-<name>.yaml` in lower case, with the
/// namespace, and then the API group, where that is needed to tell them apart.
///
/// Names differ in more than letter case, so that no file system can mix them up.
pub(super) fn file_names(ids: &[&ObjectId]) -> Vec<String> {
    let mut levels = vec![0_usize; ids.len()];
    let last = 3;
    loop {
        let names: Vec<String> = ids
            .iter()
            .zip(&levels)
            .map(|(id, level)| name(id, *level))
            .collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in &names {
            *counts.entry(name).or_default() += 1;
        }
        let mut raised = false;
        for (level, name) in levels.iter_mut().zip(&names) {
            if counts[name.as_str()] > 1 && *level < last {
                *level += 1;
                raised = true;
            }
        }
        if !raised {
            return names;
        }
    }
}

fn name(id: &ObjectId, level: usize) -> String {
    let group = id
        .api_version
        .rsplit_once('/')
        .map_or("", |(group, _)| group);
    let parts = match level {
        0 => vec![&*id.kind, &*id.name],
        1 => vec![&*id.kind, &*id.namespace, &*id.name],
        2 => vec![&*id.kind, group, &*id.namespace, &*id.name],
        // Two that meet even so, since names may hold what joins them, are told apart for sure.
        _ => vec![&*id.kind, &*id.name],
    };
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(plain)
        .collect();
    let joined = parts.join("-");
    let exact = format!(
        "{}\0{}\0{}\0{}",
        id.api_version, id.kind, id.namespace, id.name
    );
    let lossless = id.name.bytes().all(plain_byte) && joined.len() <= LONGEST;
    if level < 3 && lossless {
        return format!("{joined}.yaml");
    }
    let mut end = joined.len().min(LONGEST - 20);
    while !joined.is_char_boundary(end) {
        end -= 1;
    }
    let hash = super::inventory::hash(exact.as_bytes());
    format!("{}-{}.yaml", &joined[..end], &hash[..16])
}

fn plain_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
}

/// A part of a name in characters that every file system has.
fn plain(part: &str) -> String {
    let keep = |c: char| {
        let c = c.to_ascii_lowercase();
        if u8::try_from(c).is_ok_and(plain_byte) {
            c
        } else {
            '_'
        }
    };
    part.chars().map(keep).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::file_names;
    use crate::plan::ObjectId;

    fn id(api_version: &str, kind: &str, namespace: &str, name: &str) -> ObjectId {
        ObjectId {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    fn names(ids: &[ObjectId]) -> Vec<String> {
        file_names(&ids.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_name_is_as_short_as_it_can_be() {
        let ids = [
            id("apps/v1", "Deployment", "shop", "shop-a"),
            id("v1", "Service", "shop", "a"),
            id("v1", "Service", "other", "a"),
            id("v1", "Service", "shop", "b"),
            id("serving.knative.dev/v1", "Service", "shop", "b"),
            id("v1", "Namespace", "", "shop"),
        ];
        assert_eq!(
            names(&ids),
            [
                "deployment-shop-a.yaml",
                "service-shop-a.yaml",
                "service-other-a.yaml",
                "service-shop-b.yaml",
                "service-serving.knative.dev-shop-b.yaml",
                "namespace-shop.yaml",
            ]
        );
    }

    #[test]
    fn no_two_objects_share_a_file() {
        let long = "x".repeat(253);
        let ids = [
            id("v1", "Service", "a", "b-c"),
            id("v1", "Service", "a-b", "c"),
            id("v1", "Service", "", "a-b-c"),
            id("v1", "Role", "n", "system:x"),
            id("v1", "Role", "n", "system_x"),
            id("v1", "Role", "n", "SYSTEM:x"),
            id("v1", "Role", "n", &long),
            id("v1", "Role", "m", &long),
            id("v1", "Role", "n", "../../etc/passwd"),
        ];
        let names = names(&ids);
        assert_eq!(
            names.iter().collect::<BTreeSet<_>>().len(),
            ids.len(),
            "{names:?}"
        );
        for name in &names {
            assert!(super::super::inventory::is_plain(name), "{name}");
            assert!(name.len() <= 255 && *name == name.to_lowercase(), "{name}");
        }
    }
}
