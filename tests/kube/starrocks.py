"""StarRocks in a namespace of the cluster: pods from tests/kube/overlays/small, judged from outside by the
rows that every FE tells the mysql command line, and by pods as the API server has them."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

import kube
from api import Refused, is_ready, pods, stateful_set
from cluster import wait
from configs import DOMAIN

OVERLAYS = kube.ROOT / "tests/kube/overlays"
LISTS = {"fe": "SHOW FRONTENDS", "be": "SHOW BACKENDS", "cn": "SHOW COMPUTE NODES"}
VOLUMES = {"fe": ("fe-meta", "10Gi"), "be": ("be-storage", "100Gi")}
PATIENCE = 240  # outer limit in seconds of every wait for pods and servers
QUIET = 60


def mysql(address, statement):
    """Rows as dicts, or None where no FE answers."""
    try:
        done = subprocess.run(["mysql", f"-h{address}", "-P9030", "-uroot", "--connect-timeout=2", "--batch", "-e",
                               statement], capture_output=True, text=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [dict(zip(lines[0], line)) for line in lines[1:]] if lines else []


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


class StarRocks:
    def __init__(self, cluster, namespace, overlay="small", labels=None, counts=None):
        self.cluster, self.api, self.namespace = cluster, cluster.api, namespace
        self.overlay, self.labels = overlay, labels or {}
        self.volumes = cluster.logs.parent / "volumes" / namespace
        self.counts = counts or {"fe": 3, "be": 2, "cn": 1}
        self.cluster_id = None  # once it is known it must stay

    def install(self):
        self.api.post("/api/v1/namespaces", {"metadata": {"name": self.namespace, "labels": self.labels}})
        for kind in VOLUMES:
            for ordinal in range(self.counts.get(kind, 0)):
                self.make_volume(kind, ordinal)
        done = self.api.kubectl("apply", "-n", self.namespace, "-k", str(OVERLAYS / self.overlay))
        expect(done.returncode == 0, done.stderr)
        for kind, count in self.counts.items():
            self.scale(kind, count)

    def make_volume(self, kind, ordinal):
        """A folder of this machine, bound beforehand to the claim that the set will make."""
        name, size = VOLUMES[kind]
        claim = f"{name}-starrocks-{kind}-{ordinal}"
        (self.volumes / claim).mkdir(parents=True)
        os.chown(self.volumes / claim, 1000, 1000)  # fsGroup changes no folder of the machine
        self.api.post("/api/v1/persistentvolumes", {"metadata": {"name": f"{self.namespace}-{claim}"}, "spec": {
            "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"],
            "claimRef": {"namespace": self.namespace, "name": claim},
            "hostPath": {"path": str(self.volumes / claim)}}})

    def uninstall(self):
        """As a node that is lost: a kubelet runs hooks for pods that were deleted by force, too."""
        for kind in self.counts:
            self.scale(kind, 0)
        for pod in self.api.items(pods(self.namespace)):
            self.delete(pod["metadata"]["name"], grace=0)

        def left():
            for pid in processes({"POD_NAMESPACE": self.namespace}, first=True):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return [pod["metadata"]["name"] for pod in self.api.items(pods(self.namespace))] or \
                processes({"POD_NAMESPACE": self.namespace})
        wait("end of all pods", left, PATIENCE, 0.3)
        self.api.delete(f"/api/v1/namespaces/{self.namespace}")

    def scale(self, kind, count):
        self.counts[kind] = count
        self.api.patch(stateful_set(self.namespace, f"starrocks-{kind}"), {"spec": {"replicas": count}})

    def delete(self, name, grace=None):
        try:
            self.api.delete(pods(self.namespace, name), grace)
        except Refused as refused:
            if refused.status != 404:
                raise

    def replace(self, names):
        """Deletes these pods and returns when each has a successor."""
        before = {self.pod(name)["metadata"]["uid"] for name in names}
        for name in names:
            self.delete(name)

        def lack():
            now = [self.pod(name) for name in names]
            return [] if all(pod and pod["metadata"]["uid"] not in before for pod in now) else "old pods, or none"
        wait(f"successors of {', '.join(names)}", lack, PATIENCE)

    def annotate(self, name, **values):
        """Annotations of the agent's prefix; None takes one away."""
        told = {f"sr-agent.starrocks.com/{key.replace('_', '-')}": value for key, value in values.items()}
        self.api.patch(pods(self.namespace, name), {"metadata": {"annotations": told}})

    def serving(self, name):
        """The pod's condition that its agent writes."""
        told = {one["type"]: one for one in self.pod(name)["status"].get("conditions", [])}
        return told.get("starrocks.com/serving", {})

    def wait_gate(self, name, status):
        """Until the condition has this status, and the pod is Ready or not by it."""
        def lack():
            now = self.serving(name)
            return "" if (now.get("status"), is_ready(self.pod(name))) == (status, status == "True") else now or "none"
        wait(f"a gate that is {status}", lack, PATIENCE, 0.2)

    def wait_gate_anew(self, name, opened):
        """The condition outlives a container: the next agent says False, then True. `opened`: as it was before."""
        def lack():
            now = self.serving(name)
            again = now["status"] == "True" and now["lastTransitionTime"] != opened["lastTransitionTime"]
            return "" if again and is_ready(self.pod(name)) else now
        wait("a gate that opens again", lack, PATIENCE, 0.2)

    def leave(self, name, ask_id):
        """Annotates the pod `leave`, and waits until its row is gone and its agent answers with the id."""
        kind, gone = name.split("-")[-2], f"{name}."
        self.annotate(name, leave=ask_id)

        def lack():
            hosts = [row["IP"] for row in self.rows(kind) or [{"IP": gone}]]
            if any(host.startswith(gone) for host in hosts) or is_ready(self.pod(name)):
                return hosts
            told = self.status(name).get("leaving") or {}
            return "" if (told.get("ask_id"), told.get("result")) == (ask_id, 0) else told or "no answer"
        wait("the row to be gone, and an answer with the id", lack, PATIENCE, 0.3)

    def status(self, name):
        """The agent's own report: for what only it can know, never for what holds."""
        url = f"http://{self.pod(name)['status']['podIP']}:8099/v1/status"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)

    def name(self, kind, ordinal):
        return f"starrocks-{kind}-{ordinal}"

    def pod(self, name):
        return self.api.find(pods(self.namespace, name))

    def pods(self, kind):
        found = self.api.items(f"{pods(self.namespace)}?labelSelector=app.kubernetes.io/component={kind}")
        return sorted(found, key=lambda pod: pod["metadata"]["name"])

    def fqdn(self, kind, ordinal):
        return f"{self.name(kind, ordinal)}.starrocks-{kind}-search.{self.namespace}.svc.{DOMAIN}"

    def fqdns(self, kind):
        return sorted(self.fqdn(kind, ordinal) for ordinal in range(self.counts.get(kind, 0)))

    def rows(self, kind):
        """As the first FE that answers tells them; None where none does."""
        for fe in self.pods("fe"):
            rows = mysql(fe["status"].get("podIP", ""), LISTS[kind]) if fe["status"].get("podIP") else None
            if rows is not None:
                return rows
        return None

    def leader(self):
        hosts = [row["IP"] for row in self.rows("fe") or [] if row["Role"] == "LEADER"]
        return hosts[0].split(".")[0] if hosts else None

    def log(self, name):
        """What the pod's containers have written."""
        folder = f"{self.namespace}_{name}_{self.pod(name)['metadata']['uid']}"
        files = sorted((self.cluster.logs / "pods" / folder).glob("*/*"))
        return "".join(file.read_text(errors="replace") for file in files)

    def resolves(self, kind, ordinal):
        """Whether the name servers give the pod's address for its name, asked from inside another pod: the
        kubelet writes a pod's own name into its hosts file."""
        asker = self.name("cn" if kind == "be" else "be", 0)
        asked = self.api.kubectl("exec", "-n", self.namespace, asker, "--", "getent", "ahostsv4",
                                 self.fqdn(kind, ordinal))
        return self.pod(self.name(kind, ordinal))["status"]["podIP"] in asked.stdout

    def disk_ids(self):
        """Cluster ids in the metadata of all FE volumes: what no server can hide."""
        found = set()
        for version in self.volumes.glob("fe-meta-*/image/VERSION"):
            found |= {line.split("=")[1].strip() for line in version.read_text().splitlines()
                      if line.startswith("clusterId=")}
        return found

    def lack(self):
        """What is not as it should be; empty: one cluster, everybody registered, alive and ready."""
        self.cluster.dead()
        addresses = []
        for kind, count in self.counts.items():
            found = self.pods(kind)
            ready = [pod["metadata"]["name"] for pod in found if is_ready(pod)]
            if len(found) != count or len(ready) != count:
                return f"{kind}: {len(found)} pods, ready are {ready}"
            addresses += [pod["status"]["podIP"] for pod in found if kind == "fe"]
        ids, leaders = self.disk_ids(), set()
        for address in addresses:
            rows = mysql(address, LISTS["fe"])
            if rows is None:
                return f"{address} does not serve"
            ids |= {row["ClusterId"] for row in rows}
            leaders |= {row["IP"] for row in rows if row["Role"] == "LEADER"}
            if sorted(row["IP"] for row in rows) != self.fqdns("fe"):
                return f"{address} lists {[row['IP'] for row in rows]}"
            if any(row["Join"] != "true" or row["Alive"] != "true" for row in rows):
                return f"{address} lists an FE that is not joined and alive"
        for kind in ("be", "cn"):
            rows = mysql(addresses[0], LISTS[kind])
            alive = sorted(row["IP"] for row in rows or [] if row["Alive"] == "true")
            if rows is None or len(rows) != len(alive) or alive != self.fqdns(kind):
                return f"{LISTS[kind]}: {[(row['IP'], row['Alive']) for row in rows or []]}"
        if len(ids) != 1 or len(leaders) != 1:
            return f"cluster ids {sorted(ids)}, leaders {sorted(leaders)}"
        self.keep_id(ids)
        return ""

    def keep_id(self, ids):
        self.cluster_id = self.cluster_id or next(iter(ids))
        expect(ids == {self.cluster_id}, f"the cluster was {self.cluster_id} and is {sorted(ids)}")

    def whole(self, limit=PATIENCE):
        """Waits until nothing lacks; meanwhile no second cluster may come up on any disk."""
        last = ""

        def lack():
            nonlocal last
            found = self.disk_ids()
            if self.cluster_id:
                expect(found <= {self.cluster_id}, f"the cluster is {self.cluster_id}, disks have {sorted(found)}")
            told = self.lack()
            if told != last:
                kube.log(f"   waits: {told}" if told else "   whole")
            last = told
            return told
        wait("one cluster, everybody registered and ready", lack, limit, 0.3)

    def picture(self):
        """What must not change by itself: containers, and rows without their counters."""
        containers = {pod["metadata"]["name"]: (pod["metadata"]["uid"], restarts(pod))
                      for kind in self.counts for pod in self.pods(kind)}
        keys = {"fe": ("IP", "Role", "ClusterId", "Join", "Alive"), "be": ("BackendId", "IP", "Alive"),
                "cn": ("ComputeNodeId", "IP", "Alive")}
        rows = {kind: sorted([row[key] for key in keys[kind]] for row in self.rows(kind) or []) for kind in keys}
        return containers, rows

    def quiet(self, seconds=QUIET):
        """For so long nothing changes and nothing lacks, at every look."""
        first, until = self.picture(), time.monotonic() + seconds
        while time.monotonic() < until:
            lack = self.lack()
            expect(not lack, f"did not stay: {lack}")
            now = self.picture()
            expect(now == first, f"changed by itself: {first} became {now}")
            time.sleep(1)


def restarts(pod):
    return sum(one["restartCount"] for one in pod["status"].get("containerStatuses", []))


def kill_first_process(lab, name):
    killed = processes({"POD_NAME": name, "POD_NAMESPACE": lab.namespace}, first=True)
    expect(len(killed) == 1, f"process 1 of {name}: {killed}")
    os.kill(killed[0], signal.SIGKILL)


def command_line(pid):
    """Empty: it has ended."""
    try:
        return pathlib.Path("/proc", str(pid), "cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


def processes(wanted, first=False):
    """Processes with these environment values; `first`: that are process 1 of their container."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            env = dict(word.split("=", 1) for word in (folder / "environ").read_text().split("\0") if "=" in word)
            inner = [line.split() for line in (folder / "status").read_text().splitlines() if line.startswith("NSpid")]
        except (OSError, UnicodeDecodeError):  # it has ended
            continue
        if all(env.get(key) == value for key, value in wanted.items()) and (not first or inner[0][-1] == "1"):
            found.append(int(folder.name))
    return found
