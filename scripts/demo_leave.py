"""scripts/demo leave: nodes leave a cluster for good or for a restart, under a query load.

For each of two StarRocks versions a cluster of 3 FE, 4 BE and 2 CN: a BE and a CN are scaled in by
`sr-agent drain --for-good`, every FE is restarted, the leader last, and then every BE. The member
lists are judged by mysql for both: exactly the rows that were asked to go are gone, all others are
the same ones, there is one cluster id and one leader. Failed queries are counted by the clients
(demo_load.py) and judged only where the version lets an agent keep queries from failing.
"""
import subprocess
import time

from demo_cluster import SCALE, STEP_LIMIT, Cluster
from demo_load import CONTROL, FRESH, KEPT, Load, control
from lab import ask_agent, mysql

LIMIT = 165  # seconds for both clusters; what is left of three minutes ends their pods
GRACE = 60   # seconds, of simulated time as all of StarRocks; the agent takes it for real time
TABLETS = 6  # of the BE that is scaled in, in one copy

# A version with a graceful exit of the FE (3.4.2 and later), and one without.
VERSIONS = (("3.5.7", True), ("3.3.15", False))
# What a container may end with. BEs before 3.3.19 are told to stop by SIGKILL, as by the official
# operator.
ENDS = {True: (143,), False: (143, 137)}
LISTS = {"fe": ("SHOW FRONTENDS", "Name"), "be": ("SHOW BACKENDS", "BackendId"),
         "cn": ("SHOW COMPUTE NODES", "ComputeNodeId")}
NOT_JUDGED = ", without a graceful exit of the FE: failed queries are not judged"
NO_CN_MARK = "failed queries are not judged: before 4.0 no CN can be blacklisted"


def members(cluster):
    """Identities by kind and host, which every FE has to tell alike; None: not now."""
    told = []
    for fe in cluster.of("fe"):
        rows = {}
        for kind, (statement, name) in LISTS.items():
            for row in mysql(fe, statement) or []:
                rows[kind, row["IP"]] = row[name]
        told.append(rows)
    return told[0] if all(rows == told[0] for rows in told) else None


def tablets(cluster):
    return sum(int(row["TabletNum"]) for row in mysql(cluster.of("fe")[0], "SHOW BACKENDS") or [])


