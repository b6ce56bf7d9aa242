#!/usr/bin/env python3
"""Runs kube-score's default checks over manifests; whatever they find that is not meant is a failure.

    score.py KUBE_SCORE KUBERNETES_VERSION FILE…

Warnings count as much as errors. What is meant stands below with its reason (docs/manifests.md says
the same to users); an exception that nothing needs any more is a failure, too.
"""

import json
import subprocess
import sys

# Of any object: the check, the words of its finding, and why it is meant.
MEANT = [
    ("container-resources", "CPU limit is not set",
     "a CPU limit throttles a pod below what it uses on average, and so lengthens every call"),
    ("container-image-pull-policy", "ImagePullPolicy is not set to Always",
     "a tag that does not move needs no pull for each start; `latest` gets Always"),
    ("horizontalpodautoscaler-replicas", "HPA few replicas",
     "a function may do with one pod; `scaling.min: 2` where it should not"),
]
# Of one file: the object, the check, and why it is meant.
OF_FILES = {
    "example/kinds/rendered.yaml": [
        ("HorizontalPodAutoscaler/autoscaling/v2/default/kinds-orders", "horizontalpodautoscaler-has-target",
         "it scales a Rollout, a kind that kube-score does not know"),
        ("NetworkPolicy/networking.k8s.io/v1/default/kinds-orders", "networkpolicy-targets-pod",
         "it selects the pods of a Rollout, a kind that kube-score does not know"),
        ("NetworkPolicy/networking.k8s.io/v1/default/kinds-page", "networkpolicy-targets-pod",
         "it selects the pods of a Knative Service, a kind that kube-score does not know"),
    ],
    "charts/monitoring/rendered.yaml": [
        ("Deployment/apps/v1/kubefuncs/kubefuncs-monitoring-exporter", "deployment-replicas",
         "a second exporter would count every message twice; without one for a moment nothing is lost"),
    ],
}
PASSED = 10


def findings(kube_score, version, path):
    """Object, check and words of all that is less than perfect; the number of objects."""
    command = [kube_score, "score", "--output-format", "json", "--kubernetes-version", f"v{version}", path]
    # It exits 1 for findings, and for a file that it cannot read: then without JSON.
    run = subprocess.run(command, capture_output=True, text=True)
    try:
        objects = json.loads(run.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{path}: kube-score says nothing that can be read: {run.stderr or run.stdout}")
    found = []
    for item in objects:
        for check in item["checks"]:
            if check["skipped"] or check["grade"] >= PASSED:
                continue
            words = [comment["summary"] for comment in check["comments"] or []]
            found += [(item["object_name"], check["check"]["id"], word) for word in words or [check["check"]["name"]]]
    return found, len(objects)


def main(kube_score, version, *paths):
    needed, faults, count = set(), [], 0
    for path in paths:
        own = OF_FILES.get(path, [])
        found, objects = findings(kube_score, version, path)
        count += objects
        if objects == 0:
            faults.append(f"{path}: holds no object")
        for name, check, words in found:
            excuses = [entry for entry in MEANT if entry[:2] == (check, words)]
            excuses += [entry for entry in own if entry[:2] == (name, check)]
            needed.update(excuses)
            if not excuses:
                faults.append(f"{path}: {name}: {check}: {words}")
    exceptions = MEANT + [entry for entries in OF_FILES.values() for entry in entries]
    faults += [f"no object needs this exception any more: {entry}" for entry in exceptions if entry not in needed]
    for line in faults:
        print(line, file=sys.stderr)
    print(f"{count} objects of {len(paths)} files: {len(faults)} findings of kube-score that are not meant")
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
