#!/usr/bin/env python3
"""Checks Kubernetes manifests against the schemas of several Kubernetes versions, unknown fields refused.

    validate.py VERSION[,VERSION…] FILE…

An independent judge: the schemas are those of PyPI's kubernetes-validate, the YAML reader is PyYAML
(YAML 1.1, as kubectl's). Exit 0: every object of every file is valid in every version that the
package has; versions it does not have are named. Exit 1: something is not, each place named.
"""

import functools
import sys

import kubernetes_validate
import yaml
from kubernetes_validate import utils

# Without it the package reads and parses the same schema files for each object.
utils.schema_contents = functools.lru_cache(maxsize=None)(utils.schema_contents)


class Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):
    """Refuses a mapping with the same key twice, which PyYAML takes in silence."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} twice", node.start_mark)
        return super().construct_mapping(node, deep)


def objects(path):
    """The objects of a stream, with a name for messages."""
    with open(path, encoding="utf-8") as stream:
        for number, document in enumerate(yaml.load_all(stream, Loader), start=1):
            if document is None:
                continue
            if not isinstance(document, dict) or "kind" not in document or "apiVersion" not in document:
                raise ValueError(f"document {number} is no Kubernetes object")
            name = document.get("metadata", {}).get("name", f"document {number}")
            yield f"{path}: {document['kind']}/{name}", document


# Kubernetes' own groups; of any other the package knows nothing.
OWN_GROUPS = {"", "apps", "autoscaling", "batch", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
              "scheduling.k8s.io", "storage.k8s.io"}


def is_custom(document):
    """Whether a custom resource definition has to say what such an object is."""
    group, _, version = document["apiVersion"].rpartition("/")
    return group not in OWN_GROUPS


def fault(document, version):
    """What is wrong with an object in a version, or None."""
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        place = ".".join(str(part) for part in error.path) or "top level"
        return f"{place}: {error.message[:500]}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return error.message
    return None


def main(versions, paths):
    known = {".".join(version.split(".")[:2]) for version in utils.all_versions()}
    # The package answers for a version it does not have with the schemas of an older one.
    for version in versions:
        if version not in known:
            print(f"LEFT OUT: kubernetes-validate has no schemas of Kubernetes {version}", file=sys.stderr)
    versions = [version for version in versions if version in known]
    faults, count, custom = [], 0, []
    for path in paths:
        before = count
        try:
            for name, document in objects(path):
                count += 1
                if is_custom(document):
                    custom.append(name)
                    continue
                faults += [f"{name}: {version}: {text}" for version in versions if (text := fault(document, version))]
        except (ValueError, yaml.YAMLError) as error:
            faults.append(f"{path}: {error}")
        if count == before:
            faults.append(f"{path}: holds no object")
    for line in faults:
        print(line, file=sys.stderr)
    for name in custom:
        print(f"not judged, a custom resource: {name}")
    if not versions or not paths:
        print("nothing was validated", file=sys.stderr)
    print(f"{count} objects of {len(paths)} files, Kubernetes {', '.join(versions)}: {len(faults)} faults")
    return 1 if faults or not versions or not paths else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1].split(","), sys.argv[2:]))
