"""Images from files of this machine, as docker archives: no registry is asked and nothing is built.

sr_agent(): sr-agent and its scripts as docker/make-root lays them out, the simulator under StarRocks'
names, the commands that their scripts use, and the libraries that ldd names. pause(): one static program.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

import kube

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
COMMANDS = ("bash sh cat chmod cp date dirname env find getent getopt grep head hostname id ln ls mkdir mv nohup ps rm "
            "sed sleep tail touch uptime").split()
PAUSE = "#include <unistd.h>\n#include <signal.h>\nvoid end(int s) { _exit(s != 0); }\n" \
        "int main() { signal(SIGTERM, end); signal(SIGINT, end); signal(SIGCHLD, SIG_IGN); for (;;) pause(); }\n"


def libraries(program):
    told = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
    return [word for line in told.splitlines() for word in line.split() if word.startswith("/") and ":" not in word]


def place(root, source, target=None):
    """Copies a file to its path, with the folders as they really are (/lib is a link to /usr/lib)."""
    target = str(target or source)
    real = os.path.join(os.path.realpath(os.path.dirname(target)), os.path.basename(target))
    path = pathlib.Path(root, real.lstrip("/"))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, path)


def archive(root, file, names, config):
    """A docker archive of one layer; every file belongs to root."""
    layer = pathlib.Path(f"{file}.layer")

    def owned(info):
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        return info
    with tarfile.open(layer, "w") as out:
        out.add(root, arcname=".", filter=owned)
    digest = hashlib.sha256(layer.read_bytes()).hexdigest()
    text = json.dumps({"architecture": ARCHITECTURES[os.uname().machine], "os": "linux", "config": config,
                       "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}})
    told = [{"Config": "config.json", "RepoTags": names, "Layers": ["layer.tar"]}]
    with tarfile.open(file, "w") as out:
        out.add(layer, arcname="layer.tar")
        for name, content in (("config.json", text), ("manifest.json", json.dumps(told))):
            path = layer.with_suffix(".json")
            path.write_text(content)
            out.add(path, arcname=name)
    layer.unlink()
    return file


def simulated(root, build):
    """What an image of StarRocks has without an agent: the simulator below /opt/starrocks, the commands that the
    scripts use, and the libraries of all of them."""
    root.mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / link).mkdir(parents=True)
        (root / link).symlink_to(f"usr/{link}")
    for empty in ("tmp", "etc", "proc", "sys", "dev", "run"):
        (root / empty).mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/bash\nstarrocks:x:1000:1000::/:/bin/bash\n")
    (root / "etc/group").write_text("root:x:0:\nstarrocks:x:1000:\n")
    (root / "etc/nsswitch.conf").write_text("hosts: files dns\n")
    (root / ".dockerenv").touch()
    subprocess.run([f"{build}/sr-sim", "install", "--copy", "--root", root / "opt/starrocks"], check=True,
                   stdout=subprocess.DEVNULL)
    programs = [shutil.which(name) for name in COMMANDS]
    for program in programs:
        place(root, program)
    for program in (*programs, f"{build}/sr-sim"):
        for library in libraries(program):
            place(root, library)


def sr_agent(folder, build, scale):
    """sr-agent/{fe,be,cn}:latest, one content. `scale`: how much faster the simulator's time goes."""
    root = folder / "root"
    simulated(root, build)
    subprocess.run([kube.ROOT / "docker/make-root", root, f"{build}/sr-agent"], check=True, stdout=subprocess.DEVNULL)
    for library in libraries(f"{build}/sr-agent"):
        place(root, library)
    names = [f"sr-agent/{role}:latest" for role in ("fe", "be", "cn")]
    return archive(root, folder / "sr-agent.tar", names, {
        "Env": ["PATH=/usr/local/bin:/usr/bin:/usr/sbin", f"SR_SIM_TIME_SCALE={scale}", "SR_SIM_REAL_DATES=1"],
        "WorkingDir": "/"})


def pause(folder):
    root = folder / "pause"
    root.mkdir(parents=True)
    subprocess.run(["cc", "-static", "-Os", "-x", "c", "-o", root / "pause", "-"], input=PAUSE.encode(), check=True)
    return archive(root, folder / "pause.tar", ["tests.local/pause:1"], {"Entrypoint": ["/pause"]})
