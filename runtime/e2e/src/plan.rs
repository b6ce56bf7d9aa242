//! One pod's containers as processes yet to start.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use crate::Fault;
use crate::env::Env;
use crate::image::{Image, Program};
use crate::listen;
use crate::names::Names;
use crate::object::{Object, at, list, text, texts};
use crate::pod::Pod;
use crate::volume::Mounts;

/// All that is needed to start one container here.
#[derive(Debug)]
pub struct Plan {
    /// `POD/CONTAINER`
    pub name: String,
    /// What to start.
    pub program: &'static Program,
    /// Its arguments, names and paths made this machine's.
    pub args: Vec<String>,
    /// Its whole environment, likewise.
    pub env: BTreeMap<String, String>,
    /// Variables of the manifest that only the program can be meant to read.
    pub meant_to_be_read: Vec<String>,
    /// Its folders.
    pub mounts: Mounts,
    /// When it counts as started, alive and ready.
    pub probes: Vec<Probe>,
    /// Declared ports at the pod's address.
    pub ports: Vec<SocketAddr>,
}

/// A probe: an HTTP path, or a connection where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Such as `readinessProbe`.
    pub name: &'static str,
    /// Where.
    pub address: SocketAddr,
    /// The path that has to answer 200 to 399.
    pub path: Option<String>,
}

/// What surrounds a pod while its containers are planned.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// All objects applied.
    pub objects: &'a [Object],
    /// What names lead to.
    pub names: &'a Names,
    /// The pod's number, for names with several addresses.
    pub turn: usize,
    /// Where its volumes lie.
    pub root: &'a Path,
}

/// Plans a pod's containers.
///
/// # Errors
/// What could not run in a cluster either, or is not known here.
pub fn plan(
    pod: &Pod,
    around: &Surroundings<'_>,
    image: impl Fn(&str) -> Result<Image, Fault>,
) -> Result<Vec<Plan>, Fault> {
    if !list(&pod.spec, "/initContainers").is_empty() {
        return Err(format!("{}: initContainers are not known here", pod.name));
    }
    let containers = list(&pod.spec, "/containers").iter();
    containers
        .map(|container| {
            let name = format!("{}/{}", pod.name, text(container, "/name"));
            container_plan(&name, container, pod, around, &image)
                .map_err(|fault| format!("{name}: {fault}"))
        })
        .collect()
}

fn container_plan(
    name: &str,
    container: &Value,
    pod: &Pod,
    around: &Surroundings<'_>,
    image: impl Fn(&str) -> Result<Image, Fault>,
) -> Result<Plan, Fault> {
    let mut variables = Env::read(container, pod, around.objects)?;
    let mounts = Mounts::read(container, pod, around.objects, around.root)?;
    let local = |text: &str| -> Result<String, Fault> {
        let text = around.names.substitute(text, &pod.namespace, around.turn)?;
        Ok(listen::own(&mounts.rewrite(&text)?, pod.address))
    };
    // The program's own path is the image's affair, so arguments alone are made local.
    let command = texts(container, "/command")
        .iter()
        .map(|word| variables.expand(word))
        .collect::<Result<Vec<_>, _>>()?;
    let args = texts(container, "/args")
        .iter()
        .map(|word| variables.expand(word))
        .collect::<Result<Vec<_>, _>>()?;
    let (program, args) = image(text(container, "/image"))?.start(&command, &args)?;
    let mut args = args
        .iter()
        .map(|arg| local(arg))
        .collect::<Result<Vec<_>, _>>()?;
    let mut env = BTreeMap::from([("HOSTNAME".to_owned(), pod.name.clone())]);
    for (name, value) in variables.iter() {
        env.insert(name.to_owned(), local(value)?);
    }
    if let Some(flag) = program.announces {
        let announced = listen::value(flag, &args).unwrap_or_default();
        if announced != pod.address.to_string() {
            return Err(format!(
                "--{flag}={announced} is not how others find the pod"
            ));
        }
    }
    listen::add_missing(program.listens, pod.address, &mut args, &mut env);
    let unused = variables
        .iter()
        .filter(|(name, _)| !variables.is_used(name));
    let meant_to_be_read = unused.map(|(name, _)| name.to_owned()).collect();
    let ports = list(container, "/ports")
        .iter()
        .map(|port| Ok((pod.address, pod.port(at(port, "/containerPort"))?).into()));
    let ports = ports.collect::<Result<_, Fault>>()?;
    let probes = probes(container, pod)?;
    Ok(Plan {
        name: name.to_owned(),
        program,
        args,
        env,
        meant_to_be_read,
        mounts,
        probes,
        ports,
    })
}

fn probes(container: &Value, pod: &Pod) -> Result<Vec<Probe>, Fault> {
    let mut probes = Vec::new();
    for name in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let Some(probe) = container.get(name) else {
            continue;
        };
        let (port, path) = if let Some(get) = probe.get("httpGet") {
            let path = Some(text(get, "/path"))
                .filter(|path| !path.is_empty())
                .unwrap_or("/");
            (at(get, "/port"), Some(path.to_owned()))
        } else if let Some(socket) = probe.get("tcpSocket") {
            (at(socket, "/port"), None)
        } else {
            return Err(format!("{name} is of a sort not known here"));
        };
        let address = (pod.address, pod.port(port)?).into();
        probes.push(Probe {
            name,
            address,
            path,
        });
    }
    Ok(probes)
}
