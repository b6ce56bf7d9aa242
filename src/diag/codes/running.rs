//! `KF04…`: how functions run, are reached and reach others.

use crate::diag::{Code, Severity};

/// Two routes that take the same requests.
pub static ROUTE_TWICE: Code = Code {
    id: "KF0401",
    severity: Severity::Error,
    title: "two routes take the same requests",
    explanation: "Routes of one gateway are told apart by path, host and method; `/a` and `/a/` \
                  are one path. With all of them in common nobody could say where a request goes.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  http: [{path: /a/}]\n- name: b\n  \
            http: [{path: /a/}]\ngateway: {}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  http: [{path: /a/, methods: \
            [GET]}]\n- name: b\n  http: [{path: /a/, methods: [POST]}]\ngateway: {}\n",
};

/// A schedule that Kubernetes would not take.
pub static BAD_SCHEDULE: Code = Code {
    id: "KF0402",
    severity: Severity::Error,
    title: "a schedule is not valid",
    explanation: "A schedule has five fields, minute, hour, day of the month, month and day of \
                  the week, such as `*/5 * * * *`, or is a word such as `@daily`. The time zone \
                  has a key of its own.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  schedule: [{cron: '61 * * * *'}]\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  schedule: [{cron: '59 * * * *'}]\n",
};

/// `scaling.min: 0` where nothing would ever start a pod.
pub static ZERO_PODS: Code = Code {
    id: "KF0403",
    severity: Severity::Error,
    title: "scaling.min is 0 without queueDepth",
    explanation: "Where there is no pod, there is no CPU use either, so the autoscaler for it \
                  never starts one. With `queueDepth` KEDA looks at the queue instead. To leave a \
                  function out, write `enabled: false`.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  scaling: {min: 0}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  scaling: {min: 0, queueDepth: 100}\n",
};

/// A kind of workload that nothing renders.
pub static UNKNOWN_KIND: Code = Code {
    id: "KF0404",
    severity: Severity::Error,
    title: "there is no template for a function's kind",
    explanation: "A function is a Deployment, a StatefulSet or a DaemonSet, or of a kind that the \
                  application's own templates render.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  kind: Deploiment\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  kind: Deployment\n",
};

/// A mount of a volume that does not exist.
pub static NO_VOLUME: Code = Code {
    id: "KF0405",
    severity: Severity::Error,
    title: "a mount names a volume that does not exist",
    explanation: "`volumeMounts` says where a container sees one of `volumes`, which has to have \
                  that name. A volume called `tmp` is always there, one called `config` where the \
                  function has a `config`.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  volumeMounts: [{name: data, \
            mountPath: /data}]\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  volumes: [{name: data, emptyDir: \
            {}}]\n  volumeMounts: [{name: data, mountPath: /data}]\n",
};

/// The first delay above the longest.
pub static BAD_BACKOFF: Code = Code {
    id: "KF0406",
    severity: Severity::Error,
    title: "retries.backoff.min is above retries.backoff.max",
    explanation: "The delay begins with `min` (1s) and doubles up to `max` (60s).",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  retries: {backoff: {min: 2m}}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  retries: {backoff: {min: 2m, max: 10m}}\n",
};

/// Several gateways, and routes that do not say which.
pub static WHICH_GATEWAY: Code = Code {
    id: "KF0407",
    severity: Severity::Error,
    title: "it is open which gateway serves a function's routes",
    explanation: "The routes of `http` go to the gateway of the function's own file, else to the \
                  only one in the given files. With several the function has to be left to one: \
                  write the route under `routes` of that gateway instead.",
    wrong: "",
    right: "",
};

/// A schedule without a body where the body is the whole message.
pub static EMPTY_MESSAGE: Code = Code {
    id: "KF0408",
    severity: Severity::Error,
    title: "a schedule sends an empty message",
    explanation: "With `payload: raw` the body is the whole message, and NSQ has no empty \
                  messages. An event may be without a body, since it is more than that.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  payload: raw\n  schedule: [{cron: \
            '@daily'}]\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  payload: raw\n  schedule: [{cron: \
            '@daily', body: tick}]\n",
};

/// `http` where no gateway is given.
pub static NO_GATEWAY: Code = Code {
    id: "KF0451",
    severity: Severity::Warning,
    title: "no gateway serves a function's routes",
    explanation: "`http` becomes routes of the gateway in the given files, and there is none. To \
                  share a gateway, render its file together with this one: `kubefunctl render \
                  functions.yaml gateway.yaml`.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  http: [{path: /a/}]\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  http: [{path: /a/}]\ngateway: {}\n",
};

/// A caller that has to wait for more than a minute.
pub static LONG_CALL: Code = Code {
    id: "KF0452",
    severity: Severity::Warning,
    title: "a caller has to wait for more than a minute",
    explanation: "Browsers and proxies on the way mostly give up after a minute. With `async: \
                  true` the caller gets 202 as soon as the message is taken.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 5m\n  http: [{path: \
            /a/}]\ngateway: {}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 5m\n  http: [{path: /a/, \
            async: true}]\ngateway: {}\n",
};

/// `scaling` for a DaemonSet.
pub static ONE_EACH: Code = Code {
    id: "KF0453",
    severity: Severity::Warning,
    title: "scaling says nothing for a DaemonSet",
    explanation: "A DaemonSet has one pod on each node; which nodes, `nodeSelector`, `affinity` \
                  and `tolerations` decide.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  kind: DaemonSet\n  scaling: {min: 2}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  kind: DaemonSet\n",
};

/// A function that may have no pod, and callers who wait.
pub static COLD_START: Code = Code {
    id: "KF0454",
    severity: Severity::Warning,
    title: "callers wait for the first pod of a function that may have none",
    explanation: "From no pod to the first takes a look at the queue (every 15 s), a node, an \
                  image and a start: mostly longer than the timeout. Keep one pod with \
                  `scaling.min: 1`, or let nobody wait with `async: true`.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  scaling: {min: 0, queueDepth: 9}\n  \
            http: [{path: /a/}]\ngateway: {}\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  scaling: {min: 1, queueDepth: 9}\n  \
            http: [{path: /a/}]\ngateway: {}\n",
};

/// A pod that takes longer to leave than nodes are kept for.
pub static LONG_DRAIN: Code = Code {
    id: "KF0455",
    severity: Severity::Warning,
    title: "a pod may need longer to stop than its node is kept",
    explanation: "A pod that is told to stop finishes what runs. A cluster's autoscaler waits for \
                  ten minutes, then removes the node; what still ran is delivered again. Do such \
                  work in steps, or on nodes that stay.",
    wrong: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 12m\n",
    right: "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n  timeout: 9m\n",
};

/// A function that may call anybody.
pub static OPEN_EGRESS: Code = Code {
    id: "KF0471",
    severity: Severity::Note,
    title: "functions may call anybody",
    explanation: "Without `network.egress` nothing limits whom a function's pods may call. Once \
                  it is there they reach what it lists, NSQ and DNS; `egress: []` lists nothing. \
                  It can stand under `defaults`. Only `check` says this.",
    wrong: "",
    right: "",
};

/// The family.
pub static ALL: &[&Code] = &[
    &ROUTE_TWICE,
    &BAD_SCHEDULE,
    &ZERO_PODS,
    &UNKNOWN_KIND,
    &NO_VOLUME,
    &BAD_BACKOFF,
    &WHICH_GATEWAY,
    &EMPTY_MESSAGE,
    &NO_GATEWAY,
    &LONG_CALL,
    &ONE_EACH,
    &COLD_START,
    &LONG_DRAIN,
    &OPEN_EGRESS,
];
