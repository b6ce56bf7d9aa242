//! What cluster DNS would answer.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::Fault;
use crate::object::{Object, list, mapping, text};
use crate::pod::Pod;

const ZONE: &str = "svc.cluster.local";

/// Full names of Services and of pods behind headless ones, with their addresses.
///
/// A text has room for one address where DNS answers with several, so askers take turns.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, Vec<Ipv4Addr>>);

impl Names {
    /// The names that these Services give these pods.
    ///
    /// A Service that maps a port to another number is left out: its name alone does not lead to
    /// the pods' ports.
    pub fn new(objects: &[Object], pods: &[Pod]) -> Names {
        let mut names = Names::default();
        for service in objects.iter().filter(|object| object.kind() == "Service") {
            let headless = text(service.at("/spec"), "/clusterIP") == "None";
            let selector = mapping(service.at("/spec"), "/selector");
            let full = format!("{}.{}.{ZONE}", service.name(), service.namespace());
            for pod in pods {
                if pod.namespace != service.namespace() || !pod.is_selected(&selector) {
                    continue;
                }
                if headless || keeps_ports(service, pod) {
                    names.add(full.clone(), pod.address);
                }
                if headless && pod.governing_service.as_deref() == Some(service.name()) {
                    names.add(format!("{}.{full}", pod.name), pod.address);
                }
            }
        }
        names
    }

    fn add(&mut self, name: String, address: Ipv4Addr) {
        self.0.entry(name).or_default().push(address);
    }

    /// All addresses of a name as a pod of `namespace` would ask for it.
    pub fn resolve(&self, name: &str, namespace: &str) -> Option<&[Ipv4Addr]> {
        // The search list of a pod's resolv.conf, then the name itself.
        let suffixes = [
            format!(".{namespace}.{ZONE}"),
            format!(".{ZONE}"),
            ".cluster.local".to_owned(),
            String::new(),
        ];
        suffixes
            .iter()
            .find_map(|suffix| self.0.get(&format!("{name}{suffix}")))
            .map(Vec::as_slice)
    }

    /// `text` with an address in place of each name; of several, the one whose turn it is.
    ///
    /// # Errors
    /// When a name of the cluster leads nowhere.
    pub fn substitute(&self, text: &str, namespace: &str, turn: usize) -> Result<String, Fault> {
        let mut result = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            // `x.y` can only be a host; a bare word is one where a whole host fits.
            let whole = result.is_empty() || result.ends_with(['=', ',', '/', '@']);
            let alone = whole && (after.is_empty() || after.starts_with([':', ',', '/']));
            match self
                .resolve(word, namespace)
                .filter(|_| word.contains('.') || alone)
            {
                Some(addresses) => result.push_str(&addresses[turn % addresses.len()].to_string()),
                None if word.contains(".svc.") || word.ends_with(".svc") => {
                    return Err(format!("{word}: no Service gives this name to a pod"));
                }
                None => result.push_str(word),
            }
            let skip = after.find(is_name).unwrap_or(after.len());
            result.push_str(&after[..skip]);
            rest = &after[skip..];
        }
        Ok(result)
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn keeps_ports(service: &Object, pod: &Pod) -> bool {
    list(service.at("/spec"), "/ports").iter().all(|port| {
        let number = &port["port"];
        let target = port.get("targetPort").unwrap_or(number);
        pod.port(target)
            .is_ok_and(|target| number.as_u64() == Some(target.into()))
    })
}
