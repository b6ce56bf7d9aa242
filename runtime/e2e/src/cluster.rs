//! Starts what manifests describe, and asks it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use kubefuncs_testkit::{Process, go_handles_term, http};
use tempfile::TempDir;

use crate::Fault;
use crate::image::Image;
use crate::names::Names;
use crate::object::{Object, read};
use crate::plan::{Plan, Probe, Surroundings, plan};
use crate::pod::{Pod, pods};
use crate::service::{all_endpoints, endpoints};

/// A probe that a busy machine may take so long to pass.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// Running containers; all are killed when dropped.
#[derive(Debug)]
pub struct Cluster {
    objects: Vec<Object>,
    pods: Vec<Pod>,
    running: Vec<(Plan, Process)>,
    _volumes: TempDir,
}

impl Cluster {
    /// Starts every container of these manifests, all at once as a cluster does. Pods get loopback
    /// addresses from `first` on. Every variable has to be read by its program.
    ///
    /// # Errors
    /// The first thing that is wrong with the manifests.
    pub fn start(manifests: &[String], first: Ipv4Addr) -> Result<Cluster, Fault> {
        let objects = manifests
            .iter()
            .map(|text| read(text))
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        let pods = pods(&objects, first)?;
        let names = Names::new(&objects, &pods);
        let volumes =
            TempDir::with_prefix("kubefuncs-volumes-").map_err(|error| error.to_string())?;
        let mut plans = Vec::new();
        for (turn, pod) in pods.iter().enumerate() {
            let root = volumes.path().join(&pod.name);
            let around = Surroundings {
                objects: &objects,
                names: &names,
                turn,
                root: &root,
            };
            plans.extend(plan(pod, &around, Image::of)?);
        }
        all_endpoints(&objects, &pods)?;
        // Everything is built and looked at before anything runs.
        for plan in &plans {
            for variable in &plan.meant_to_be_read {
                if !plan.program.mentions(variable)? {
                    return Err(format!(
                        "{}: {} reads no {variable}",
                        plan.name, plan.program.name
                    ));
                }
            }
        }
        let mut running = Vec::new();
        for plan in plans {
            let process = launch(&plan, volumes.path())?;
            running.push((plan, process));
        }
        Ok(Cluster {
            objects,
            pods,
            running,
            _volumes: volumes,
        })
    }

    /// Waits until every probe passes, and every declared port accepts
    /// connections.
    ///
    /// # Panics
    /// When one does not within a minute, or a process leaves; shows its output.
    #[track_caller]
    pub fn wait_ready(&mut self) {
        for (plan, process) in &mut self.running {
            for probe in &plan.probes {
                let what = format!("{}: {probe:?} passes", plan.name);
                process.wait_ready(READY_LIMIT, &what, || passes(probe));
            }
            if plan.program.is_go {
                // Probes pass a moment too early for a clean stop.
                let (pid, what) = (process.id(), format!("{} handles SIGTERM", plan.name));
                process.wait_ready(READY_LIMIT, &what, || go_handles_term(pid));
            }
            for port in &plan.ports {
                let what = format!("{}: declared port {port} accepts connections", plan.name);
                process.wait_ready(READY_LIMIT, &what, || TcpStream::connect(port).is_ok());
            }
        }
    }

    /// Where a Service's port leads.
    ///
    /// # Errors
    /// As [`endpoints`].
    pub fn endpoints(
        &self,
        namespace: &str,
        service: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Fault> {
        endpoints(&self.objects, &self.pods, namespace, service, port)
    }

    /// SIGTERM to all at once, then waits for them.
    ///
    /// # Panics
    /// When one does not leave with status 0.
    #[track_caller]
    pub fn stop(&mut self) {
        for (_, process) in &mut self.running {
            process.terminate();
        }
        for (plan, process) in &mut self.running {
            let status = process.wait(READY_LIMIT);
            assert!(
                status.success(),
                "{} left with {status}\n{}",
                plan.name,
                process.last_words()
            );
        }
    }
}

fn launch(plan: &Plan, volumes: &std::path::Path) -> Result<Process, Fault> {
    plan.mounts.create()?;
    // A program that writes beside its volumes writes here.
    let folder = volumes.join("root");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut command = Command::new(plan.program.path());
    command
        .args(&plan.args)
        .env_clear()
        .envs(&plan.env)
        .current_dir(&folder);
    Ok(Process::start(&plan.name.replace('/', "-"), command))
}

fn passes(probe: &Probe) -> bool {
    match &probe.path {
        Some(path) => {
            http::get(probe.address, path).is_ok_and(|answer| (200..400).contains(&answer.status))
        }
        None => TcpStream::connect(probe.address).is_ok(),
    }
}