class Trial:
    """A cluster of one version, and what its member lists have to be."""

    def __init__(self, cluster, graceful, log):
        self.cluster, self.graceful, self.log = cluster, graceful, log
        self.wanted = {}

    def leader(self):
        leader = self.cluster.leader()
        if not leader:
            raise RuntimeError("no FE leads")
        return leader

    def lack(self):
        """What is missing now; empty: nothing."""
        lack = self.cluster.missing()
        if lack:
            return lack
        now = members(self.cluster)
        if now is None:
            return "the FEs tell different members"
        for key in {*now, *self.wanted} if self.wanted else ():
            if now.get(key) != self.wanted.get(key):
                return f"{key[1]} is {now.get(key)} in the lists, not {self.wanted.get(key)}"
        for pod in self.cluster.pods.values():
            if ask_agent(pod, "/readyz")[0] != 200:
                return f"{pod.name} is not ready"
        return ""

    def wait_whole(self):
        until = self.cluster.patience(STEP_LIMIT)
        while (lack := self.lack()) and time.monotonic() < until:
            time.sleep(0.2)
        if lack:
            raise RuntimeError(lack)

    def bring_up(self):
        for kind, count in (("fe", 3), ("be", 4), ("cn", 2)):
            for ordinal in range(count):
                pod = self.cluster.pod(kind, ordinal)
                pod.extra.update({"SR_SIM_CONTROL": f"{pod.ip}:{CONTROL}",
                                  "SR_AGENT_STOP__GRACE_S": str(GRACE // SCALE),
                                  "SR_AGENT_STOP__RESERVE_S": "1"})
                pod.start()
        self.wait_whole()
        self.wanted = members(self.cluster)

    def scale_in(self, kind, ordinal):
        pod = self.cluster.pod(kind, ordinal)
        done = subprocess.run([f"{pod.build}/sr-agent", "drain", "--for-good"],
                              env=pod.environment(), capture_output=True, text=True, check=False,
                              timeout=max(1, self.cluster.patience(STEP_LIMIT) - time.monotonic()))
        if done.returncode != 0:
            last = (done.stderr + done.stdout).strip().splitlines()[-1:]
            raise RuntimeError(f"drain --for-good ended with {done.returncode}: {' '.join(last)}")
        if pod.server_pid():
            raise RuntimeError(f"the server of {pod.name} still runs")
        pod.stop()
        del self.cluster.pods[kind, ordinal], self.wanted[kind, pod.fqdn]
        self.wait_whole()

    def be_goes(self):
        pod = self.cluster.pod("be", 3)
        node = self.wanted["be", pod.fqdn]
        control(self.leader(), f"/set?node={node}&tablets={TABLETS}")
        self.scale_in("be", 3)
        if tablets(self.cluster) != TABLETS:
            raise RuntimeError(f"{tablets(self.cluster)} of {TABLETS} tablets are left")

    def cn_goes(self):
        self.scale_in("cn", 1)

    def restart(self, pod):
        """As when the pod is deleted and comes back with its volume."""
        began, container = time.monotonic(), pod.container
        container.terminate()
        try:
            code = container.wait(GRACE / SCALE + 2)  # two seconds more: the machine may be busy
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{pod.name} did not end within its grace") from None
        stopped = time.monotonic() - began
        if code not in ENDS[self.graceful]:
            raise RuntimeError(f"the container of {pod.name} ended with {code}")
        self.wait_whole()
        self.log(f"{pod.name} stopped in {stopped:.1f} s and was whole again after "
                 f"{time.monotonic() - began:.1f} s")

    def fes_restart(self):
        left = self.cluster.of("fe")
        while left:
            leader = self.leader()
            pod = next((fe for fe in left if fe is not leader), leader)
            left.remove(pod)
            self.log(f"restarts {pod.name}{', which leads' if pod is leader else ''}")
            self.restart(pod)

    def bes_restart(self):
        for pod in self.cluster.of("be"):
            self.restart(pod)


# Each step, and why its failed queries are not judged even in a version with a graceful exit.
STEPS = (
    ("a BE is scaled in", Trial.be_goes, ""),
    ("a CN is scaled in", Trial.cn_goes, NO_CN_MARK),
    ("every FE restarts, the leader last", Trial.fes_restart, ""),
    ("every BE restarts", Trial.bes_restart, ""),
)


SUMMARY = """
Summary. Member lists are judged by mysql; queries are sent and counted by the clients. A move is a
connection that was closed between two queries: no version promises that there is none."""


class Result:
    def __init__(self, title, lack, took, figures, note):
        self.title, self.lack, self.took, self.note = title, lack, took, note
        self.sent, self.failed, self.moves, self.reasons = figures

    def line(self):
        text = self.title + (f": {self.lack}" if self.lack else "")
        text += f" ({self.note})" if self.note else ""
        return (f"  {'FAIL' if self.lack else 'ok  '} {self.took:5.1f} s {self.sent:6} "
                f"{self.failed:7} {self.moves:6}  {text}")


def attempt(act):
    """The lack, or '', and how long it took."""
    began = time.monotonic()
    try:
        act()
        lack = ""
    except (RuntimeError, OSError, subprocess.SubprocessError, LookupError) as error:
        lack = str(error)
    return lack, time.monotonic() - began


def run_step(trial, load, step):
    title, act, unjudged = step
    note = unjudged if trial.graceful else ""
    trial.log(f"== {title}")
    load.figures()
    lack, took = attempt(lambda: act(trial))
    figures = load.figures()
    if not lack and (figures[0] == 0 or not load.runs()):
        lack = "the load has ended"
    if not lack and figures[1] and trial.graceful and not note:
        lack = f"{figures[1]} queries failed"
    trial.log("holds" if not lack else f"DOES NOT HOLD: {lack}")
    for why, count in figures[3].most_common():
        trial.log(f"failed queries: {count}: {why}")
    return Result(title, lack, took, figures, note)


def run_steps(trial, load):
    results = []
    for step in STEPS:
        results.append(run_step(trial, load, step))
        if results[-1].lack:
            break
    return results


def run_version(net, build, log, version, graceful, end):
    """The results of its steps; fewer than STEPS where one failed."""
    log(f"== StarRocks {version}: 3 FE, 4 BE and 2 CN come up from empty volumes")
    trial = Trial(Cluster(net, build, end, version, under=version), graceful, log)
    load = None
    try:
        lack, took = attempt(trial.bring_up)
        if lack:
            log(f"DOES NOT HOLD: {lack}")
            return [Result("the cluster comes up", lack, took, (0, 0, 0, {}), "")]
        log(f"{KEPT} clients that keep their connection and {FRESH} with one for each query begin")
        load = Load(trial.cluster)
        load.start()
        return run_steps(trial, load)
    finally:
        if load:
            load.stop()
        for pod in trial.cluster.pods.values():
            pod.switch_off()


def run(net, build, log):
    """True if every step held."""
    end = time.monotonic() + LIMIT
    results = {version: run_version(net, build, log, version, graceful, end)
               for version, graceful in VERSIONS}
    print(SUMMARY)
    for version, of in results.items():
        judged = "" if dict(VERSIONS)[version] else NOT_JUDGED
        print(f"StarRocks {version}{judged}\n          took   sent  failed  moves")
        for result in of:
            print(result.line())
    return all(len(of) == len(STEPS) and not any(r.lack for r in of) for of in results.values())
