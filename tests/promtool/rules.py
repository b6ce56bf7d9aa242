"""Takes rules and dashboards out of manifests: rules.py FOLDER < list.json

FOLDER/rules.json gets the groups of all PrometheusRules as promtool reads them, FOLDER/queries.json
the queries of all dashboards, as rules that record them. Prints the names of the alerts.
"""

import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
objects = json.load(sys.stdin)["items"]

groups = [
    group
    for item in objects
    if item["kind"] == "PrometheusRule"
    for group in item["spec"]["groups"]
]
queries = [
    target["expr"]
    for item in objects
    if item["metadata"].get("labels", {}).get("grafana_dashboard")
    for text in item["data"].values()
    for panel in json.loads(text)["panels"]
    for target in panel["targets"]
]
assert groups and queries, "neither rules nor dashboards"
recorded = [
    {"record": f"dashboard:query:{index}", "expr": expr} for index, expr in enumerate(queries)
]
(folder / "rules.json").write_text(json.dumps({"groups": groups}))
(folder / "queries.json").write_text(
    json.dumps({"groups": [{"name": "dashboard", "rules": recorded}]})
)
for group in groups:
    for rule in group["rules"]:
        print(rule["alert"])
