"""scripts/bench --stock DIR: a directory of container scripts ({fe,be,cn}_entrypoint.sh and *_prestop.sh) against the
simulator, side by side with the agent's. Nothing is told to either but what the official operator tells.

The scripts run unchanged, with the simulator's own start and stop scripts. What a container would give
them is put first into their PATH: `hostname` tells the pod's name and address, `mysql` takes the pods'
names, and the FE service's for a random FE that is ready (as a ClusterIP does). What else they call has
to be on this machine. For the SIGTERM of `sigterm_to_end_s` script and agent are process 1 of a namespace for processes
of their own (unshare(1)), as in a container: a shell that is process 1 ignores it.
"""
import glob
import os
import shutil
import signal
import subprocess
import time

from lab import Pod, healthy, mysql

SERVICE = "kube-fe-service"
JOIN_LIMIT = 300     # the operator's startup probe
SERVE_LIMIT = 90     # beyond the stock scripts' own 60 s
GRACE = 30
# Processes of its own for a container, gone with its process 1.
NAMESPACE = ["unshare", "-mpf" if os.geteuid() == 0 else "-Urmpf", "--kill-child=KILL", "--mount-proc"]

# `hostname` and `mysql`; the tests with --stock put the same there.
STOCK_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "integration", "stock_path")


class Container(Pod):
    """A pod whose command may be process 1 of a namespace. A shell that is not process 1 dies of a SIGTERM that it would
    ignore in a container."""

    as_process_1 = False

    def command(self):
        return NAMESPACE * self.as_process_1 + self.entrypoint()

    def server_pid(self):
        """The number in its pid file is one of the namespace, and somebody else's outside."""
        return 0 if self.as_process_1 else super().server_pid()

    def process_1(self):
        """Its number outside; 0: not there."""
        try:
            with open(f"/proc/{self.container.pid}/task/{self.container.pid}/children", encoding="ascii") as text:
                return int((text.read().split() or [0])[0])
        except OSError:
            return 0


class StockPod(Container):
    """A pod whose process 1 is a script of the directory."""

    scripts = ""

    def __init__(self, net, build, kind, ordinal, scale=1, extra=None):
        super().__init__(net, build, kind, ordinal, scale, extra)
        for path in glob.glob(f"{self.scripts}/*.sh"):
            shutil.copy(path, self.root)

    def entrypoint(self):
        return ["bash", f"{self.root}/{self.kind}_entrypoint.sh", SERVICE]

    def hook(self):
        return ["bash", f"{self.root}/{self.kind}_prestop.sh"]

    def environment(self):
        env = {k: v for k, v in super().environment().items() if not k.startswith("SR_AGENT_")}
        env.update({"PATH": f"{STOCK_PATH}:{os.environ['PATH']}", "COMPONENT_NAME": self.kind,
                    "FE_SERVICE_NAME": SERVICE, "FE_QUERY_PORT": "9030",
                    "STOCK_HOSTS": f"{self.net.folder}/hosts"})
        return env


class AgentPod(Container):
    """Not told how many FEs there are, as under the operator: a census decides (35 s)."""

    def entrypoint(self):
        return Pod.command(self)

    def environment(self):
        return {**super().environment(), "SR_AGENT_FE_COUNT": "0", "COMPONENT_NAME": self.kind}

    def hook(self):
        return [f"{self.build}/sr-agent", "prestop"]


def processes(pid):
    """A process and all below it."""
    out = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(path, encoding="ascii") as text:
            for child in text.read().split():
                out += processes(int(child))
    return out


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        return sum(int(line.split()[1]) for line in text if line.startswith("VmRSS:"))


