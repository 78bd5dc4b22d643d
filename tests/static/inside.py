"""What the tests of the static agent share: what is missing, waiting, and a process 1 in namespaces of its own,
with a name server beside it where it is wanted. A test program runs in namespaces for processes and mounts, so
that whatever it began ends with it, however it ends.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

SOURCE = pathlib.Path(sys.argv[1])
AGENT = SOURCE / "build/static/sr-agent"
LIMIT = 60
SKIPPED = 77
DOMAIN = "ns.svc.cluster.local"
PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAMESPACES = ["unshare", "-Urmnpf", "--kill-child=KILL"]
HERE = ["unshare", "-mpf" if os.geteuid() == 0 else "-Urmpf", "--kill-child=KILL", "--mount-proc"]  # for the tests
ENTERED = "SRAGENT_STATIC_ENTERED"
# What a server is whose conduct does not matter: it sleeps until TERM.
SERVER = "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 1; done\n"


def main(*missing):
    """Runs the tests of the program; skipped, with the reason, where one of `missing` is not empty."""
    if not AGENT.exists():
        missing = ("build/static/sr-agent: scripts/build-static makes it", *missing)
    reasons = [reason for reason in missing if reason]
    if reasons:
        print("skipped: missing " + ", ".join(reasons))
        sys.exit(SKIPPED)
    if ENTERED not in os.environ:
        os.environ[ENTERED] = "1"
        sys.stdout.flush()
        os.execvp(HERE[0], [*HERE, sys.executable, "-B", *sys.argv])
    unittest.main(argv=[sys.argv[0], "-v"])


def programs(*names):
    lacking = [name for name in names if not shutil.which(name)]
    return ", ".join(lacking) + " (scripts/setup --long)" if lacking else ""


def namespaces():
    tried = subprocess.run([*NAMESPACES, "--mount-proc", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "namespaces (" + " ".join(NAMESPACES) + ")"


def wait(condition, what, told=lambda: ""):
    until = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"waited in vain: {what}\n{told()}")
        time.sleep(0.05)


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def sleeping_be(root):
    """StarRocks' folder of a BE whose server only sleeps."""
    be = root / "opt/starrocks/be"
    script(be / "bin/start_be.sh", "#!/bin/sh\nexec /opt/starrocks/be/lib/starrocks_be\n")
    script(be / "lib/starrocks_be", SERVER)
    for folder in ("conf", "log", "storage"):
        (be / folder).mkdir()
    (be / "conf/be.conf").write_text("be_port = 9060\n", encoding="utf-8")


def pod(kind, **more):
    """The environment that the operator gives the first pod of a set; every name is this machine's."""
    name = f"kube-{kind}-0"
    return {"PATH": PATH, "POD_NAME": name, "POD_NAMESPACE": "ns", "POD_IP": "127.0.0.1", "HOST_TYPE": "FQDN",
            "COMPONENT_NAME": kind, "POD_FQDN": f"{name}.kube-{kind}-search.{DOMAIN}",
            "SR_AGENT_DNS__SERVERS": "127.0.0.1", "SR_AGENT_DNS__SEARCH": DOMAIN,
            "SR_AGENT_NODE__TERMINATION_LOG": "/tmp/termination-log", **more}


class Cell:
    """Somebody's process 1, to be asked and ended. `started`: what runs it and hands on its exit status;
    `find`: the number of process 1, or 0."""

    def __init__(self, started, console, find):
        self.started, self.console, self.beside = started, console, []
        wait(lambda: started.poll() is not None or find(), "process 1", self.told)
        self.pid = find()

    def told(self):
        return self.console.read_text(encoding="utf-8", errors="replace")

    def enter(self, *which):
        return ["nsenter", "-t", str(self.pid), *which, "--"]

    def run(self, *command, env=None):
        """A program of the root, as `kubectl exec` runs it."""
        return subprocess.run([*self.enter("-U", "-m", "-n", "-p", "-r", "-w"), *command], capture_output=True,
                              text=True, timeout=LIMIT, check=False, env=env or {"PATH": PATH})

    def start(self, *command):
        """A program of this machine in the network of the cell."""
        self.beside.append(subprocess.Popen([*self.enter("-n"), *command], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def name_server(self, *names):
        """Every one of `names` is 127.0.0.1, and nothing else in the domain is there."""
        self.start("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--pid-file=", "--user=root",
                   "--bind-interfaces", "--listen-address=127.0.0.1", "--local-ttl=1", "--local=/local/", "--local=//",
                   "--conf-file=/dev/null", *(f"--host-record={name}.{DOMAIN},127.0.0.1" for name in names))

    def get(self, path):
        """The body of an answer of 200, else None."""
        asked = subprocess.run([*self.enter("-n"), "curl", "-sf", "-m", "5", f"http://127.0.0.1:8099{path}"],
                               capture_output=True, text=True, check=False)
        return asked.stdout if asked.returncode == 0 else None

    def await_livez(self):
        wait(lambda: self.started.poll() is not None or self.get("/livez") is not None, "/livez", self.told)
        if self.started.poll() is not None:
            raise AssertionError(f"ended with {self.started.returncode}:\n{self.told()}")

    def await_line(self, words):
        wait(lambda: words in self.told(), f"'{words}' on the console", self.told)

    def program(self):
        """What process 1 executes, and that it is process 1."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        number = status.split("NSpid:")[1].splitlines()[0].split()[-1]
        return number, os.path.basename(os.readlink(f"/proc/{self.pid}/exe"))

    def mapped(self):
        """Names of the files that process 1 has in its memory: its program, and what it loaded besides."""
        lines = pathlib.Path(f"/proc/{self.pid}/maps").read_text(encoding="utf-8").splitlines()
        return {os.path.basename(words[5]) for words in (line.split(maxsplit=5) for line in lines)
                if len(words) > 5 and words[5].startswith("/")}

    def term(self):
        """The exit status after TERM to process 1."""
        os.kill(self.pid, signal.SIGTERM)
        return self.started.wait(LIMIT)

    def stop_beside(self):
        while self.beside:
            process = self.beside.pop()
            process.kill()
            process.wait()

    def end(self):
        self.stop_beside()
        self.started.kill()
        self.started.wait()


@contextlib.contextmanager
def rooted(root, *command, env):
    """A Cell with process 1 in `root`, in user, mount, network and process namespaces of its own."""
    for folder in ("proc", "dev", "tmp"):
        (root / folder).mkdir(exist_ok=True)
    inside = (f"ip link set lo up && mount -t proc proc {root}/proc && mount --rbind /dev {root}/dev && "
              f"exec chroot {root} \"$@\"")
    console = root / "console"
    with open(console, "wb") as out:
        outer = subprocess.Popen([*NAMESPACES, "sh", "-c", inside, "sh", *command], env=env, stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=out)

    def child():
        told = pathlib.Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text(encoding="ascii").split()
        return int(told[0]) if told else 0
    cell = Cell(outer, console, child)
    try:
        yield cell
    finally:
        cell.end()
