"""The cluster of a run: etcd, API server and controller manager; with `node` also scheduler, containerd,
kubelet, kube-proxy and CoreDNS. Works inside the namespaces that kube.py makes, and ends with them.
"""
import os
import pathlib
import shutil
import subprocess
import time
import urllib.request

import configs
import kube
from api import ADDRESS, TOKEN, Api, conditions

PATIENCE = 120  # outer limit in seconds of every wait for the cluster's own parts


def wait(what, lacks, limit=PATIENCE, pause=0.1):
    """Until `lacks()` is empty; TimeoutError with its last word."""
    until = time.monotonic() + limit
    while lack := lacks():
        if time.monotonic() > until:
            raise TimeoutError(f"{what}: not within {limit} s: {lack}")
        time.sleep(pause)


def command(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


class Cluster:
    def __init__(self, folder):
        self.logs, self.state = folder / "logs", folder / "state"
        self.config = str(self.state / "kubeconfig")
        self.certificates = self.state / "certificates"
        self.programs = {}
        self.api = Api(self.certificates, self.config)

    def start(self, node=False):
        """Returns when the API server is ready, and with `node` when pods can be started."""
        for path in (self.logs, self.state):
            path.mkdir(exist_ok=True)
        command("mount", "-t", "tmpfs", "-o", "mode=755", "none", str(self.state))
        self.network()
        self.certificates.mkdir()
        self.write("tokens", f'{TOKEN},tests,tests,"system:masters"\n')
        self.write("kubeconfig", configs.kubeconfig(self.certificates))
        command("openssl", "genrsa", "-out", str(self.state / "accounts.key"), "2048")
        self.run(configs.etcd(self.state))
        self.write("audit.json", configs.audit())
        self.run(configs.apiserver(self.state, self.logs))
        if node:
            self.start_containerd()
        wait("API server", lambda: self.dead() or self.api.ready())
        self.run(configs.controller_manager(self.state, self.config))
        if node:
            self.start_node()
        kube.log("cluster is up")

    def network(self):
        command("ip", "link", "set", "lo", "up")
        command("ip", "link", "add", "kube0", "type", "bridge")
        command("ip", "address", "add", f"{ADDRESS}/24", "dev", "kube0")
        command("ip", "link", "set", "kube0", "up")
        # There is no default route: without one of its own a Service address would be unreachable
        # before kube-proxy's rules see the packet.
        command("ip", "route", "add", configs.SERVICES, "dev", "kube0")
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")

    def write(self, name, text):
        (self.state / name).write_text(text)
        return self.state / name

    def run(self, words, name=None):
        """Starts one of the programs; its words go to logs/NAME."""
        program = kube.TOOLS / words[0] if words[0] == "containerd" else kube.KUBE / words[0]
        env = {"PATH": f"{kube.TOOLS}:{os.environ['PATH']}", "HOME": str(self.state)}
        with open(self.logs / (name or words[0]), "ab") as out:
            self.programs[words[0]] = subprocess.Popen([str(program), *words[1:]], stdin=subprocess.DEVNULL,
                                                       stdout=out, stderr=out, env=env)

    def dead(self):
        """Names of programs that have ended: a cluster that lost one proves nothing."""
        ended = [name for name, process in self.programs.items() if process.poll() is not None]
        if ended:
            raise RuntimeError(f"{', '.join(ended)} ended; see {self.logs}")

    def stop(self, name):
        process = self.programs.pop(name)
        process.terminate()
        process.wait()

    def start_containerd(self):
        command("mount", "-t", "tmpfs", "-o", "mode=755", "none", "/run")
        for point in kube.MOUNT_POINTS:
            command("mount", "-t", "tmpfs", "-o", "mode=755", "none", point)
        (self.logs / "var").mkdir()
        command("mount", "--bind", str(self.logs / "var"), "/var/log")
        self.keep_kernel_settings()
        (self.state / "cni").mkdir()
        self.write("cni/10-pods.conflist", configs.cni())
        text = configs.containerd(self.state, kube.TOOLS, self.snapshotter())
        self.run(["containerd", f"--config={self.write('containerd.toml', text)}"])

    def snapshotter(self):
        """overlayfs, or copies of whole images where the kernel does not permit it."""
        places = [self.state / "probe" / name for name in ("lower", "upper", "work", "merged")]
        for place in places:
            place.mkdir(parents=True)
        lower, upper, work, merged = places
        tried = subprocess.run(["mount", "-t", "overlay", "none", "-o",
                                f"lowerdir={lower},upperdir={upper},workdir={work}", str(merged)],
                               capture_output=True, check=False)
        if tried.returncode == 0:
            command("umount", str(merged))
        shutil.rmtree(self.state / "probe")
        return "overlayfs" if tried.returncode == 0 else "native"

    def keep_kernel_settings(self):
        """The kubelet writes these; it gets private files in their place, and the machine keeps its values."""
        for name in ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
                     "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"):
            path = pathlib.Path("/proc/sys", name)
            if path.exists():
                own = self.write(name.replace("/", "-"), path.read_text())
                command("mount", "--bind", str(own), str(path))

    def load_image(self, archive):
        """Makes an image of a docker archive known to the kubelet."""
        ctr = [str(kube.TOOLS / "ctr"), "--address", "/run/containerd/containerd.sock", "-n", "k8s.io"]

        def lack():
            self.dead()
            done = subprocess.run([*ctr, "images", "import", str(archive)], capture_output=True, text=True, check=False)
            return done.stderr if done.returncode else ""
        wait("import of an image", lack)

    def start_node(self):
        self.write("resolv.conf", "")
        self.run(configs.scheduler(self.config))
        self.write("kubelet.json", configs.kubelet(self.state, self.logs, os.environ["SRAGENT_KUBE_GROUP"]))
        self.run(configs.kubelet_command(self.state, self.config))
        self.run(["kube-proxy", f"--config={self.write('proxy.json', configs.proxy(self.config))}"])
        self.start_dns()
        wait("node", self.node_lacks)

    def start_dns(self, cache=0):
        corefile = self.write("Corefile", configs.corefile(self.config, cache))
        self.run(["coredns", "-conf", str(corefile)])

        def lack():
            self.dead()
            try:
                with urllib.request.urlopen("http://127.0.0.1:8181/ready", timeout=2) as answer:
                    return "" if answer.status == 200 else "not ready"
            except OSError as error:
                return str(error)
        wait("CoreDNS", lack)

    def node_lacks(self):
        self.dead()
        node = self.api.find("/api/v1/nodes/node")
        if node is None:
            return "the kubelet has not registered it"
        return "" if conditions(node).get("Ready") == "True" else str(node["status"].get("conditions"))

    def shell(self):
        """For people: kubectl and mysql beside the cluster; the cluster ends with the shell."""
        print("A shell beside the cluster: kubectl, mysql; `exit` ends both. Logs:", self.logs)
        subprocess.run(["bash", "--norc"], check=False, env={
            **os.environ, "PS1": "kube\\$ ", "KUBECONFIG": self.config, "HOME": str(self.state),
            "PATH": f"{kube.KUBE}:{kube.TOOLS}:{os.environ['PATH']}",
            "CONTAINERD_ADDRESS": "/run/containerd/containerd.sock", "CONTAINERD_NAMESPACE": "k8s.io"})
