"""scripts/demo probes: what a node's probes say in each state, with one probe of the user's own.

One FE and one BE, real agents, the simulator as server. Each state is brought about from outside;
then /readyz?verbose (or /startupz?verbose) and 'sr-agent probe mark' are shown. A state holds if the
endpoint answers the status and the reason word that belong to it.
"""
import os
import signal
import subprocess
import time

from lab import Pod, ask_agent

SCALE = 5
LIMIT = 75  # seconds of patience for one state

PROBE = """[[probe]]
name = "mark"
kind = "file"
path = "{path}"
period_ms = 500
failure_threshold = 1
counts_for = "ready"
"""


def verb(pod, *words):
    """Exit status and text of a verb of this pod's agent."""
    done = subprocess.run([f"{pod.build}/sr-agent", *words], env=pod.environment(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


class Node:
    """A pod with the probe `mark`, which is ok while the file `mark` is in its folder."""

    def __init__(self, net, build, kind):
        self.pod = Pod(net, build, kind, 0, SCALE)
        self.mark = f"{self.pod.root}/mark"
        self.call = None  # of a verb that waits
        config = f"{self.pod.root}/sr-agent.toml"
        with open(config, "w", encoding="ascii") as out:
            out.write(PROBE.format(path=self.mark))
        self.pod.extra.update({"SR_AGENT_CONFIG": config, "SR_AGENT_FE_COUNT": "1"})

    def set(self, **extra):
        self.pod.extra.update(extra)

    def touch(self, path):
        open(path, "w", encoding="ascii").close()


def be_without_server(fe, be):
    hold = f"{be.pod.root}/hold"
    be.touch(hold)
    be.set(SR_AGENT_POLICY__HOLD_FILE=hold, SR_SIM_BE_START_MS="20000")
    be.pod.start()


def waiting(fe, be):
    fe.set(SR_AGENT_FE_COUNT="3")
    fe.pod.start()


def replaying(fe, be):
    fe.pod.stop()
    fe.set(SR_AGENT_FE_COUNT="1", SR_SIM_FE_REPLAY_MS="60000")
    fe.touch(fe.mark)
    fe.pod.start()


def serving(fe, be):
    pass


def let_go(fe, be):
    be.touch(be.mark)
    os.remove(f"{be.pod.root}/hold")


def server_of(be):
    with open(f"{be.pod.home}/bin/be.pid", encoding="ascii") as text:
        return int(text.read())


def hanging(fe, be):
    os.kill(server_of(be), signal.SIGSTOP)


def own_probe_fails(fe, be):
    os.kill(server_of(be), signal.SIGCONT)
    os.remove(be.mark)


def draining(fe, be):
    be.touch(be.mark)
    be.call = subprocess.Popen([f"{be.pod.build}/sr-agent", "drain", "--reason", "demo"],
                               env=be.pod.environment(), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# What is done, whose probe is asked, which endpoint, its status, a text of its answer, and whether
# 'sr-agent probe mark' is ok.
STATES = [
    ("a BE that is held", be_without_server, "be", "/readyz", 503, "phase failed: held", False),
    ("an FE that waits for its peers", waiting, "fe", "/readyz", 503,
     "phase failed: waiting_for_peers", False),
    ("an FE that replays its journal", replaying, "fe", "/startupz", 503,
     "replays the journal as the new leader", True),
    ("an FE that serves", serving, "fe", "/readyz", 200, "[+]probe-mark ok", True),
    ("a BE that loads", let_go, "be", "/startupz", 503, "loads tablets and caches", True),
    ("a BE that serves", serving, "be", "/readyz", 200, "[+]probe-mark ok", True),
    ("a BE whose server hangs, so that the FE calls it dead", hanging, "be", "/readyz", 503,
     "alive failed: not_alive", True),
    ("a BE whose own probe fails", own_probe_fails, "be", "/readyz", 503,
     "probe-mark failed: probe_failed", False),
    ("a BE that drains", draining, "be", "/readyz", 503, "phase failed: draining", True),
]


def show(node, path, log):
    """What the state looks like from outside."""
    log(f"curl http://{node.pod.name}:8099{path}")
    print("    " + ask_agent(node.pod, path)[1].rstrip("\n").replace("\n", "\n    "))
    code, text = verb(node.pod, "probe", "mark")
    log(f"sr-agent probe mark: exit status {code}")
    print("    " + text.rstrip("\n").replace("\n", "\n    "), flush=True)
    return code


def run_state(nodes, state, log):
    """The lack, or ''."""
    title, act, kind, endpoint, status, part, own_ok = state
    log(f"== {title}")
    act(nodes["fe"], nodes["be"])
    node = nodes[kind]
    path = f"{endpoint}?verbose"
    until = time.monotonic() + LIMIT
    while ask_agent(node.pod, endpoint)[0] != status or part not in ask_agent(node.pod, path)[1]:
        if time.monotonic() > until:
            show(node, path, log)
            return f"{endpoint} did not say {status} and '{part}'"
        time.sleep(0.1)
    code = show(node, path, log)
    return "" if code == (0 if own_ok else 1) else f"sr-agent probe mark ended with {code}"


def run(net, build, log):
    """True if every state held."""
    nodes = {kind: Node(net, build, kind) for kind in ("fe", "be")}
    results = []
    try:
        for state in STATES:
            results.append((state[0], run_state(nodes, state, log)))
            if results[-1][1]:
                break
    finally:
        for node in nodes.values():
            node.pod.begin_stop()
        for node in nodes.values():
            node.pod.stop()
            if node.call:  # it ends with its agent
                node.call.wait(10)
    print("\nSummary (judged by HTTP and exit status):")
    for title, lack in results:
        print(f"  {'FAIL' if lack else 'ok  '} {title}{': ' + lack if lack else ''}")
    return len(results) == len(STATES) and not any(lack for _, lack in results)
