#!/usr/bin/env python3
"""Loads a chart and renders it, as `helm template` does, and prints the seconds of both as JSON.

    helm_text.py CHART [OUTPUT]

The clock runs inside the process: neither Python's start nor the loading of the library counts.
"""

import json
import sys
import time

from helm_python import Chart, _native

begin = time.perf_counter()
chart = Chart.load(sys.argv[1])
loaded = time.perf_counter()
# The call below `Chart.render`, without Python's decoding of what comes back.
text = _native.call_string("helm_render", chart._raw(), None, json.dumps({"name": "shop", "namespace": "shop"}))
end = time.perf_counter()
if len(sys.argv) > 2:
    with open(sys.argv[2], "w", encoding="utf-8") as output:
        for name, manifest in sorted(json.loads(text).items()):
            # As `helm template` has it: what is said to people afterwards is no manifest.
            if not name.endswith("NOTES.txt"):
                output.write(f"---\n# Source: {name}\n{manifest}\n")
print(json.dumps({"load": loaded - begin, "text": end - loaded, "version": _native.helm_sdk_version()}))
