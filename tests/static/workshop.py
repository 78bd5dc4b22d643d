"""Images and containers with tools of Debian's packages: buildah builds, umoci unpacks, runc starts. All in one folder,
as root, without a daemon and without asking a registry.
"""
import contextlib
import json
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

import inside
from inside import SOURCE

RUNC = SOURCE / "build/tools/runc"  # scripts/setup takes it out of its package
USER = 1000


def owner(info):
    """Root's are all files of the base but StarRocks', as in its own images."""
    info.uid = info.gid = USER if info.name.startswith("./opt/starrocks") else 0
    info.uname = info.gname = ""
    return info


class Workshop:
    """A folder with a store of images of its own."""

    def __init__(self, folder):
        self.folder = folder

    def buildah(self, *words):
        done = subprocess.run(["buildah", "--root", self.folder / "store", "--runroot", self.folder / "run",
                               "--storage-driver", "vfs", *words], capture_output=True, text=True, timeout=300,
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def build(self, name, context, *words):
        self.buildah("build", "--isolation", "chroot", "--pull-never", "-q", "-t", f"localhost/{name}", *words, context)

    def base(self, name, root, dockerfile):
        context = self.folder / f"context-{name}"
        context.mkdir()
        with tarfile.open(context / "base.tar", "w") as out:
            out.add(root, arcname=".", filter=owner)
        (context / "Dockerfile").write_text(dockerfile, encoding="ascii")
        self.build(name, context)

    def with_agent(self, name, base, dockerfile):
        """As docs/migration.md says it."""
        context = self.folder / f"context-{name}"
        subprocess.run([SOURCE / "docker/make-root", context / "rootfs"], check=True)
        shutil.copy(SOURCE / "docker" / dockerfile, context)
        self.build(name, context, "-f", context / dockerfile, "--build-arg", f"BASE=localhost/{base}")

    def config(self, name):
        return json.loads(self.buildah("inspect", "--type", "image", f"localhost/{name}"))["OCIv1"]["config"]

    def bundle(self, name):
        """The image as runc wants it, unpacked anew."""
        made = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.buildah("push", "-q", f"localhost/{name}", f"oci:{made}/layout:it")
        subprocess.run(["umoci", "unpack", "--image", f"{made}/layout:it", made / "bundle"], check=True,
                       capture_output=True)
        return made / "bundle"

    def runc(self, *words):
        return [RUNC, "--root", self.folder / "runc", *words]

    @contextlib.contextmanager
    def container(self, name, env):
        made = Container(self, name, env)
        try:
            yield made
        finally:
            made.end()


class Container(inside.Cell):
    """Of one image, its command as the image has it, in namespaces that runc makes."""

    def __init__(self, shop, name, env):
        bundle = shop.bundle(name)
        self.shop, self.name = shop, f"sr-agent-{name}-{bundle.parent.name}"  # one of the whole machine's: its groups
        pid, console = bundle.parent / "pid", bundle.parent / "console"
        told = json.loads((bundle / "config.json").read_text(encoding="utf-8"))
        told["process"]["terminal"] = False
        told["process"]["env"] += [f"{key}={value}" for key, value in env.items() if key != "PATH"]
        (bundle / "config.json").write_text(json.dumps(told), encoding="utf-8")
        with open(console, "wb") as out:
            started = subprocess.Popen(shop.runc("run", "--pid-file", pid, "--bundle", bundle, self.name),
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        super().__init__(started, console, lambda: int(pid.read_text() or 0) if pid.exists() else 0)

    def run(self, *command, env=None):
        more = [word for key, value in (env or {}).items() for word in ("--env", f"{key}={value}")]
        return subprocess.run(self.shop.runc("exec", *more, self.name, *command), capture_output=True, text=True,
                              timeout=inside.LIMIT, check=False)

    def end(self):
        subprocess.run(self.shop.runc("delete", "--force", self.name), capture_output=True, check=False)
        super().end()
