#!/usr/bin/env python3
"""Scenarios of config/kubernetes on a real node, at the speed of production: the real sr-agent in the
pods, the simulator as server. Each has a namespace of its own and ends with 60 s in which nothing
changes and nothing lacks. Judged by mysql and the API server.

usage: long.py [--build DIR] [--shell] [SCENARIO...]
"""
import contextlib
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
import kube  # noqa: E402
from api import STRATEGIC, is_ready, stateful_set  # noqa: E402
from cluster import wait  # noqa: E402
from scenario import run_all, start  # noqa: E402
from starrocks import (LISTS, PATIENCE, StarRocks, command_line, expect, kill_first_process, processes,  # noqa: E402
                       restarts)

SCALE = 1
GHOST_AFTER = 600  # seconds that a pod has to be gone before its CN's row may be dropped
GHOST_LIMIT = 1800  # CN 0 needs three readings, each 5 to 6 minutes after the one before; with room for two more


def founding(lab):
    """three FEs found one cluster, BEs and CNs register"""
    expect(len(lab.disk_ids()) == 1, "more than one cluster")


def rolling_restart(lab):
    """every set is rolled, never two FEs down at once: the same cluster, rows and ids"""
    rows = lab.picture()[1]
    old = {pod["metadata"]["uid"] for kind in lab.counts for pod in lab.pods(kind)}
    for kind in lab.counts:
        lab.api.patch(stateful_set(lab.namespace, f"starrocks-{kind}"),
                      {"spec": {"template": {"metadata": {"annotations": {"tests/rolled": "1"}}}}}, STRATEGIC)

    def lack():
        ready = [pod for pod in lab.pods("fe") if is_ready(pod)]
        expect(len(ready) >= 2, "two FEs are down at once")
        left = old & {pod["metadata"]["uid"] for kind in lab.counts for pod in lab.pods(kind)}
        return f"{len(left)} old pods" if left else ""
    wait("all pods anew", lack, 2 * PATIENCE, 0.3)
    lab.whole()
    now = lab.picture()[1]
    expect(now["be"] == rows["be"] and now["cn"] == rows["cn"], f"{rows} became {now}")


def cn_scale_in(lab):
    """a CN leaves for good and the set is scaled in: its row is gone and no other"""
    lab.scale("cn", 2)
    lab.whole()
    drained = lab.api.kubectl("exec", "-n", lab.namespace, lab.name("cn", 1), "--", "sr-agent", "drain", "--for-good")
    expect(drained.returncode == 0, drained.stdout + drained.stderr)
    lab.scale("cn", 1)
    lab.whole()


def cn_scale_in_alone(lab):
    """a set of CNs is only scaled in: its row is the same if the pod is back soon, else CN 0 drops it"""
    lab.scale("cn", 2)
    lab.whole()
    before = lab.picture()[1]["cn"]
    gone = lab.fqdn("cn", 1)

    def not_alive():
        rows = lab.rows("cn")
        expect(rows is None or len(rows) == 2, f"a row was dropped: {rows}")
        dead = [row["IP"] for row in rows or [] if row["Alive"] == "false"]
        return "" if dead == [gone] and len(lab.pods("cn")) == 1 else f"not alive: {dead}"
    lab.scale("cn", 1)
    wait("a row that is not alive", not_alive, PATIENCE, 0.3)
    lab.scale("cn", 2)
    lab.whole()
    expect(lab.picture()[1]["cn"] == before, "another row than before")

    began = time.monotonic()
    lab.scale("cn", 1)
    wait("a row that is not alive", not_alive, PATIENCE, 0.3)

    def listed():
        rows = lab.rows("cn")
        return "no list" if rows is None else [row["IP"] for row in rows if row["IP"] == gone]
    wait("a row that is dropped", listed, GHOST_LIMIT, 2)
    expect(time.monotonic() - began >= GHOST_AFTER, "a row was dropped too early")
    lab.whole()
    expect(lab.picture()[1]["cn"] == [row for row in before if row[1] != gone], "the CN that stays has another row")
    lab.scale("cn", 2)
    lab.whole()
    expect(lab.picture()[1]["cn"] != before, "a row that was dropped is back")


