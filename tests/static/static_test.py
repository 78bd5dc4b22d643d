#!/usr/bin/env python3
"""What build/static/sr-agent (scripts/build-static) promises: one file of at most 12 MB, nothing shared, no
plugin loaded, never more than 8 MB resident up to and while it is idle, and it runs from its wrapper in a root that
holds busybox and nothing else.

usage: static_test.py SOURCE_DIR

Exits 77 (skipped, with the reason) where user namespaces or a static busybox are missing.
"""
import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import inside
from inside import AGENT, SOURCE

LOOKS = 40  # so many times the agent has published what it saw: it has settled


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
    @contextlib.contextmanager
    def agent(self):
        """From its wrapper, with busybox alone; its server runs."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            busybox_root(root)
            env = inside.pod("be", SR_AGENT_NODE__RUNTIME_DIR="/tmp/run")
            with inside.rooted(root, "/opt/starrocks/be_entrypoint.sh", "kube-fe-service", env=env) as agent:
                agent.await_livez()
                agent.await_line("server_started")
                yield agent

    def test_nothing_is_shared(self):
        headers = subprocess.run(["readelf", "-lW", AGENT], capture_output=True, text=True, check=True)
        self.assertNotIn("INTERP", headers.stdout)
        needed = subprocess.run(["readelf", "-dW", AGENT], capture_output=True, text=True, check=True)
        self.assertNotIn("NEEDED", needed.stdout)

    def test_it_is_small(self):
        self.assertLessEqual(AGENT.stat().st_size, 12_000_000)

    def test_it_runs_from_its_wrapper_with_busybox_alone(self):
        with self.agent() as agent:
            self.assertEqual(agent.program(), ("1", "sr-agent"))
            self.assertEqual(agent.term(), 143)

    @staticmethod
    def settle(agent):
        inside.wait(lambda: json.loads(agent.get("/v1/status"))["sequence"] > LOOKS, "the agent's looks")

    def test_it_loads_nothing_while_it_runs(self):
        with self.agent() as agent:
            self.settle(agent)
            self.assertEqual(agent.mapped(), {"sr-agent"})

    def test_it_needs_little_memory(self):
        with self.agent() as agent:
            self.settle(agent)
            status = pathlib.Path(f"/proc/{agent.pid}/status").read_text(encoding="utf-8")
            most, now = (int(status.split(f"{name}:")[1].split()[0]) for name in ("VmHWM", "VmRSS"))
            print(f"resident: {now} kB, at most {most} kB")
            self.assertLessEqual(most * 1024, 8_000_000)


if __name__ == "__main__":
    inside.main(inside.programs("busybox", "curl"), inside.namespaces())
