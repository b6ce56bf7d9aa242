#!/usr/bin/env python3
"""Runs the tools in turn over the same documents and prints a Markdown table; see `run` beside it."""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
SIZES = [100, 1000, 10000]
# How often each tool runs at a size. kustomize takes the better part of a minute for 1,000 functions
# and grows faster than they do, so it runs once there, and never for more.
ROUNDS = {100: 15, 1000: 9, 10000: 5}
KUSTOMIZE_ROUNDS = {100: 3, 1000: 1}


def timed(command, keep=False):
    """Runs a command to its end: wall seconds, CPU seconds, peak memory in MiB, and what it printed if
    that is to be kept. (A child's peak never reads lower than this process's own, so this one stays
    small: it keeps no manifests, and loads no Helm.)"""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(word) for word in command], stderr=errors,
                                   stdout=subprocess.PIPE if keep else subprocess.DEVNULL)
        output = process.stdout.read() if keep else b""
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            sys.exit(f"{command} failed: {errors.read()[-2000:].decode()}{output[-2000:].decode()}")
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024, "output": output}


def helm(folder, *output):
    run = timed([sys.executable, HERE / "helm_text.py", folder / "chart", *output], keep=True)
    told = json.loads(run["output"])
    return {"wall": told["load"] + told["text"], "text": told["text"], "version": told["version"]}


def commands(kubefunctl, tools, folder):
    """The tools, in the order in which they take turns."""
    return {
        "kubefunctl": lambda: timed([kubefunctl, "render", folder / "functions.yaml"]),
        "helm": lambda: helm(folder),
        "kubeconform": lambda: timed(
            [tools / "kubeconform", "-strict", "-summary", "-schema-location",
             f"{folder}/schemas/{{{{.ResourceKind}}}}.json", folder / "objects.yaml"], keep=True),
        "kustomize": lambda: timed([tools / "kustomize", "build", folder]),
    }


def same_objects(kubefunctl, folder):
    """That the chart gives what we render: `diff` says so by its exit code."""
    helm(folder, folder / "helm.yaml")
    timed([kubefunctl, "diff", folder / "helm.yaml", folder / "objects.yaml"], keep=True)


def measure(kubefunctl, tools, folder, count):
    # In a process of its own, for the sake of this one's size.
    made = timed([sys.executable, HERE / "inputs.py", kubefunctl, folder, count], keep=True)
    objects, size = json.loads(made["output"])
    same_objects(kubefunctl, folder)
    tasks = commands(kubefunctl, tools, folder)
    rounds = {name: ROUNDS.get(count, 5) for name in tasks}
    rounds["kustomize"] = KUSTOMIZE_ROUNDS.get(count, 3 if count < 100 else 0)
    runs = {name: [] for name in tasks}
    for turn in range(max(rounds.values())):
        for name, task in tasks.items():
            if turn < rounds[name]:
                runs[name].append(task())
        print(f"{count} functions, round {turn + 1}", file=sys.stderr)
    checked = runs["kubeconform"][0]["output"].decode()
    assert f"Valid: {objects}, Invalid: 0, Errors: 0, Skipped: 0" in checked, checked
    return {"count": count, "objects": objects, "size": size, "runs": runs}


def median(runs, figure="wall"):
    return statistics.median(run[figure] for run in runs) if runs else None


def seconds(value):
    if value is None:
        return "–"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def times(a, b):
    return "–" if a is None else f"{a / b:.1f}×"


def table(results):
    lines = [
        "| functions | objects | `kubefunctl render` | its CPU, peak memory | Helm 4, load and text | its text alone"
        " | kubeconform | kustomize | (Helm + kubeconform) / ours | Helm / ours | kustomize / ours |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        runs = result["runs"]
        ours, theirs, checked = median(runs["kubefunctl"]), median(runs["helm"]), median(runs["kubeconform"])
        built = median(runs["kustomize"])
        memory = median(runs["kubefunctl"], "memory")
        lines.append(
            f"| {result['count']:,} | {result['objects']:,}, {result['size'] / 1e6:.1f} MB | {seconds(ours)}"
            f" | {seconds(median(runs['kubefunctl'], 'cpu'))}, {memory:.0f} MiB | {seconds(theirs)}"
            f" | {seconds(median(runs['helm'], 'text'))} | {seconds(checked)} | {seconds(built)}"
            f" | {times(theirs + checked, ours)} | {times(theirs, ours)} | {times(built, ours)} |")
    return lines


def example(kubefunctl):
    """From process start to end over the example: median and slowest of 50."""
    runs = [timed([kubefunctl, "render", "example/functions.yaml"])["wall"] for _ in range(50)]
    return f"{statistics.median(runs) * 1000:.1f} ms (slowest {max(runs) * 1000:.1f} ms)"


def processor():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def main(kubefunctl, tools, work, *sizes):
    tools, work = pathlib.Path(tools), pathlib.Path(work).resolve()
    sizes = [int(size) for size in sizes if size] or SIZES
    results = [measure(kubefunctl, tools, work / str(count), count) for count in sizes]
    version = subprocess.run([kubefunctl, "--version"], capture_output=True, text=True).stdout.strip()
    helm_version = results[0]["runs"]["helm"][0]["version"]
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} × {processor()}; {version}, Helm {helm_version}, "
          f"kubeconform {os.environ['KUBECONFORM_VERSION']}, kustomize {os.environ['KUSTOMIZE_VERSION']}; "
          f"medians of runs in turn ({', '.join(f'{ROUNDS.get(s, 5)} at {s:,}' for s in sizes)}; kustomize "
          f"{', '.join(f'{KUSTOMIZE_ROUNDS.get(s, 0)}' for s in sizes)}); load of the machine at the end {load:.1f}.\n")
    print("\n".join(table(results)))
    print(f"\n`kubefunctl render example/functions.yaml`, process start to end: {example(kubefunctl)}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