def be_leaves_by_annotation(lab):
    """a BE's pod is annotated `leave`: its row goes, its pod answers with the id, and the set is scaled in"""
    name = lab.name("be", 1)
    lab.leave(name, "scale-1")
    expect(lab.picture()[0][name][1] == 0, "its container was started again")
    lab.scale("be", 1)
    lab.whole()


def hold_by_annotation(lab):
    """a BE's pod is annotated `run-mode: debug`: its server is down, its container stays; then all is as before"""
    before, name = lab.picture(), lab.name("be", 1)
    lab.annotate(name, run_mode="debug", run_mode_reason="somebody looks")

    def lack():
        alive = {row["IP"]: row["Alive"] for row in lab.rows("be") or []}
        return "" if alive.get(lab.fqdn("be", 1)) == "false" and not is_ready(lab.pod(name)) else alive
    wait("a BE that is not alive", lack, PATIENCE, 0.3)
    told = lab.api.kubectl("exec", "-n", lab.namespace, name, "--", "sr-agent", "status").stdout
    expect("somebody looks" in told, told)
    here = processes({"POD_NAME": name, "POD_NAMESPACE": lab.namespace})
    expect(len(here) == 1, f"not the agent alone: {here}")
    lab.annotate(name, run_mode=None, run_mode_reason=None)
    lab.whole()
    expect(lab.picture() == before, f"{before} became {lab.picture()}")


def readiness_gate(lab):
    """the agents' word is a readiness gate: pods become Ready by it, not while one is held, and again in place"""
    name = lab.name("be", 1)
    expect(lab.serving(name).get("status") == "True", f"ready, and the condition is {lab.serving(name)}")
    lab.annotate(name, run_mode="hold", run_mode_reason="the gate is closed")
    lab.wait_gate(name, "False")
    lab.annotate(name, run_mode=None, run_mode_reason=None)
    lab.whole()
    opened = lab.serving(name)
    kill_first_process(lab, name)
    lab.wait_gate_anew(name, opened)
    lab.whole()


def all_fes_deleted(lab):
    """all FE pods are deleted at once: one cluster, one leader, the same"""
    lab.replace([lab.name("fe", ordinal) for ordinal in range(3)])
    lab.whole()


def dns_away(lab):
    """CoreDNS stops, a BE and an FE are replaced meanwhile, CoreDNS starts: all are back, in the same cluster"""
    fe = next(lab.name("fe", n) for n in range(3) if lab.name("fe", n) != lab.leader())
    replaced = (fe, lab.name("be", 0))
    containers, rows = lab.picture()
    lab.cluster.stop("coredns")
    try:
        lab.replace(replaced)

        def lack():
            return [name for name in replaced if "contacting DNS servers" not in lab.log(name)]
        wait("agents that miss the name servers", lack, PATIENCE, 0.3)
        expect(not any(is_ready(lab.pod(name)) for name in replaced), "ready without a name")
    finally:
        lab.cluster.start_dns()
    lab.whole()
    now = lab.picture()
    expect(now[1]["be"] == rows["be"] and now[1]["cn"] == rows["cn"], f"{rows} became {now[1]}")
    for name, container in containers.items():
        expect(name in replaced or now[0][name] == container, f"{name} was started again")


def dns_that_caches(lab):
    """CoreDNS with `cache 30`: names kept as absent and addresses kept from before hold nobody up for good"""
    lab.replace([lab.name("fe", 2), lab.name("be", 1)])
    lab.whole()
    lab.replace([lab.name("fe", ordinal) for ordinal in range(3)])
    lab.whole()


def loop_does_not_close(lab):
    """FEs away, then BEs not ready: no BE ends, no name is gone, and all is well once the FEs are back"""
    before = lab.picture()
    lab.scale("fe", 0)

    def not_ready():
        return [pod["metadata"]["name"] for kind in ("be", "cn") for pod in lab.pods(kind) if is_ready(pod)]
    wait("BEs and CNs that are not ready", not_ready, 2 * PATIENCE, 0.5)
    for kind in ("be", "cn"):
        for ordinal in range(lab.counts[kind]):
            expect(lab.resolves(kind, ordinal), f"{lab.fqdn(kind, ordinal)} has no name")
    lab.scale("fe", 3)
    lab.whole()
    after = lab.picture()
    for kind in ("be", "cn"):
        expect(after[1][kind] == before[1][kind], f"{LISTS[kind]} was {before[1][kind]}, is {after[1][kind]}")
        for pod in lab.pods(kind):
            name = pod["metadata"]["name"]
            expect(after[0][name] == before[0][name], f"{name} was started again")


