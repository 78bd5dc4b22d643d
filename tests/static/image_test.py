#!/usr/bin/env python3
"""Images made from docker/Dockerfile and docker/Dockerfile.helper, and containers started from them. The base holds the
simulator with StarRocks' start scripts, and stands in for jstack, jmap, gdb and pstack; buildah builds, umoci unpacks
and runc starts. No registry is asked and no daemon runs.

usage: image_test.py SOURCE_DIR BUILD_DIR      BUILD_DIR: that of sr-sim

Exits 77 (skipped, with the reason) without root or one of these programs.
"""
import hashlib
import os
import pathlib
import shutil
import stat
import sys
import tempfile
import unittest

import inside
from inside import DOMAIN, SOURCE
from workshop import RUNC, USER, Workshop

sys.path.append(str(SOURCE / "tests/kube"))
import image  # noqa: E402

BUILD = pathlib.Path(sys.argv[2]).resolve()
STOCK = "#!/bin/sh\necho stock\n"
KEPT = ("usr/bin/gdb", "usr/bin/pstack", "usr/lib/jvm/java/bin/jstack", "usr/lib/jvm/java/bin/jmap")
ROLES = ("fe", "be", "cn")
WRAPPERS = {f"opt/starrocks/{role}_{name}.sh" for role in ROLES for name in ("entrypoint", "prestop")}
ADDED = {"usr/local/bin/sr-agent", "register", "offline"}
SCALE = 10  # the times of agent and servers are divided by it
BASE = """FROM scratch
ADD base.tar /
ENV PATH=/usr/local/bin:/usr/bin:/usr/sbin JAVA_HOME=/usr/lib/jvm/java
LABEL org.example.base=starrocks
WORKDIR /opt/starrocks
USER 1000:1000
STOPSIGNAL SIGTERM
EXPOSE 9030
ENTRYPOINT ["/opt/starrocks/{role}_entrypoint.sh"]
CMD ["kube-fe-service"]
"""


