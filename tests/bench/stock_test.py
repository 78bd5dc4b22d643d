#!/usr/bin/env python3
"""scripts/bench --stock with the plain scripts beside this file: every figure of both ways comes about, and where the
scripts found a second cluster and wait without an FE it says so. stock_test.py BUILD; 77: skipped"""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parents[1] / "scripts"))
from bench_stock import NAMESPACE  # noqa: E402


def main():
    if subprocess.run([*NAMESPACE, "true"], check=False).returncode:
        print("skipped: no namespace for processes: " + " ".join(NAMESPACE))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "figures.json")
        done = subprocess.run([HERE.parents[1] / "scripts/bench", "--build", sys.argv[1], "--json", file, "--stock",
                               HERE / "plain_scripts"], check=False)
        if not file.exists():
            print(f"no figures: exit status {done.returncode}")
            return 1
        figures = {one["name"]: one for one in json.loads(file.read_text())}
    lacks = [f"exit status {done.returncode}"] if done.returncode else []
    never = {name for name, one in figures.items() if one["stock"] is None}
    lacks += [f"{name} of the agent is missing" for name, one in figures.items() if one["agent"] is None]
    if never != {"be_serves_while_fe_down_s"}:
        lacks.append(f"figures that did not come about with the scripts: {sorted(never)}")
    clusters = figures["clusters_after_wiped_fe_0"]
    if (clusters["agent"], clusters["stock"]) != (1, 2):
        lacks.append(f"clusters after FE 0 was wiped: {clusters}")
    print("\n".join(lacks) or "all figures are there")
    return 1 if lacks else 0


if __name__ == "__main__":
    sys.exit(main())