class Way:
    """One way to run pods, measured; every figure by name, None where it did not come about, missing where it was not
    measured."""

    def __init__(self, bench, pod_class):
        self.bench, self.pod_class, self.figures = bench, pod_class, {}

    def pod(self, net, kind, ordinal):
        pod = self.pod_class(net, self.bench.binaries, kind, ordinal)
        self.bench.pods.append(pod)
        net.serve(pod)
        return pod

    def until(self, condition, limit):
        """Seconds until it holds; None: not within the limit."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > limit:
                return None
            time.sleep(0.05)
        return time.monotonic() - began

    def registered(self, fes, pod):
        """A BE or CN, by the first FE that answers."""
        show = "SHOW BACKENDS" if pod.kind == "be" else "SHOW COMPUTE NODES"
        rows = next((r for r in (mysql(fe, show) for fe in fes) if r is not None), [])
        return any(row["IP"] == pod.fqdn and row["Alive"] == "true" for row in rows)

    def whole_cluster(self):
        net = self.bench.net()
        fes = [self.pod(net, "fe", i) for i in range(3)]
        be = self.pod(net, "be", 0)
        for pod in fes:
            pod.start()
        self.figures["three_fes_joined_s"] = self.until(lambda: self.bench.whole(fes), JOIN_LIMIT)
        if self.figures["three_fes_joined_s"] is None:
            return
        be.start()
        self.figures["be_start_to_registered_s"] = self.until(lambda: self.registered(fes, be), JOIN_LIMIT)
        cn = self.pod(net, "cn", 0)
        cn.start()
        self.figures["cn_start_to_registered_s"] = self.until(lambda: self.registered(fes, cn), JOIN_LIMIT)
        for pod in (fes[0], be, cn):
            self.memory(pod)
        for pod in fes + [be, cn]:
            pod.stop()
        for pod in fes + [be, cn]:
            pod.start()
        self.figures["restart_of_all_s"] = self.until(
            lambda: self.bench.whole(fes) and self.registered(fes, be) and self.registered(fes, cn), JOIN_LIMIT)
        self.wiped_fe_zero(fes)

    def memory(self, pod):
        """What the pod has beside its server."""
        server = pod.server_pid()
        own = [pid for pid in processes(pod.container.pid) if pid != server]
        self.figures[f"own_processes_{pod.kind}"] = len(own)
        self.figures[f"own_resident_mb_{pod.kind}"] = sum(resident_kb(pid) for pid in own) / 1024

    def wiped_fe_zero(self, fes):
        fes[0].stop()
        fes[0].lose_volume()
        fes[0].start()
        self.until(lambda: bool(mysql(fes[0], "SHOW FRONTENDS")), SERVE_LIMIT + 60)
        ids = set()
        for fe in fes:
            ids |= {row["ClusterId"] for row in mysql(fe, "SHOW FRONTENDS") or []}
        self.figures["clusters_after_wiped_fe_0"] = len(ids) if ids else None

    def settled(self, fe, be):
        serves = lambda: self.registered([fe], be) and healthy(be)
        return self.until(serves, JOIN_LIMIT) is not None

    def be_without_fe(self):
        """A BE that is a member is started again while no FE is up."""
        fe, be = self.registered_be()
        if not self.settled(fe, be):
            return
        os.kill(fe.server_pid(), signal.SIGKILL)
        be.stop()
        be.start()
        self.figures["be_serves_while_fe_down_s"] = self.until(lambda: healthy(be), SERVE_LIMIT)

    def registered_be(self):
        """An FE without process 1, and a BE that registers with it."""
        net = self.bench.net()
        fe, be = self.pod(net, "fe", 0), self.pod(net, "be", 0)
        self.bench.child([f"{fe.home}/bin/start_fe.sh", "--host_type", "FQDN"],
                         {**fe.environment(), "SR_SIM_HOSTNAME": fe.fqdn})
        be.start()
        return fe, be

    def stops(self):
        fe, be = self.registered_be()
        if not self.settled(fe, be):
            return
        be.wanted = False
        began = time.monotonic()
        subprocess.run(be.hook(), env=be.environment(), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=GRACE * 5, check=False)
        self.figures["prestop_of_idle_be_s"] = time.monotonic() - began
        be.stop()
        self.term_to_process_1(fe, be)

    def term_to_process_1(self, fe, be):
        if subprocess.run([*NAMESPACE, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
            print("sigterm_to_end_s: no namespace for processes here (" + " ".join(NAMESPACE) + ")", flush=True)
            return
        be.as_process_1 = True
        be.start()
        process = be.process_1() if self.settled(fe, be) else 0
        if process == 0:
            return
        be.wanted = False
        os.kill(process, signal.SIGTERM)
        self.figures["sigterm_to_end_s"] = self.until(lambda: be.container.poll() is not None, GRACE)


NAMES = {"three_fes_joined_s": "not within 300 s", "be_start_to_registered_s": "not within 300 s",
         "cn_start_to_registered_s": "not within 300 s", "restart_of_all_s": "not within 300 s",
         "clusters_after_wiped_fe_0": "no list to be had",
         "be_serves_while_fe_down_s": "not within 90 s", "prestop_of_idle_be_s": "",
         "sigterm_to_end_s": f"not within {GRACE} s",
         **{f"{what}_{kind}": "" for what in ("own_processes", "own_resident_mb") for kind in ("fe", "be", "cn")}}


def compare(bench, folder):
    """Both ways, step by step; prints a line a figure and gives them back for --json."""
    StockPod.scripts = os.path.abspath(folder)
    ways = [Way(bench, AgentPod), Way(bench, StockPod)]
    try:
        for way in ways:
            for step in (way.whole_cluster, way.be_without_fe, way.stops):
                try:
                    step()
                finally:
                    bench.clean()
    finally:
        out = table(ways)
    return out


def table(ways):
    """What was measured, also where the rest was cut off."""
    out = []
    print(f"{'figure':<28} {'sr-agent':>18} {'stock':>18}")
    for name, never in NAMES.items():
        values = [way.figures.get(name) for way in ways]
        shown = ["not measured" if name not in way.figures else never if value is None else f"{value:.2f}"
                 for way, value in zip(ways, values)]
        print(f"{name:<28} {shown[0]:>18} {shown[1]:>18}", flush=True)
        out.append({"name": name, "agent": values[0], "stock": values[1]})
    return out
