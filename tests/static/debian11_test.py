#!/usr/bin/env python3
"""The static agent in Debian 11, an older system than the one it was built on: process 1 from the wrappers, under that
system's own shells, with its resolv.conf, a name server and TLS.

usage: debian11_test.py SOURCE_DIR

Exits 77 (skipped, with the reason) without root, debootstrap or Debian's archive. The packages of the root
are kept in build/debian11 for the next run.
"""
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import inside
from inside import DOMAIN, SOURCE

KEPT = SOURCE / "build/debian11"
SUITE = "bullseye"
SHELLS = ("/bin/sh", "/bin/dash", "/bin/bash")
WRAPPERS = tuple(f"/opt/starrocks/{role}_{name}.sh" for role in ("fe", "be", "cn") for name in ("entrypoint", "prestop"))
SYSTEM = "etc/ssl/certs/ca-certificates.crt"  # where Debian and Ubuntu have the authorities that they trust
NAMES = ("kube-be-0.kube-be-search", "kube-fe-service")
PROBES = """[[probe]]
name = "known"
kind = "http"
url = "https://127.0.0.1:8443/"
tls_ca = "/etc/tls/known.pem"

[[probe]]
name = "strange"
kind = "http"
url = "https://127.0.0.1:8443/"
tls_ca = "/etc/tls/strange.pem"

[[probe]]
name = "system"
kind = "http"
url = "https://127.0.0.1:8443/"
"""


@functools.cache
def mirror():
    """Where this machine's packages come from, else Debian's own archive."""
    asked = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE)", "Identifier: Packages", "Origin: Debian",
                            "Component: main"], capture_output=True, text=True, check=False)
    return (asked.stdout.split() or ["http://deb.debian.org/debian"])[0]


def archive():
    """Empty if the archive has the suite."""
    asked = subprocess.run(["curl", "-sfIL", "-m", "30", f"{mirror()}/dists/{SUITE}/Release"], capture_output=True,
                           check=False)
    return "" if asked.returncode == 0 else f"{SUITE} in Debian's archive"


def debootstrap(root):
    (KEPT / "packages").mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["timeout", "900", "debootstrap", "--variant=minbase", f"--cache-dir={KEPT}/packages", SUITE, root, mirror()],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def certificate(folder, name):
    """A key, and a certificate for 127.0.0.1 that signs itself."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
                    "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"], check=True, capture_output=True)


class Debian11(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.root = cls.folder / "root"
        debootstrap(cls.root)
        subprocess.run([SOURCE / "docker/make-root", cls.root], check=True)
        inside.sleeping_be(cls.root)
        (cls.root / "etc/resolv.conf").write_text(f"nameserver 127.0.0.1\nsearch {DOMAIN}\n", encoding="ascii")
        (cls.root / "etc/tls").mkdir()
        for name in ("known", "strange"):
            certificate(cls.root / "etc/tls", name)
        (cls.root / SYSTEM).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(cls.root / "etc/tls/strange.pem", cls.root / SYSTEM)
        (cls.root / "etc/sr-agent").mkdir()
        (cls.root / "etc/sr-agent/sr-agent.toml").write_text(PROBES, encoding="ascii")

    def setUp(self):
        self.env = inside.pod("be")
        del self.env["SR_AGENT_DNS__SERVERS"], self.env["SR_AGENT_DNS__SEARCH"]

    def agent(self):
        return inside.rooted(self.root, "/opt/starrocks/be_entrypoint.sh", "kube-fe-service", env=self.env)

    def verb(self, agent, *words):
        return agent.run("sr-agent", *words, env=self.env)

    @staticmethod
    def running(agent):
        """The command lines of all processes in the cell."""
        return agent.run("sh", "-c", "cat /proc/[0-9]*/cmdline").stdout.replace("\0", " ")

    def test_the_root_is_debian_11(self):
        self.assertEqual((self.root / "etc/debian_version").read_text(encoding="ascii").split(".")[0], "11")

    def test_it_starts_a_server_and_ends_with_143(self):
        with self.agent() as agent:
            agent.await_livez()
            agent.await_line("server_started")
            self.assertEqual(agent.program(), ("1", "sr-agent"))
            self.assertIn("starrocks_be", self.running(agent))
            self.assertEqual(agent.term(), 143)

    def test_it_asks_the_name_server_of_resolv_conf(self):
        def reason(words):
            inside.wait(lambda: words in self.verb(agent, "status").stdout, words,
                        lambda: self.verb(agent, "status").stdout)
        with self.agent() as agent:
            agent.await_livez()
            agent.name_server("some.other")
            reason("no such name (NXDOMAIN)")
            agent.stop_beside()
            agent.name_server(*NAMES)
            reason("127.0.0.1:9030")

    def test_it_checks_certificates_with_the_file_of_a_ca_or_the_systems(self):
        tls = self.root / "etc/tls"
        with self.agent() as agent:
            agent.await_livez()
            agent.start("openssl", "s_server", "-accept", "127.0.0.1:8443", "-cert", tls / "known.pem", "-key",
                        tls / "known.key", "-www", "-quiet")
            inside.wait(lambda: self.verb(agent, "probe", "known").returncode == 0, "a checked certificate",
                        lambda: self.verb(agent, "probe", "known").stdout)
            self.refused(agent, "strange")
            self.refused(agent, "system")
            (self.root / SYSTEM).write_bytes((tls / "known.pem").read_bytes())
            self.assertEqual(self.verb(agent, "probe", "system").returncode, 0)
            self.assertEqual(agent.mapped(), {"sr-agent"}, "nothing of this system's libraries")

    def refused(self, agent, probe):
        done = self.verb(agent, "probe", probe)
        self.assertEqual(done.returncode, 1)
        self.assertIn("certificate", done.stdout)

    def test_every_wrapper_becomes_the_agent_under_every_shell(self):
        with self.agent() as agent:
            agent.await_livez()
            for shell in SHELLS:
                for wrapper in (*WRAPPERS, "/register", "/offline"):
                    done = agent.run(shell, wrapper, "--help")
                    self.assertEqual((done.returncode, done.stderr), (0, ""), f"{shell} {wrapper}")
                    self.assertIn(f"sr-agent {self.verb_of(wrapper)}", done.stdout, f"{shell} {wrapper}")

    @staticmethod
    def verb_of(wrapper):
        name = os.path.basename(wrapper).removesuffix(".sh").split("_")[-1]
        return {"entrypoint": "run", "register": "register-helper", "offline": "offline-helper"}.get(name, name)

    def test_the_hook_ends_the_server(self):
        with self.agent() as agent:
            agent.await_livez()
            agent.await_line("server_started")
            done = agent.run("/bin/bash", "/opt/starrocks/be_prestop.sh", env=self.env)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotIn("starrocks_be", self.running(agent))
            self.assertEqual(agent.term(), 143)


def rights():
    return "" if os.geteuid() == 0 else "root (debootstrap)"


if __name__ == "__main__":
    lacking = rights() or inside.programs("debootstrap", "dnsmasq", "openssl", "curl", "apt-get")
    inside.main(lacking or archive(), inside.namespaces())