def restricted(lab):
    """user 1000, a root file system that nobody writes, the standard `restricted` enforced: also after a restart"""
    lab.replace([lab.name("fe", 1), lab.name("be", 0)])
    lab.whole()


def sidecar(lab):
    """server and agent in two containers: an agent that is killed ends no server, a server that is killed is started
    again with the same row, and pods are replaced"""
    name = lab.name("be", 0)
    here = {"POD_NAME": name, "POD_NAMESPACE": lab.namespace}

    def agent():
        return [pid for pid in processes(here) if command_line(pid).startswith("sr-agent run be")]

    def started():
        return [row["LastStartTime"] for row in lab.rows("be") or [] if row["IP"] == lab.fqdn("be", 0)]
    rows, first = lab.picture()[1], started()
    for is_agent in (True, False):
        killed = agent() if is_agent else [pid for pid in processes(here) if "starrocks_be" in command_line(pid)]
        expect(killed, f"no such process of {name}: {[command_line(pid) for pid in processes(here)]}")
        before = restarts(lab.pod(name))
        for pid in killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if is_agent:
            wait("another agent", lambda: "" if restarts(lab.pod(name)) > before else "none", PATIENCE)
        else:
            wait("another server", lambda: "" if started() and started() != first else "none", PATIENCE)
        lab.whole()
        expect((started() == first) == is_agent, f"the server was started at {first}, now at {started()}")
    lab.replace([lab.name("fe", 1), name])
    lab.whole()
    now = lab.picture()[1]
    expect(now["be"] == rows["be"] and now["cn"] == rows["cn"], f"{rows} became {now}")


def minimal(lab):
    """one FE, one BE: each pod is replaced, and the cluster is the same"""
    rows = lab.picture()[1]
    for kind in ("fe", "be"):
        lab.replace([lab.name(kind, 0)])
        lab.whole()
    expect(lab.picture()[1] == rows, f"{rows} became {lab.picture()[1]}")


def shared_data(lab):
    """CNs alone: one leaves by annotation, then the leader's pod is deleted"""
    lab.leave(lab.name("cn", 1), "scale-1")
    lab.scale("cn", 1)
    lab.whole()
    lab.replace([lab.leader()])
    lab.whole()


LABS = {sidecar: {"overlay": "small-sidecar"},
        minimal: {"overlay": "small-minimal", "counts": {"fe": 1, "be": 1}},
        shared_data: {"overlay": "small-shared-data", "counts": {"fe": 3, "cn": 2}},
        readiness_gate: {"overlay": "small-gate"},
        restricted: {"overlay": "small-restricted", "counts": {"fe": 3, "be": 2},
                     "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
SCENARIOS = (founding, rolling_restart, be_leaves_by_annotation, hold_by_annotation, readiness_gate, cn_scale_in,
             cn_scale_in_alone, all_fes_deleted, dns_away, dns_that_caches, loop_does_not_close, restricted,
             sidecar, minimal, shared_data)
NAMES = [function.__name__ for function in SCENARIOS]


def play(function, cluster, keep):
    lab = StarRocks(cluster, function.__name__.replace("_", "-"), **LABS.get(function, {}))
    if function is dns_that_caches:  # from the first question on
        cluster.stop("coredns")
        cluster.start_dns(cache=30)
    lab.install()
    lab.whole()
    kube.log("whole")
    function(lab)
    kube.log("whole again; nothing may change now")
    lab.quiet()
    if keep:
        return
    lab.uninstall()
    if function is dns_that_caches:
        cluster.stop("coredns")
        cluster.start_dns()


def run(folder, chosen):
    wanted = [function for function in SCENARIOS if not chosen.names or function.__name__ in chosen.names]
    cluster = start(folder, chosen.build, SCALE)
    return run_all([(function, lambda function=function: play(function, cluster, chosen.shell)) for function in wanted],
                   cluster, chosen, stop_at_first=chosen.shell)


def more(parser):
    parser.add_argument("names", nargs="*", metavar="SCENARIO", choices=[[], *NAMES], help=", ".join(NAMES))


if __name__ == "__main__":
    kube.main(run, node=True, more=more)
