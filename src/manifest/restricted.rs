//! Pod Security's strictest level, "restricted", as the Pod Security Standards of Kubernetes state
//! it: what a final object's pods do that the level forbids.
//!
//! Enforced, the level refuses pods, not the objects that make them: such an object is taken, and
//! its pods never appear. So it is said here.

use std::fmt::Display;

use serde_json::Value;

/// Something that the level forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Where in the object, as a JSON pointer.
    pub pointer: String,
    /// What is forbidden, or missing.
    pub rule: &'static str,
}

/// Where objects have the spec of their pods, the first that is there.
const POD_SPECS: [&str; 4] = [
    "spec/template/spec",
    "spec/jobTemplate/spec/template/spec",
    "spec/jobTargetRef/template/spec",
    "spec",
];

/// The kinds of volumes that are allowed.
const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The sysctls that are allowed.
const SYSCTLS: [&str; 9] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];

/// The types of SELinux that are allowed.
const SELINUX: [&str; 5] = [
    "",
    "container_engine_t",
    "container_init_t",
    "container_kvm_t",
    "container_t",
];

/// All breaches of an object, in the order of its fields; none for an object that makes no pods.
#[must_use]
pub fn breaches(object: &Value) -> Vec<Breach> {
    let mut found = Vec::new();
    let spec = POD_SPECS.into_iter().find_map(|place| {
        let spec = part(object, place);
        spec["containers"].as_array()?;
        Some((place, spec))
    });
    if let Some((place, spec)) = spec {
        let mut look = Look {
            found: &mut found,
            spec,
        };
        look.pod(&format!("/{place}"));
    }
    found
}

struct Look<'a> {
    found: &'a mut Vec<Breach>,
    /// The pod's spec: what it says holds for containers that say nothing.
    spec: &'a Value,
}

impl Look<'_> {
    /// The pointer is written out only where it is needed: nearly all objects are all right.
    fn must(&mut self, holds: bool, pointer: impl Display, rule: &'static str) {
        if !holds {
            let pointer = pointer.to_string();
            self.found.push(Breach { pointer, rule });
        }
    }

    fn pod(&mut self, at: &str) {
        let spec = self.spec;
        for key in ["hostIPC", "hostNetwork", "hostPID"] {
            let shares = spec[key] == true;
            self.must(
                !shares,
                format_args!("{at}/{key}"),
                "the node's own is not shared",
            );
        }
        let security = &spec["securityContext"];
        let here = format!("{at}/securityContext");
        self.both(security, &here);
        for (index, sysctl) in items(&security["sysctls"]) {
            let known = sysctl["name"]
                .as_str()
                .is_some_and(|name| SYSCTLS.contains(&name));
            self.must(
                known,
                format_args!("{here}/sysctls/{index}"),
                "this sysctl is not one of the safe ones",
            );
        }
        for key in ["initContainers", "containers", "ephemeralContainers"] {
            for (index, container) in items(&spec[key]) {
                self.container(container, &format!("{at}/{key}/{index}"));
            }
        }
        for (index, volume) in items(&spec["volumes"]) {
            let mut kinds = volume
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str());
            let allowed = kinds.all(|kind| kind == "name" || VOLUMES.contains(&kind));
            self.must(
                allowed,
                format_args!("{at}/volumes/{index}"),
                "volumes of this kind reach the node",
            );
        }
    }

    fn container(&mut self, container: &Value, at: &str) {
        let pod = &self.spec["securityContext"];
        let own = &container["securityContext"];
        let here = format!("{at}/securityContext");
        self.both(own, &here);
        self.must(
            own["privileged"] != true,
            format_args!("{here}/privileged"),
            "no container is privileged",
        );
        let escalates = own["allowPrivilegeEscalation"] != false;
        self.must(
            !escalates,
            format_args!("{here}/allowPrivilegeEscalation"),
            "has to be false",
        );
        let user = match &own["runAsNonRoot"] {
            Value::Null => &pod["runAsNonRoot"],
            said => said,
        };
        self.must(
            *user == true,
            format_args!("{here}/runAsNonRoot"),
            "has to be true, here or of the pod",
        );
        let seccomp = match &own["seccompProfile"]["type"] {
            Value::Null => &pod["seccompProfile"]["type"],
            said => said,
        };
        let profile = *seccomp == "RuntimeDefault" || *seccomp == "Localhost";
        self.must(
            profile,
            format_args!("{here}/seccompProfile"),
            "has to be RuntimeDefault or Localhost, here or of the pod",
        );
        let capabilities = &own["capabilities"];
        let drops = items(&capabilities["drop"]).any(|(_, dropped)| dropped == "ALL");
        self.must(
            drops,
            format_args!("{here}/capabilities/drop"),
            "has to list ALL",
        );
        for (index, added) in items(&capabilities["add"]) {
            self.must(
                added == "NET_BIND_SERVICE",
                format_args!("{here}/capabilities/add/{index}"),
                "NET_BIND_SERVICE at most is added",
            );
        }
        let mount = &own["procMount"];
        let usual = mount.is_null() || mount == "Default";
        self.must(usual, format_args!("{here}/procMount"), "has to be Default");
        for (index, port) in items(&container["ports"]) {
            let none = port["hostPort"].is_null() || port["hostPort"] == 0;
            self.must(
                none,
                format_args!("{at}/ports/{index}/hostPort"),
                "the node's ports are not taken",
            );
        }
        self.handlers(container, at);
    }

    /// Probes and hooks go to the pod itself.
    fn handlers(&mut self, container: &Value, at: &str) {
        const HANDLERS: [&str; 5] = [
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle/postStart",
            "lifecycle/preStop",
        ];
        for handler in HANDLERS {
            let found = part(container, handler);
            for action in ["httpGet", "tcpSocket"] {
                let host = &found[action]["host"];
                let own = host.is_null() || host == "";
                self.must(
                    own,
                    format_args!("{at}/{handler}/{action}/host"),
                    "probes and hooks name no host",
                );
            }
        }
    }

    /// What holds for pods and for containers alike.
    fn both(&mut self, security: &Value, at: &str) {
        self.must(
            security["runAsUser"] != 0,
            format_args!("{at}/runAsUser"),
            "0 is root",
        );
        let armor = &security["appArmorProfile"]["type"];
        self.must(
            *armor != "Unconfined",
            format_args!("{at}/appArmorProfile"),
            "Unconfined is forbidden",
        );
        let host = security["windowsOptions"]["hostProcess"] == true;
        self.must(
            !host,
            format_args!("{at}/windowsOptions/hostProcess"),
            "the node's own is not shared",
        );
        let selinux = &security["seLinuxOptions"];
        let kind = selinux["type"].as_str().unwrap_or_default();
        let plain =
            SELINUX.contains(&kind) && selinux["user"].is_null() && selinux["role"].is_null();
        self.must(
            plain,
            format_args!("{at}/seLinuxOptions"),
            "only types of containers, no user, no role",
        );
    }
}

/// What stands at a place such as `spec/template`; null where nothing does.
fn part<'v>(value: &'v Value, place: &str) -> &'v Value {
    place.split('/').fold(value, |value, key| &value[key])
}

fn items(list: &Value) -> impl Iterator<Item = (usize, &Value)> {
    list.as_array().into_iter().flatten().enumerate()
}

#[cfg(test)]
mod tests;
