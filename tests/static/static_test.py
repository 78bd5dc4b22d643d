#!/usr/bin/env python3
"""What build/static/sr-agent (scripts/build-static) promises: one file of at most 12 MB, nothing shared, at most
10 MB resident while idle, and it runs from its wrapper in a root that holds busybox and nothing else.

usage: static_test.py SOURCE_DIR

Exits 77 (skipped, with the reason) where user namespaces or a static busybox are missing.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

SOURCE = pathlib.Path(sys.argv[1])
AGENT = SOURCE / "build/static/sr-agent"
ADDRESS = f"127.{100 + os.getpid() % 100}.{os.getpid() // 100 % 250}.9"
LIMIT = 60


def wait(condition, what):
    until = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("waited in vain: " + what)
        time.sleep(0.05)


def livez():
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:8099/livez", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def busybox_root(root):
    """An image from busybox and docker/make-root, with a server that only sleeps."""
    subprocess.run([SOURCE / "docker/make-root", root], check=True)
    for folder in ("bin", "proc", "dev", "tmp", "etc"):
        (root / folder).mkdir(exist_ok=True)
    shutil.copy(shutil.which("busybox"), root / "bin/busybox")
    for name in ("sh", "sleep", "cat"):
        (root / "bin" / name).symlink_to("busybox")
    be = root / "opt/starrocks/be"
    script(be / "bin/start_be.sh", "#!/bin/sh\nexec /opt/starrocks/be/lib/starrocks_be\n")
    script(be / "lib/starrocks_be", "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 1; done\n")
    for folder in ("conf", "log", "storage"):
        (be / folder).mkdir()
    (be / "conf/be.conf").write_text("be_port = 9060\n", encoding="utf-8")


class Static(unittest.TestCase):
    def test_nothing_is_shared(self):
        headers = subprocess.run(["readelf", "-lW", AGENT], capture_output=True, text=True, check=True)
        self.assertNotIn("INTERP", headers.stdout)
        needed = subprocess.run(["readelf", "-dW", AGENT], capture_output=True, text=True, check=True)
        self.assertNotIn("NEEDED", needed.stdout)

    def test_it_is_small(self):
        self.assertLessEqual(AGENT.stat().st_size, 12_000_000)

    def test_it_runs_from_its_wrapper_with_busybox_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            busybox_root(root)
            inside = (f"mount --rbind /proc {root}/proc && mount --rbind /dev {root}/dev && "
                      f"exec chroot {root} /opt/starrocks/be_entrypoint.sh kube-fe-service")
            env = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "POD_IP": ADDRESS,
                   "HOST_TYPE": "FQDN", "POD_NAME": "kube-be-0", "COMPONENT_NAME": "be",
                   "POD_FQDN": "kube-be-0.kube-be-search.ns.svc.cluster.local",
                   "SR_AGENT_DNS__SERVERS": "127.0.0.1:1", "SR_AGENT_LISTEN": ADDRESS + ":8099",
                   "SR_AGENT_NODE__RUNTIME_DIR": "/tmp/run",
                   "SR_AGENT_NODE__TERMINATION_LOG": "/tmp/termination-log"}
            with open(root / "console", "wb") as console:
                agent = subprocess.Popen(["unshare", "-Urm", "sh", "-c", inside], env=env,
                                         stdout=console, stderr=console)
            try:
                wait(lambda: agent.poll() is not None or livez(), "/livez")
                told = (root / "console").read_text(encoding="utf-8")
                self.assertIsNone(agent.poll(), told)
                wait(lambda: "server_started" in (root / "console").read_text(encoding="utf-8"),
                     "the server")
                status = pathlib.Path(f"/proc/{agent.pid}/status").read_text(encoding="utf-8")
                rss = int(status.split("VmRSS:")[1].split()[0])
                print(f"idle: VmRSS {rss} kB")
                self.assertLessEqual(rss, 10_000)
                agent.send_signal(signal.SIGTERM)
                self.assertEqual(agent.wait(LIMIT), 143)
            finally:
                if agent.poll() is None:
                    agent.kill()
                    agent.wait()


def missing():
    if not AGENT.exists():
        return "build/static/sr-agent: scripts/build-static makes it"
    if shutil.which("busybox") is None:
        return "busybox (busybox-static)"
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode != 0:
        return "user namespaces (unshare -Urm)"
    return None


if __name__ == "__main__":
    if missing():
        print("skipped: missing " + missing())
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-v"])
