#!/usr/bin/env python3
"""Alerts, their tests and the dashboard use only metrics of docs/metrics.md, every alert has a test,
and the words in their matchers for `reason` are words of docs/operations.md.

usage: alert_names.py SOURCE_DIR
"""
import json
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
known = set(re.findall(r"^\| `(sr_agent_\w+)` \|", (root / "docs/metrics.md").read_text(), re.M))
words = set(re.findall(r"^\| `(\w+)` \|", (root / "docs/operations.md").read_text(), re.M)) | {"none"}
folder = root / "config/prometheus"
wrong = [] if len(known) > 20 else ["docs/metrics.md was not read as it should"]
for path in sorted(folder.iterdir()):
    text = path.read_text()
    used = set(re.findall(r"\bsr_agent_\w+", text))
    wrong += [f"{path.name}: {name} is no metric" for name in sorted(used - known)]
    for word in re.findall(r'reason[!=]=?\\?"(\w+)', text):
        if word not in words:
            wrong.append(f"{path.name}: {word} is no reason word")
alerts = set(re.findall(r"- alert: (\w+)", (folder / "alerts.yml").read_text()))
tested = set(re.findall(r"alertname: (\w+)", (folder / "alerts_test.yml").read_text()))
wrong += [f"{name} has no test" for name in sorted(alerts - tested)]
wrong += [f"{name} is tested and is no alert" for name in sorted(tested - alerts)]
panels = json.loads((folder / "dashboard.json").read_text())["panels"]
wrong += [f"panel {panel['title']} asks nothing" for panel in panels
          if not any(target.get("expr") for target in panel.get("targets", []))]
print("\n".join(wrong) or f"{len(known)} metrics, {len(alerts)} alerts, {len(panels)} panels")
sys.exit(1 if wrong else 0)
