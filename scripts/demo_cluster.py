"""The cluster of scripts/demo and scripts/demo leave; mysql and HTTP say what it lacks."""
import json
import sys
import time

from lab import VERSION, Pod, ask_agent, healthy, mysql

SCALE = 5  # the simulator and the agents live five times faster; see docs/simulator.md
STEP_LIMIT = 75  # seconds of patience for one step


class Cluster:
    """Its pods by kind and ordinal; `end` is when the patience of every step is over. Clusters that
    use one Net, one after the other, have their volumes in folders of their own, `under`."""

    def __init__(self, net, build, end, version=VERSION, under=""):
        self.net, self.build, self.end = net, build, end
        self.version, self.under = version, under
        self.pods = {}

    def patience(self, seconds):
        """The time until which a step may wait for something."""
        return min(time.monotonic() + seconds, self.end)

    def pod(self, kind, ordinal):
        key = (kind, ordinal)
        if key not in self.pods:
            self.pods[key] = Pod(self.net, self.build, kind, ordinal, SCALE,
                                 version=self.version, under=self.under)
        return self.pods[key]

    def of(self, kind):
        return [p for (k, _), p in sorted(self.pods.items()) if k == kind]

    def missing(self):
        """What is not as it should be, as the servers themselves say; empty: all holds."""
        ids, leaders = set(), set()
        for fe in self.of("fe"):
            rows = mysql(fe, "SHOW FRONTENDS")
            if rows is None:
                return f"{fe.name} does not serve"
            for row in rows:
                ids.add(row["ClusterId"])
                if row["Role"] == "LEADER":
                    leaders.add(row["IP"])
                if row["Join"] != "true" or row["Alive"] != "true":
                    return f"{row['IP']} is not a living member"
            hosts = [row["IP"] for row in rows]
            if sorted(hosts) != sorted(p.fqdn for p in self.of("fe")):
                return f"{fe.name} lists {len(hosts)} FEs"
        for fe in self.of("fe"):
            with open(f"{fe.home}/meta/image/VERSION", encoding="ascii") as text:
                ids.add([l.split("=")[1].strip() for l in text if l.startswith("clusterId=")][0])
        if len(ids) != 1:
            return f"cluster ids {sorted(ids)}"
        if len(leaders) != 1:
            return f"leaders {sorted(leaders)}"
        for kind, statement in (("be", "SHOW BACKENDS"), ("cn", "SHOW COMPUTE NODES")):
            rows = mysql(self.of("fe")[0], statement)
            if rows is None:
                return f"{statement} fails"
            alive = sorted(row["IP"] for row in rows if row["Alive"] == "true")
            if alive != sorted(p.fqdn for p in self.of(kind)) or len(alive) != len(rows):
                return f"{len(alive)} of {len(self.of(kind))} {kind} registered and alive"
        for pod in self.pods.values():
            if not healthy(pod):
                return f"{pod.name} does not answer /api/health"
            if ask_agent(pod, "/livez")[1].strip() != "ok":
                return f"agent of {pod.name} is not live"
        return ""

    def leader(self):
        for fe in self.of("fe"):
            for row in mysql(fe, "SHOW FRONTENDS") or []:
                if row["Role"] == "LEADER":
                    return next((p for p in self.of("fe") if p.fqdn == row["IP"]), None)
        return None

    def table(self):
        lines = [f"  {'pod':<11} {'phase':<9} {'role':<9} {'restarts':<8} why"]
        for pod in [p for kind in ("fe", "be", "cn") for p in self.of(kind)]:
            try:
                status = json.loads(ask_agent(pod, "/v1/status")[1])
            except ValueError:
                status = {}
            why = status.get("reason", "no answer")
            if why in ("none", ""):
                why = ""
            why = (why + " " + status.get("detail", "")).strip()[:90]
            lines.append(f"  {pod.name:<11} {status.get('phase', '-'):<9} "
                         f"{status.get('role') or '-':<9} {pod.restarts:<8} {why}")
        return lines

    def wait_whole(self):
        """Waits until nothing is missing; the table follows on a terminal. The last lack, or ''."""
        until = self.patience(STEP_LIMIT)
        live = sys.stdout.isatty()
        drawn = 0
        while True:
            lack = self.missing()
            if live:
                lines = self.table() + [f"  {'waits: ' + lack if lack else 'all registered'}"]
                if drawn:
                    print(f"\033[{drawn}A\033[J", end="")
                print("\n".join(lines), flush=True)
                drawn = len(lines)
            if not lack or time.monotonic() > until:
                break
            time.sleep(0.3)
        if not live:
            print("\n".join(self.table()), flush=True)
        return lack
