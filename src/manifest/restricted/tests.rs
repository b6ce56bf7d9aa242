//! One planted breach at a time in a pod that has none.

use serde_json::{Value, json};

use super::breaches;

fn pod() -> Value {
    json!({
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container()],
        "initContainers": [container()],
        "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c"}}],
    })
}

fn container() -> Value {
    json!({
        "name": "a",
        "image": "a",
        "ports": [{"containerPort": 80}],
        "livenessProbe": {"httpGet": {"port": 80}},
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
        },
    })
}

fn deployment(pod: &Value) -> Value {
    json!({"kind": "Deployment", "spec": {"template": {"spec": pod}}})
}

#[test]
fn what_keeps_the_level_has_no_breach() {
    assert_eq!(breaches(&deployment(&pod())), []);
    assert_eq!(
        breaches(&json!({"kind": "Service", "spec": {"ports": []}})),
        []
    );
}

#[test]
fn every_kind_that_makes_pods_is_looked_at() {
    let mut bad = pod();
    bad["hostNetwork"] = json!(true);
    for (object, place) in [
        (deployment(&bad), "/spec/template/spec"),
        (
            json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": bad}}}}}),
            "/spec/jobTemplate/spec/template/spec",
        ),
        (
            json!({"spec": {"jobTargetRef": {"template": {"spec": bad}}}}),
            "/spec/jobTargetRef/template/spec",
        ),
        (json!({"kind": "Pod", "spec": bad}), "/spec"),
    ] {
        let found = breaches(&object);
        assert_eq!(found.len(), 1, "{object}");
        assert_eq!(found[0].pointer, format!("{place}/hostNetwork"));
    }
}

#[test]
fn every_rule_finds_its_breach_and_nothing_else() {
    let planted = [
        ("/hostIPC", json!(true)),
        ("/hostPID", json!(true)),
        ("/securityContext/runAsUser", json!(0)),
        (
            "/securityContext/sysctls",
            json!([{"name": "kernel.msgmax", "value": "1"}]),
        ),
        ("/securityContext/seLinuxOptions", json!({"type": "spc_t"})),
        (
            "/securityContext/seLinuxOptions",
            json!({"role": "system_r"}),
        ),
        (
            "/securityContext/appArmorProfile",
            json!({"type": "Unconfined"}),
        ),
        (
            "/securityContext/windowsOptions",
            json!({"hostProcess": true}),
        ),
        (
            "/volumes",
            json!([{"name": "h", "hostPath": {"path": "/"}}]),
        ),
        (
            "/volumes",
            json!([{"name": "n", "nfs": {"server": "a", "path": "/"}}]),
        ),
        (
            "/containers/0/ports",
            json!([{"containerPort": 80, "hostPort": 80}]),
        ),
        (
            "/containers/0/livenessProbe",
            json!({"httpGet": {"port": 80, "host": "a"}}),
        ),
        (
            "/containers/0/lifecycle",
            json!({"preStop": {"tcpSocket": {"port": 80, "host": "a"}}}),
        ),
        ("/initContainers/0/securityContext/privileged", json!(true)),
        ("/initContainers/0/securityContext/runAsUser", json!(0)),
        ("/containers/0/securityContext/runAsNonRoot", json!(false)),
        (
            "/containers/0/securityContext/seccompProfile",
            json!({"type": "Unconfined"}),
        ),
        (
            "/containers/0/securityContext/allowPrivilegeEscalation",
            json!(true),
        ),
        (
            "/containers/0/securityContext/allowPrivilegeEscalation",
            Value::Null,
        ),
        (
            "/containers/0/securityContext/capabilities/drop",
            json!(["NET_RAW"]),
        ),
        (
            "/containers/0/securityContext/capabilities/add",
            json!(["SYS_ADMIN"]),
        ),
        ("/containers/0/securityContext/procMount", json!("Unmasked")),
    ];
    for (pointer, value) in planted {
        let mut pod = pod();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        pod.pointer_mut(parent).unwrap()[key] = value.clone();
        let found = breaches(&deployment(&pod));
        assert_eq!(found.len(), 1, "{pointer}: {value} gives {found:?}");
        let place = format!("/spec/template/spec{pointer}");
        assert!(found[0].pointer.starts_with(&place), "{pointer}: {found:?}");
    }
}

#[test]
fn what_the_pod_lacks_is_missing_in_each_container() {
    let mut pod = pod();
    pod["securityContext"] = json!({});
    let found = breaches(&deployment(&pod));
    // Two containers, and of each its user and its profile.
    assert_eq!(found.len(), 4, "{found:?}");
}
