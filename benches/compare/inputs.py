"""Makes the inputs of a comparison: one functions.yaml, and for the other tools the very documents
that `kubefunctl` renders from it.

Helm gets a chart whose one template is what we render for one function, each value that differs
between functions replaced by an expression: no helper, no condition, nothing but text to fill in.
That is less than any real chart does. What it gives is compared with ours, object by object.

    inputs.py KUBEFUNCTL FOLDER FUNCTIONS        prints [objects, bytes] of the stream
"""

import json
import pathlib
import subprocess
import sys

# What differs between functions, and what stands for it in the function the chart is made of. None
# of these words occurs elsewhere in a manifest.
MARKS = {"name": "mark-name", "topic": "mark-topic", "tag": "0.0.0-mark", "shard": "mark-shard", "max": 7919}
KINDS = ["Deployment", "HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"]


def function(name, topic, tag, shard, max):
    """The entry of one function: usual settings, all defaults otherwise."""
    return f"""\
- name: {name}
  topic: {topic}
  image: ghcr.io/acme/shop:{tag}
  timeout: 5s
  concurrency: 16
  env:
    LOG_LEVEL: info
    SHARD: {json.dumps(shard)}
    DB_URL: {{secret: shop-db, key: url}}
  scaling: {{min: 2, max: {max}, cpu: 80}}
  resources: {{requests: {{cpu: 100m, memory: 64Mi}}, limits: {{memory: 128Mi}}}}
"""


def document(functions):
    return "app: shop\nnamespace: shop\nfunctions:\n" + "".join(function(**each) for each in functions)


def values(count):
    return [
        {"name": f"worker-{i:05}", "topic": f"orders-{i:05}", "tag": f"1.{i % 40}.{i % 7}",
         "shard": f"part-{i:05}", "max": 3 + i % 20}
        for i in range(count)
    ]


def render(kubefunctl, source, output):
    """Renders a file, and gives the objects as text."""
    # A new file: `-o` guards objects that an older one has.
    output.unlink(missing_ok=True)
    subprocess.run([kubefunctl, "render", source, "-o", output], check=True, stderr=subprocess.DEVNULL)
    return output.read_text()


def chart(kubefunctl, folder, functions):
    """Writes a Helm chart that renders what `kubefunctl` does."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    source = folder / "one.yaml"
    source.write_text(document([MARKS]))
    text = render(kubefunctl, source, folder / "one.out.yaml")
    # The head of the stream is a comment.
    text = text[text.index("apiVersion:"):]
    for name, mark in MARKS.items():
        assert str(mark) in text, f"{mark} is not in the manifests"
        text = text.replace(str(mark), "{{ $f.%s }}" % name)
    (folder / "templates" / "functions.yaml").write_text(
        "{{- range $f := .Values.functions }}\n---\n" + text + "{{- end }}\n")
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    lines = [f"- {{name: {f['name']}, topic: {f['topic']}, tag: {f['tag']}, shard: {f['shard']}, max: {f['max']}}}\n"
             for f in functions]
    (folder / "values.yaml").write_text("functions:\n" + "".join(lines))


def schemas(kubefunctl, folder):
    """Our bundled Kubernetes schemas under the names that kubeconform looks for."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        text = subprocess.run([kubefunctl, "schema", kind], check=True, capture_output=True, text=True).stdout
        (folder / f"{kind.lower()}.json").write_text(text)


def make(kubefunctl, folder, count):
    """All inputs of one size; gives the number of objects and the bytes of the stream."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    functions = values(count)
    (folder / "functions.yaml").write_text(document(functions))
    stream = render(kubefunctl, folder / "functions.yaml", folder / "objects.yaml")
    chart(kubefunctl, folder / "chart", functions)
    schemas(kubefunctl, folder / "schemas")
    (folder / "kustomization.yaml").write_text("resources:\n- objects.yaml\n")
    return stream.count("\napiVersion: "), len(stream.encode())


if __name__ == "__main__":
    print(json.dumps(make(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