def listing(root):
    """Each path with all that an image says of it but times."""
    found = {}
    for path in sorted(root.rglob("*")):
        told = path.lstat()
        content = b""
        if path.is_symlink():
            content = os.readlink(path).encode()
        elif path.is_file():
            content = path.read_bytes()
        found[str(path.relative_to(root))] = (stat.filemode(told.st_mode), told.st_uid, told.st_gid,
                                              hashlib.sha256(content).hexdigest())
    return found


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shop = Workshop(pathlib.Path(tempfile.mkdtemp()))
        cls.addClassCleanup(shutil.rmtree, cls.shop.folder)
        root = cls.shop.folder / "simulated"
        image.simulated(root, BUILD)
        (root / "usr/local/bin").mkdir(parents=True)
        for path in (*WRAPPERS, *KEPT):
            inside.script(root / path, STOCK)
        for role in ROLES:
            cls.shop.base(f"base-{role}", root, BASE.format(role=role))
            cls.shop.with_agent(role, f"base-{role}", "Dockerfile")

    @staticmethod
    def pod(kind):
        return inside.pod(kind, SR_AGENT_SIMULATION__TIME_SCALE=str(SCALE), SR_SIM_TIME_SCALE=str(SCALE),
                          SR_AGENT_FE_COUNT="1", SR_SIM_IP="127.0.0.1", SR_SIM_DNS="127.0.0.1:53",
                          SR_SIM_HOSTNAME=f"kube-{kind}-0.kube-{kind}-search.{DOMAIN}")

    def test_one_copy_adds_the_agent_and_changes_nothing_but_the_stock_scripts(self):
        before = listing(self.shop.bundle("base-fe") / "rootfs")
        after = listing(self.shop.bundle("fe") / "rootfs")
        self.assertEqual(set(before) - set(after), set())
        self.assertEqual(set(after) - set(before), ADDED)
        changed = {path for path in before if before[path] != after[path]}
        self.assertEqual(changed, WRAPPERS | {"opt/starrocks"})
        self.assertEqual(after["opt/starrocks"][:3], ("drwxr-xr-x", 0, 0))
        for path in ADDED | WRAPPERS:
            self.assertEqual(after[path][:3], ("-rwxr-xr-x", 0, 0), path)

    def test_jstack_jmap_gdb_and_pstack_are_still_there(self):
        for path in KEPT:
            self.assertEqual((self.shop.bundle("fe") / "rootfs" / path).read_text(encoding="ascii"), STOCK)

    def test_user_entrypoint_labels_and_stop_signal_are_the_bases(self):
        config = self.shop.config("fe")
        self.assertEqual(config, self.shop.config("base-fe"))
        self.assertEqual((config["User"], config["Entrypoint"], config["Cmd"], config["StopSignal"]),
                         ("1000:1000", ["/opt/starrocks/fe_entrypoint.sh"], ["kube-fe-service"], "SIGTERM"))
        self.assertEqual(config["Labels"]["org.example.base"], "starrocks")

    def test_an_fe_founds_its_cluster_from_the_image_and_ends_with_143(self):
        with self.shop.container("fe", self.pod("fe")) as fe:
            fe.await_livez()
            fe.name_server("kube-fe-0.kube-fe-search", "kube-fe-search", "kube-fe-service")
            self.assertEqual(fe.program(), ("1", "sr-agent"))
            inside.wait(lambda: fe.get("/readyz") is not None, "/readyz", fe.told)
            self.assertEqual(fe.run("sr-agent", "probe", "ready").returncode, 0)
            self.assertIn("start_fe.sh", fe.told())
            self.assertEqual(fe.run("id", "-u").stdout, f"{USER}\n")
            self.assertEqual(fe.mapped(), {"sr-agent"}, "names, a login and HTTP need no plugin of the base")
            self.assertEqual(fe.term(), 143)

    def test_a_be_and_a_cn_start_from_their_images_and_the_hook_ends_their_servers(self):
        for kind in ("be", "cn"):
            with self.subTest(kind), self.shop.container(kind, self.pod(kind)) as node:
                node.await_livez()
                node.await_line("server_started")
                self.assertEqual(node.program(), ("1", "sr-agent"))
                self.assertIn(f"start_{kind}.sh", node.told())
                hook = node.run(f"/opt/starrocks/{kind}_prestop.sh", env=self.pod(kind))
                self.assertEqual(hook.returncode, 0, hook.stdout + hook.stderr + node.told())
                self.assertEqual(node.term(), 143)


class Helper(unittest.TestCase):
    def test_the_helper_runs_in_an_image_of_busybox(self):
        with tempfile.TemporaryDirectory() as folder:
            shop = Workshop(pathlib.Path(folder))
            root = shop.folder / "busybox"
            for name in ("bin", "tmp", "proc", "dev", "sys", "etc"):
                (root / name).mkdir(parents=True)
            shutil.copy(shutil.which("busybox"), root / "bin/busybox")
            (root / "bin/sh").symlink_to("busybox")
            shop.base("busybox", root, "FROM scratch\nADD base.tar /\nENV PATH=/usr/local/bin:/bin\nCMD [\"sh\"]\n")
            shop.with_agent("helper", "busybox", "Dockerfile.helper")
            self.assertEqual(shop.config("helper")["Entrypoint"], ["/register"])
            env = {"FE_ADDRS": "127.0.0.1:9030", "POD_IP": "127.0.0.1", "CN_PORT": "9050"}
            with shop.container("helper", env) as helper:
                helper.await_line("waits for the CN")
                self.assertEqual(helper.program(), ("1", "sr-agent"))
                self.assertEqual(helper.term(), 0, helper.told())


def lacking():
    if os.geteuid() != 0:
        return "root"
    if not (BUILD / "sr-sim").exists():
        return f"{BUILD}/sr-sim"
    return "" if RUNC.exists() else "build/tools/runc (scripts/setup)"


if __name__ == "__main__":
    inside.main(lacking(), inside.programs("buildah", "umoci", "dnsmasq", "busybox", "curl", "ldd"))
