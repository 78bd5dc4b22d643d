#!/usr/bin/env python3
"""The default test on a real node: config/kubernetes with the real sr-agent in the pods and the simulator
as server, whose time goes faster. Four accidents; what holds is judged by mysql and the API server.

usage: smoke.py [--build DIR] [--shell]
"""
import os
import signal
import sys

sys.dont_write_bytecode = True
import kube  # noqa: E402
from cluster import wait  # noqa: E402
from scenario import run_all, start  # noqa: E402
from starrocks import PATIENCE, StarRocks, expect, mysql, processes, restarts  # noqa: E402

# Of the servers; the agents' own times are those of production. Not more: a joiner's row is judged by how
# long it says that it is up, and with 10 an agent takes it for that of an earlier process, for ever.
SCALE = 5


def comes_up(lab):
    """three FEs found one cluster, BEs and a CN register"""
    lab.install()
    lab.whole()


def serves(lab):
    """the FEs' Service leads to the same list"""
    service = lab.api.get(f"/api/v1/namespaces/{lab.namespace}/services/starrocks-fe-service")
    rows = mysql(service["spec"]["clusterIP"], "SHOW FRONTENDS")
    expect(rows and {row["ClusterId"] for row in rows} == {lab.cluster_id}, f"it tells {rows}")


def first_process_killed(lab):
    """process 1 of a BE is killed: its container starts again in place, with one row, the same"""
    name = lab.name("be", 1)
    before, rows = lab.pod(name), lab.picture()[1]["be"]
    killed = processes({"POD_NAME": name, "POD_NAMESPACE": lab.namespace}, first=True)
    expect(len(killed) == 1, f"process 1 of {name}: {killed}")
    os.kill(killed[0], signal.SIGKILL)
    wait("a restart", lambda: "" if restarts(lab.pod(name)) == 1 else "none", PATIENCE)
    after = lab.pod(name)  # ready again by the end of the next step
    expect(after["metadata"]["uid"] == before["metadata"]["uid"], "it became another pod")
    expect(lab.picture()[1]["be"] == rows, f"rows were {rows}, are {lab.picture()[1]['be']}")


def leader_deleted(lab):
    """the leader's pod is deleted and comes back to the same cluster"""
    name = lab.leader()
    lab.replace([name])
    lab.whole()


def all_fes_deleted(lab):
    """all FE pods are deleted at once: one cluster, one leader, the same"""
    lab.replace([lab.name("fe", ordinal) for ordinal in range(3)])
    lab.whole()


def run(folder, chosen):
    cluster = start(folder, chosen.build, SCALE)
    lab = StarRocks(cluster, "smoke", overlay="small-quick")
    return run_all([(step, lambda step=step: step(lab)) for step in
                    (comes_up, serves, first_process_killed, leader_deleted, all_fes_deleted)],
                   cluster, chosen, stop_at_first=True)


if __name__ == "__main__":
    kube.main(run, node=True)
