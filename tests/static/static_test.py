#!/usr/bin/env python3
"""What build/static/sr-agent (scripts/build-static) promises: one file of at most 12 MB, nothing shared, at most
10 MB resident while idle, and it runs from its wrapper in a root that holds busybox and nothing else.

usage: static_test.py SOURCE_DIR

Exits 77 (skipped, with the reason) where user namespaces or a static busybox are missing.
"""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import inside
from inside import AGENT, SOURCE


def busybox_root(root):
    """An image from busybox and docker/make-root, with a server that only sleeps."""
    subprocess.run([SOURCE / "docker/make-root", root], check=True)
    for folder in ("bin", "etc"):
        (root / folder).mkdir(exist_ok=True)
    shutil.copy(shutil.which("busybox"), root / "bin/busybox")
    for name in ("sh", "sleep", "cat"):
        (root / "bin" / name).symlink_to("busybox")
    inside.sleeping_be(root)


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
            env = inside.pod("be", SR_AGENT_NODE__RUNTIME_DIR="/tmp/run")
            with inside.rooted(root, "/opt/starrocks/be_entrypoint.sh", "kube-fe-service", env=env) as agent:
                agent.await_livez()
                agent.await_line("server_started")
                self.assertEqual(agent.program(), ("1", "sr-agent"))
                status = pathlib.Path(f"/proc/{agent.pid}/status").read_text(encoding="utf-8")
                rss = int(status.split("VmRSS:")[1].split()[0])
                print(f"idle: VmRSS {rss} kB")
                self.assertLessEqual(rss, 10_000)
                self.assertEqual(agent.term(), 143)


if __name__ == "__main__":
    inside.main(inside.programs("busybox", "curl"), inside.namespaces())
