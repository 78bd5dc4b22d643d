"""Runs a test program in namespaces of its own: network, mounts and processes. Killing the one process
that was started ends all that the test began; what the kernel keeps beyond that (control groups, two
mount points) is taken away afterwards, and the test fails if anything is left.

A test calls main(run, node). It is skipped (exit status 77) with the reason where something is missing.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
DAY = 24 * 3600
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KUBE = ROOT / "build/kube"  # what tests/kube/build makes
TOOLS = ROOT / "build/tools"  # what scripts/setup takes out of packages
INSIDE = "SRAGENT_KUBE_INSIDE"  # the folder of the run, where this process is in the namespaces
MOUNT_POINTS = ("/var/lib/cni", "/var/lib/kubelet")  # paths that CNI and kubelet do not let us choose
BEGAN = time.monotonic()


def log(text):
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {text}", flush=True)


class Skipped(Exception):
    """What is missing on this machine."""


def options(more):
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=str(ROOT / "build/release"), help="folder of sr-agent and sr-sim")
    parser.add_argument("--shell", action="store_true", help="at the end a shell beside the cluster, with kubectl")
    parser.add_argument("--keep", action="store_true", help="keeps what the programs wrote")
    more(parser)
    return parser.parse_args()


def main(run, node, more=lambda parser: None):
    """`run(folder, options)` in the namespaces; `node`: the test needs containers, not the API alone."""
    chosen = options(more)
    folder = os.environ.get(INSIDE)
    if folder:
        sys.exit(run(pathlib.Path(folder), chosen))
    try:
        check_programs(node, chosen)
        check_rights()
        sys.exit(outside(node, chosen.keep))
    except Skipped as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)


def check_programs(node, chosen):
    if os.geteuid() != 0:
        raise Skipped("needs root")
    if (KUBE / "skipped").exists():  # a program of an earlier build would be another Kubernetes
        raise Skipped((KUBE / "skipped").read_text().strip())
    if not (KUBE / "kube").exists():
        raise Skipped("tests/kube/build has not been run")
    wanted = ["unshare", "setpriv", "tini", "ip", "openssl"] + (["nft", "mysql", "cc", "ldd"] if node else ["dnsmasq"])
    missing = [name for name in wanted if not shutil.which(name)]
    if node:
        missing += [name for name in ("containerd", "containerd-shim-runc-v2", "ctr", "runc", "ptp", "host-local",
                                      "loopback") if not (TOOLS / name).exists()]
    missing += [name for name in ("sr-agent", "sr-sim") if not pathlib.Path(chosen.build, name).exists()]
    if missing:
        raise Skipped("missing " + ", ".join(missing) + "; scripts/setup and the build make them")


def check_rights():
    tried = subprocess.run(["unshare", *namespaces(), "sh", "-c", "mount -t tmpfs none /mnt && ip link set lo up"],
                           capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise Skipped(f"may not make namespaces and mounts: {tried.stderr.strip()}")


def namespaces():
    return ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def cgroup_mounts():
    """Every hierarchy of control groups that has or may have controllers."""
    with open("/proc/mounts", encoding="utf-8") as mounts:
        fields = [line.split() for line in mounts]
    return [pathlib.Path(f[1]) for f in fields if f[2] in ("cgroup", "cgroup2")]


def make_cgroups(name):
    """A folder for the node's pods in each hierarchy; a cpuset without cores would take no process."""
    try:
        for mount in cgroup_mounts():
            group = mount / name
            group.mkdir()
            for key in ("cpuset.cpus", "cpuset.mems"):
                if (mount / key).exists() and (group / key).exists():
                    (group / key).write_text((mount / key).read_text())
    except OSError as error:
        remove_cgroups(name)
        raise Skipped(f"may not make control groups: {error}") from error


def remove_cgroups(name):
    """What could not be removed."""
    left = []
    for mount in cgroup_mounts():
        for folder, _, _ in os.walk(mount / name, topdown=False):
            for attempt in range(50):  # the kernel lets go of a group a moment after its last process
                try:
                    os.rmdir(folder)
                    break
                except OSError:
                    if attempt == 49:
                        left.append(folder)
                    time.sleep(0.1)
    return left


def remove_stale(runs):
    """What a run left that was killed together with its launcher; what programs wrote, after a day."""
    for folder in runs.iterdir():
        pid = folder.name.split("-")[0]
        if not os.path.exists(f"/proc/{pid}"):
            remove_made(folder)
            remove_cgroups(f"sr-kube-{pid}")
            if not (folder / "logs").exists() or time.time() - folder.stat().st_mtime > DAY:
                shutil.rmtree(folder, ignore_errors=True)


def make_points(folder):
    """Mount points that this machine lacks; written down before they are made."""
    lacking = [point for point in MOUNT_POINTS if not os.path.isdir(point)]
    (folder / "made").write_text("\n".join(lacking))
    for point in lacking:
        os.mkdir(point)


def remove_made(folder):
    made = folder / "made"
    for point in made.read_text().split() if made.exists() else []:
        with contextlib.suppress(OSError):  # somebody else's by now
            os.rmdir(point)
    made.unlink(missing_ok=True)


def outside(node, keep):
    runs = KUBE / "run"
    runs.mkdir(parents=True, exist_ok=True)
    remove_stale(runs)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=runs))
    group = f"sr-kube-{os.getpid()}"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    status = 1
    try:
        if node:
            make_points(folder)
            make_cgroups(group)
        # setpriv: if this process is killed, unshare is, and with it the first process inside.
        inside = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", *namespaces(), "tini", "--", sys.executable, "-B",
             *sys.argv],
            env={**os.environ, INSIDE: str(folder), "SRAGENT_KUBE_GROUP": group})
        try:
            status = inside.wait()
        finally:
            inside.kill()
            inside.wait()
    finally:
        left = remove_cgroups(group)
        remove_made(folder)
    left += [f"process {pid}" for pid in living(str(folder))]
    if left:
        print("FAIL: left behind:", *left)
        return 1
    if status in (0, SKIPPED) and not keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"what the programs wrote is in {folder}/logs")
    return status


def living(folder):
    """Processes that have the folder of a run in their environment or command line, this one excepted."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = b"".join(pathlib.Path(f"/proc/{pid}", name).read_bytes() for name in ("environ", "cmdline"))
        except OSError:
            continue
        if int(pid) != os.getpid() and folder.encode() in words:
            found.append(int(pid))
    return found
