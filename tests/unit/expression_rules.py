#!/usr/bin/env python3
"""Has promtool read every expression of the dashboard, and every example of docs/metrics.md, as a rule.

usage: expression_rules.py SOURCE_DIR PROMTOOL
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile


def of_dashboard(text):
    for panel in json.loads(text)["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"].replace("$namespace", "ns").replace("$__rate_interval", "1m")


def of_table(text):
    """The last cell of each row; a bar inside it is escaped."""
    for row in re.findall(r"^\| `sr_agent_\w+` \|.*\|$", text, re.M):
        yield re.split(r"(?<!\\)\|", row)[-2].strip().strip("`").replace("\\|", "|")


root = pathlib.Path(sys.argv[1])
expressions = [*of_dashboard((root / "config/prometheus/dashboard.json").read_text()),
               *of_table((root / "docs/metrics.md").read_text())]
if len(expressions) < 40:
    sys.exit(f"{len(expressions)} expressions: dashboard or table was not read as it should")
rules = [{"record": f"expression:{i}", "expr": text} for i, text in enumerate(expressions)]
with tempfile.NamedTemporaryFile("w", suffix=".yml") as out:  # JSON is YAML
    json.dump({"groups": [{"name": "expressions", "rules": rules}]}, out)
    out.flush()
    sys.exit(subprocess.run([sys.argv[2], "check", "rules", out.name], check=False).returncode)
