#!/usr/bin/env python3
"""The default test on a real node: config/kubernetes with the agents' word as readiness gate, the real
sr-agent in the pods and the simulator as server, whose time goes faster. What people and accidents do to
pods; what holds is judged by mysql and the API server.

usage: smoke.py [--build DIR] [--shell]
"""
import contextlib
import json
import subprocess
import sys

sys.dont_write_bytecode = True
import kube  # noqa: E402
from cluster import wait  # noqa: E402
from scenario import run_all, start  # noqa: E402
from starrocks import PATIENCE, StarRocks, expect, kill_first_process, mysql, restarts  # noqa: E402

# Of the servers; the agents' own times are those of production.
SCALE = 10


def comes_up(lab):
    """three FEs found one cluster, BEs and a CN register, and all become Ready by their agents' word"""
    lab.install()
    lab.whole()


def serves(lab):
    """the FEs' Service leads to the same list"""
    service = lab.api.get(f"/api/v1/namespaces/{lab.namespace}/services/starrocks-fe-service")
    rows = mysql(service["spec"]["clusterIP"], "SHOW FRONTENDS")
    expect(rows and {row["ClusterId"] for row in rows} == {lab.cluster_id}, f"it tells {rows}")


def held_by_annotation(lab):
    """a BE's pod is annotated `run-mode: hold`: its gate closes, and opens once the annotation is gone"""
    name = lab.name("be", 1)
    lab.annotate(name, run_mode="hold", run_mode_reason="somebody looks")
    lab.wait_gate(name, "False")
    lab.annotate(name, run_mode=None, run_mode_reason=None)
    lab.wait_gate(name, "True")


def first_process_killed(lab):
    """process 1 of a BE is killed: it starts again in place, with the same row, and its gate closes and opens"""
    name = lab.name("be", 0)
    before, rows, opened = lab.pod(name), lab.picture()[1]["be"], lab.serving(name)
    kill_first_process(lab, name)
    wait("a restart", lambda: "" if restarts(lab.pod(name)) == 1 else "none", PATIENCE)
    lab.wait_gate_anew(name, opened)
    expect(lab.pod(name)["metadata"]["uid"] == before["metadata"]["uid"], "it became another pod")
    expect([row[:2] for row in lab.picture()[1]["be"]] == [row[:2] for row in rows], f"rows were {rows}")


def scaled_in(lab):
    """a BE leaves by annotation and its set is scaled in: the lowest ordinal stays, with its row"""
    lab.leave(lab.name("be", 1), "smoke")
    lab.scale("be", 1)
    lab.whole()


@contextlib.contextmanager
def last_words(lab, name):
    """Of the pod's container, as a watch of the API server has them: yields a function for what it has so far."""
    path = '{.object.status.containerStatuses[0].state.terminated}{"\\n"}'
    file = lab.cluster.logs / "watch"
    with open(file, "w", encoding="utf-8") as out, subprocess.Popen(
            [str(kube.KUBE / "kubectl"), "--kubeconfig", lab.cluster.config, "get", "pod", "-n", lab.namespace, name,
             "--watch-only", "--output-watch-events", "-o", f"jsonpath={path}"], stdout=out, stderr=out) as watch:
        try:
            yield lambda: [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{")]
        finally:
            watch.kill()


def leader_deleted(lab):
    """the leader's pod is deleted: its server ends in its hook, its last words say so, and it comes back"""
    name = lab.leader()
    with last_words(lab, name) as words:
        lab.replace([name])
        wait("the last words of its container", lambda: "" if words() else "none", PATIENCE)
        told = json.loads(words()[0]["message"])
    expect((told["exit"], told["server"]) == (143, "exited with 0"), f"its last words are {told}")
    events = lab.api.kubectl("get", "events", "-n", lab.namespace, "--field-selector", "reason=FailedPreStopHook")
    expect("No resources found" in events.stderr, f"a hook was cut off: {events.stdout}")
    lab.whole()


def all_fes_deleted(lab):
    """all FE pods are deleted at once: one cluster, one leader, the same"""
    lab.replace([lab.name("fe", ordinal) for ordinal in range(3)])
    lab.whole()


def run(folder, chosen):
    cluster = start(folder, chosen.build, SCALE)
    lab = StarRocks(cluster, "smoke", overlay="small-quick")
    return run_all([(step, lambda step=step: step(lab)) for step in
                    (comes_up, serves, held_by_annotation, first_process_killed, scaled_in, leader_deleted,
                     all_fes_deleted)], cluster, chosen, stop_at_first=True)


if __name__ == "__main__":
    kube.main(run, node=True)
