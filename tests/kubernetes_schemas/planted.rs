//! Mistakes planted in valid objects, one at a time: each is found, and nothing else is.

use kubefunctl::schema::fault::{Fault, FaultKind};
use kubefunctl::schema::kinds;
use serde_json::Value;

use crate::shapes::{kind_of, objects};
use crate::told::told;

/// Kind and name of a valid object, the place of the mistake, what stands there instead (as JSON;
/// nothing takes the place away), and what is to be said of it.
type Planted = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const PLANTED: &[Planted] = &[
    // Keys.
    ("Deployment thumb", "/spec/replcas", "3", "/spec unknown replcas, meant replicas"),
    ("Deployment thumb", "/metadata/lables", "{}", "/metadata unknown lables, meant labels"),
    ("Deployment thumb", "/spec/template/spec/containers/0/imagepullpolicy", r#""Always""#, "/spec/template/spec/containers/0 unknown imagepullpolicy, meant imagePullPolicy"),
    ("Deployment thumb", "/spec/template/spec/containers/0/livenessProbe/httpGet/prot", "80", "/spec/template/spec/containers/0/livenessProbe/httpGet unknown prot, meant port"),
    ("Deployment thumb", "/spec/template/spec/volumes/0/emptyDir/sizelimit", r#""1Mi""#, "/spec/template/spec/volumes/0/emptyDir unknown sizelimit, meant sizeLimit"),
    ("StatefulSet nsqd", "/spec/strategy", r#"{"type": "RollingUpdate"}"#, "/spec unknown strategy, meant -"),
    ("CronJob nightly", "/spec/timezone", r#""Etc/UTC""#, "/spec unknown timezone, meant timeZone"),
    ("Service gateway", "/spec/ports/0/containerPort", "80", "/spec/ports/0 unknown containerPort, meant -"),
    ("ConfigMap thumb", "/spec", "{}", " unknown spec, meant -"),
    ("Deployment thumb", "/spec/selector", "", "/spec missing selector"),
    ("Deployment thumb", "/spec/template/spec/containers/0/image", "", "/spec/template/spec/containers/0 missing image"),
    ("Deployment thumb", "/spec/template/spec/containers/0/name", "", "/spec/template/spec/containers/0 missing name"),
    ("Deployment thumb", "/spec/template/metadata", "", "/spec/template missing metadata"),
    ("Deployment thumb", "/apiVersion", r#""apps/v1beta1""#, "/apiVersion apps/v1beta1 is none of apps/v1"),
    ("HorizontalPodAutoscaler thumb", "/spec/maxReplicas", "", "/spec missing maxReplicas"),
    ("PersistentVolumeClaim data", "/spec/accessModes", "", "/spec missing accessModes"),
    ("Service gateway", "/metadata/name", "", "/metadata missing name"),
    ("Job backfill-9f2c41d7", "/spec/template/spec/restartPolicy", "", "/spec/template/spec missing restartPolicy"),
    ("Pod debug", "/spec/containers/0/livenessProbe/exec", "", "/spec/containers/0/livenessProbe wants one of exec, grpc, httpGet, tcpSocket"),
    ("Pod debug", "/spec/containers/0/livenessProbe/tcpSocket", r#"{"port": 1}"#, "/spec/containers/0/livenessProbe has more than one of exec, tcpSocket"),
    ("PodDisruptionBudget thumb", "/spec/minAvailable", "1", "/spec has more than one of maxUnavailable, minAvailable"),
    ("Pod debug", "/spec/volumes/1/emptyDir", "{}", "/spec/volumes/1 longer than 2"),
    ("ConfigMap thumb", "/data/with space", r#""x""#, "/data key with space: no config-key"),
    ("Deployment thumb", "/metadata/labels/a b", r#""x""#, "/metadata/labels key a b: no label-key"),
    ("Deployment thumb", "/spec/template/spec/containers/0/resources/limits/mem", "1", "/spec/template/spec/containers/0/resources/limits key mem: no resource-name"),
    // Types.
    ("Deployment thumb", "/spec/replicas", r#""3""#, "/spec/replicas a string, not an integer"),
    ("Deployment thumb", "/spec/template/spec/containers", "{}", "/spec/template/spec/containers a mapping, not a list"),
    ("Deployment thumb", "/spec/template/spec/containers/0/command", r#""/bin/app""#, "/spec/template/spec/containers/0/command a string, not a list"),
    ("Deployment thumb", "/spec/template/spec/containers/0/env", "null", "/spec/template/spec/containers/0/env null, not a list"),
    ("Deployment thumb", "/spec/template/spec/containers/0/env/2/value", "8080", "/spec/template/spec/containers/0/env/2/value an integer, not a string"),
    ("Deployment thumb", "/spec/template/spec/containers/0/securityContext/privileged", r#""no""#, "/spec/template/spec/containers/0/securityContext/privileged a string, not true or false"),
    ("Deployment thumb", "/spec/strategy/rollingUpdate/maxSurge", r#"{"percent": 25}"#, "/spec/strategy/rollingUpdate/maxSurge a mapping, not an integer or a string"),
    ("Deployment thumb", "/spec/template/spec/containers/0/resources/limits/memory", r#"{"value": 1}"#, "/spec/template/spec/containers/0/resources/limits/memory a mapping, not a number or a string"),
    ("Service gateway", "/spec/selector/tier", "1", "/spec/selector/tier an integer, not a string"),
    ("Deployment thumb", "/metadata/annotations", r#"{"replicas": true}"#, "/metadata/annotations/replicas true or false, not a string"),
    // Numbers.
    ("Deployment thumb", "/spec/replicas", "-1", "/spec/replicas below 0"),
    ("Deployment thumb", "/spec/replicas", "99999999999", "/spec/replicas above 2147483647"),
    ("Deployment thumb", "/spec/template/spec/containers/0/ports/0/containerPort", "99999999999", "/spec/template/spec/containers/0/ports/0/containerPort above 65535"),
    ("Service gateway", "/spec/ports/0/port", "0", "/spec/ports/0/port below 1"),
    ("Service gateway", "/spec/ports/0/targetPort", "70000", "/spec/ports/0/targetPort above 65535"),
    ("Deployment thumb", "/spec/template/spec/containers/0/livenessProbe/periodSeconds", "0", "/spec/template/spec/containers/0/livenessProbe/periodSeconds below 1"),
    ("HorizontalPodAutoscaler thumb", "/spec/behavior/scaleDown/stabilizationWindowSeconds", "7200", "/spec/behavior/scaleDown/stabilizationWindowSeconds above 3600"),
    ("Deployment thumb", "/spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/0/weight", "0", "/spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/0/weight below 1"),
    ("Pod debug", "/spec/volumes/0/configMap/defaultMode", "644", "/spec/volumes/0/configMap/defaultMode above 511"),
    ("Deployment thumb", "/spec/replicas", "1.5", "/spec/replicas a number, not an integer"),
    // Words.
    ("Deployment thumb", "/spec/template/spec/containers/0/imagePullPolicy", r#""always""#, "/spec/template/spec/containers/0/imagePullPolicy always is none of Always, IfNotPresent, Never"),
    ("Deployment thumb", "/spec/strategy/type", r#""Rolling""#, "/spec/strategy/type Rolling is none of Recreate, RollingUpdate"),
    ("Deployment thumb", "/spec/template/spec/restartPolicy", r#""Never""#, "/spec/template/spec/restartPolicy Never is none of Always"),
    ("Job backfill-9f2c41d7", "/spec/template/spec/restartPolicy", r#""Always""#, "/spec/template/spec/restartPolicy Always is none of Never, OnFailure"),
    ("Service gateway", "/spec/ports/0/protocol", r#""HTTP""#, "/spec/ports/0/protocol HTTP is none of SCTP, TCP, UDP"),
    ("NetworkPolicy thumb", "/spec/policyTypes/0", r#""ingress""#, "/spec/policyTypes/0 ingress is none of Egress, Ingress"),
    ("CronJob nightly", "/spec/concurrencyPolicy", r#""forbid""#, "/spec/concurrencyPolicy forbid is none of Allow, Forbid, Replace"),
    ("Ingress gateway", "/spec/rules/0/http/paths/0/pathType", r#""Regex""#, "/spec/rules/0/http/paths/0/pathType Regex is none of Exact, ImplementationSpecific, Prefix"),
    ("RoleBinding reader", "/subjects/0/kind", r#""ServiceAcount""#, "/subjects/0/kind ServiceAcount is none of Group, ServiceAccount, User"),
    // Forms.
    ("Deployment thumb", "/spec/template/spec/containers/0/resources/limits/memory", r#""128MB""#, "/spec/template/spec/containers/0/resources/limits/memory 128MB is no quantity, meant 128M"),
    ("Deployment thumb", "/spec/template/spec/containers/0/resources/requests/memory", r#""128 Mi""#, "/spec/template/spec/containers/0/resources/requests/memory 128 Mi is no quantity, meant 128Mi"),
    ("StatefulSet nsqd", "/spec/volumeClaimTemplates/0/spec/resources/requests/storage", r#""ten""#, "/spec/volumeClaimTemplates/0/spec/resources/requests/storage ten is no quantity, meant -"),
    ("Deployment thumb", "/spec/strategy/rollingUpdate/maxSurge", r#""25""#, "/spec/strategy/rollingUpdate/maxSurge no int-or-percent"),
    ("Deployment thumb", "/spec/template/spec/containers/0/name", r#""My_App""#, "/spec/template/spec/containers/0/name no dns-label"),
    ("Deployment thumb", "/metadata/name", r#""Thumb""#, "/metadata/name no dns-subdomain"),
    ("Service gateway", "/metadata/name", r#""1st""#, "/metadata/name no service-name"),
    ("Deployment thumb", "/metadata/labels/team", r#""a b""#, "/metadata/labels/team no label-value"),
    ("Deployment thumb", "/spec/template/spec/containers/0/ports/0/name", r#""8080""#, "/spec/template/spec/containers/0/ports/0/name no port-name"),
    ("Deployment thumb", "/spec/template/spec/containers/0/env/2/name", r#""A=B""#, "/spec/template/spec/containers/0/env/2/name no env-name"),
    ("CronJob nightly", "/spec/schedule", r#""* * * *""#, "/spec/schedule no cron"),
    ("NetworkPolicy thumb", "/spec/egress/0/to/1/ipBlock/cidr", r#""10.0.0.1""#, "/spec/egress/0/to/1/ipBlock/cidr no cidr"),
    ("Secret db", "/data/password", r#""hunter2!""#, "/data/password no base64"),
    ("CronJob nightly", "/metadata/name", r#""nightly-report-that-is-sent-to-everybody-who-asked-for-it""#, "/metadata/name longer than 52"),
    // Lists.
    ("Deployment thumb", "/spec/template/spec/containers", "[]", "/spec/template/spec/containers shorter than 1"),
    ("Deployment thumb", "/spec/selector/matchLabels", "", "/spec/selector shorter than 1"),
    ("Deployment thumb", "/spec/template/spec/containers/0/env/3/name", r#""NSQ_TOPIC""#, "/spec/template/spec/containers/0/env/3 repeats name NSQ_TOPIC of 2"),
    ("Service nsqd", "/spec/ports/1/port", "4150", "/spec/ports/1 repeats port, protocol 4150, TCP of 0"),
    ("Pod debug", "/spec/volumes/3/name", r#""host""#, "/spec/volumes/3 repeats name host of 2"),
];

#[test]
fn each_planted_fault_is_found_and_nothing_else() {
    let mut missed = Vec::new();
    for (object, at, instead, wanted) in PLANTED {
        let found: Vec<String> = faults(object, at, instead).iter().map(told).collect();
        if found != [*wanted] {
            missed.push(format!(
                "{object} {at}\n  wanted {wanted}\n  found  {found:?}"
            ));
        }
    }
    assert!(
        missed.is_empty(),
        "{} of {}:\n{}",
        missed.len(),
        PLANTED.len(),
        missed.join("\n")
    );
}

#[test]
fn enough_of_them_are_planted() {
    assert!(PLANTED.len() >= 40);
}

#[test]
fn several_faults_of_one_object_come_in_order() {
    let mut object = named("Deployment thumb");
    let template = &mut object["spec"]["template"]["spec"];
    template["containers"][0]["resources"]["limits"]["memory"] = "1GB".into();
    template["containers"][0]["cmd"] = "x".into();
    template["containers"][0]["cpus"] = 2.into();
    template["nodeName"] = 5.into();
    object["metadata"]["name"] = 7.into();
    let (api_version, kind) = kind_of(&object);
    let faults = kinds::lookup(api_version, kind).unwrap().faults(&object);
    let found: Vec<String> = faults.iter().map(told).collect();
    assert_eq!(
        found,
        [
            "/metadata/name an integer, not a string",
            "/spec/template/spec/containers/0 unknown cmd, meant -",
            "/spec/template/spec/containers/0 unknown cpus, meant -",
            "/spec/template/spec/containers/0/resources/limits/memory 1GB is no quantity, meant 1G",
            "/spec/template/spec/nodeName an integer, not a string",
        ]
    );
}

#[test]
fn no_fault_repeats_a_long_value() {
    let long = "s3cret ".repeat(100);
    let object = set(
        named("Secret db"),
        "/data/password",
        Some(Value::from(long)),
    );
    let faults = kinds::lookup("v1", "Secret").unwrap().faults(&object);
    let [
        Fault {
            kind: FaultKind::Pattern { value: None, .. },
            ..
        },
    ] = &faults[..]
    else {
        panic!("{faults:?}");
    };
}

/// What is wrong with a valid object after one change.
fn faults(object: &str, at: &str, instead: &str) -> Vec<Fault> {
    let instead = (!instead.is_empty()).then(|| serde_json::from_str(instead).unwrap());
    let object = set(named(object), at, instead);
    // A changed kind or version must not lead to another schema.
    let (_, kind) = kind_of(&object);
    let bundle = kinds::bundle(kinds::NEWEST).unwrap();
    bundle
        .kinds()
        .iter()
        .find(|one| one.kind() == kind)
        .unwrap()
        .faults(&object)
}

/// The valid object of that kind and name.
fn named(kind_and_name: &str) -> Value {
    let (kind, name) = kind_and_name.split_once(' ').unwrap();
    let is = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    objects().iter().find(is).unwrap().clone()
}

/// The object with another value at `at`, or with none.
fn set(mut object: Value, at: &str, value: Option<Value>) -> Value {
    let (parent, key) = at.rsplit_once('/').unwrap();
    let parent = object
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("no place {at}"));
    match (parent, value) {
        (Value::Object(map), Some(value)) => drop(map.insert(key.to_owned(), value)),
        (Value::Object(map), None) => drop(map.remove(key).unwrap()),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().unwrap()] = value,
        (other, _) => panic!("nothing can be set in {other}"),
    }
    object
}
