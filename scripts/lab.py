"""Pods on loopback for scripts/demo and scripts/bench: the real sr-agent as entrypoint, the simulator
as server, dnsmasq for the headless names, and a kubelet's part of starting containers again."""
import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERSION = "3.5.7"
DOMAIN = "ns.svc.cluster.local"
BASE = {"fe": 10, "be": 40, "cn": 70}


class Net:
    """Addresses, names and the name server."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = f"127.{100 + os.getpid() % 100}.{1 + os.getpid() // 100 % 250}."
        self.dns = self.prefix + "53"
        self.served = {}
        self.process = None

    def start(self):
        self.write()
        program = shutil.which("dnsmasq") or "/usr/sbin/dnsmasq"
        command = [program, "--keep-in-foreground", "--no-resolv", "--no-hosts", "--pid-file=",
                   "--bind-interfaces", "--port=5353", "--local-ttl=5", "--local=/local/",
                   f"--listen-address={self.dns}", f"--addn-hosts={self.folder}/hosts",
                   f"--log-facility={self.folder}/dnsmasq.log"]
        if os.geteuid() == 0:
            command.append("--user=root")
        self.process = subprocess.Popen(command, start_new_session=True)
        self.wait_answer()

    def wait_answer(self):
        """Until dnsmasq answers: a SIGHUP before that would end it instead of reading the names."""
        question = b"\0\1\1\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            probe.connect((self.dns, 5353))
            for _ in range(100):
                try:
                    probe.send(question)
                    probe.recv(512)
                    return
                except (ConnectionRefusedError, socket.timeout):
                    time.sleep(0.05)
        raise RuntimeError(f"dnsmasq does not answer at {self.dns}:5353")

    def serve(self, pod):
        self.served[pod.name] = (pod.ip, pod.fqdn, pod.headless)
        self.write()
        if self.process:
            self.process.send_signal(signal.SIGHUP)

    def write(self):
        with open(f"{self.folder}/hosts", "w", encoding="ascii") as out:
            for ip, fqdn, headless in self.served.values():
                out.write(f"{ip} {fqdn} {headless}\n")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


def left_over(folder):
    """Processes that name the folder of a lab in their command line or environment."""
    out = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            words = b""
            for name in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    words += file.read()
            if folder.encode() in words:
                out.append(int(pid))
        except OSError:  # it has ended, or belongs to somebody else
            continue
    return out


class Pod:
    """One pod: a volume, a name, an address, and a kubelet that restarts its container."""

    def __init__(self, net, build, kind, ordinal, scale=1, extra=None, version=VERSION, under=""):
        self.scale, self.extra = scale, extra or {}
        self.kind, self.ordinal, self.net, self.build = kind, ordinal, net, build
        self.name = f"kube-{kind}-{ordinal}"
        self.ip = net.prefix + str(BASE[kind] + ordinal)
        self.headless = f"kube-{kind}-search.{DOMAIN}"
        self.fqdn = f"{self.name}.{self.headless}"
        self.root = os.path.join(net.folder, under, self.name)
        self.home = f"{self.root}/{kind}"
        self.container = None
        self.wanted = False
        self.restarts = 0
        self.kubelet = None
        subprocess.run([f"{build}/sr-sim", "install", "--root", self.root, "--version", version,
                        "--roles", kind], check=True, stdout=subprocess.DEVNULL)

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("SR_AGENT_", "SR_SIM_"))}
        env.update({
            "STARROCKS_ROOT": self.root, "POD_NAME": self.name, "POD_NAMESPACE": "ns",
            "POD_IP": self.ip, "POD_FQDN": self.fqdn, "HOST_TYPE": "FQDN",
            "SR_AGENT_FE_COUNT": "3", "SR_AGENT_LISTEN": f"{self.ip}:8099",
            "SR_AGENT_DNS__SERVERS": f"{self.net.dns}:5353",
            "SR_AGENT_NODE__RUNTIME_DIR": f"{self.root}/run",
            "SR_AGENT_NODE__TERMINATION_LOG": f"{self.root}/termination-log",
            "SR_AGENT_SIMULATION__TIME_SCALE": str(self.scale),
            "SR_SIM_IP": self.ip, "SR_SIM_HOSTNAME": self.fqdn,
            "SR_SIM_DNS": f"{self.net.dns}:5353", "SR_SIM_TIME_SCALE": str(self.scale)})
        env.update(self.extra)
        return env

    def command(self):
        """What the container runs as process 1."""
        return [f"{self.build}/sr-agent", "run", self.kind, f"kube-fe-service.{DOMAIN}"]

    def start(self):
        open(f"{self.root}/termination-log", "w", encoding="ascii").close()
        self.net.serve(self)
        self.wanted = True
        self.kubelet = threading.Thread(target=self.keep_running, daemon=True)
        self.kubelet.start()

    def keep_running(self):
        while self.wanted:
            with open(f"{self.root}/console", "ab") as console:
                self.container = subprocess.Popen(
                    self.command(),
                    env=self.environment(), stdout=console, stderr=console,
                    stdin=subprocess.DEVNULL, start_new_session=True)
            self.container.wait()
            self.kill_server()
            if self.wanted:
                self.restarts += 1
                time.sleep(0.5)

    def server_pid(self):
        try:
            with open(f"{self.home}/bin/{self.kind}.pid", encoding="ascii") as text:
                pid = int(text.read().strip() or 0)
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError):
            return 0

    def kill_server(self):
        pid = self.server_pid()
        if pid:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def kill_container(self):
        """As a lost node: agent and server die at once; the kubelet starts the container again."""
        if self.container and self.container.poll() is None:
            self.container.kill()
        self.kill_server()

    def begin_stop(self):
        """Sends TERM once and does not wait; the kubelet starts nothing again."""
        first, self.wanted = self.wanted, False  # before TERM: the kubelet looks at it
        if first and self.container and self.container.poll() is None:
            self.container.terminate()

    def stop(self):
        """As `kubectl delete pod`: TERM, grace, KILL."""
        self.begin_stop()
        if self.container and self.container.poll() is None:
            try:
                self.container.wait(10)
            except subprocess.TimeoutExpired:
                self.container.kill()
        if self.kubelet:
            self.kubelet.join(5)
        self.kill_server()

    def switch_off(self):
        """As a lost node that does not come back."""
        self.wanted = False
        self.kill_container()
        if self.kubelet:
            self.kubelet.join(5)
        self.kill_container()  # one that the kubelet was starting

    def lose_volume(self):
        volume = f"{self.home}/meta" if self.kind == "fe" else f"{self.home}/storage"
        for entry in os.listdir(volume):
            path = f"{volume}/{entry}"
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def mysql(pod, statement):
    """Rows as dicts by the mysql command line, or None where the FE does not answer."""
    try:
        done = subprocess.run(
            ["mysql", f"-h{pod.ip}", "-P9030", "-uroot", "--connect-timeout=2", "--batch", "-e",
             statement], capture_output=True, text=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    lines = done.stdout.splitlines()
    return [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]] if lines else []


def get(ip, port, path):
    """Status and body; status 0 where nothing answers."""
    connection = http.client.HTTPConnection(ip, port, timeout=2)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def ask_agent(pod, path):
    return get(pod.ip, 8099, path)


def healthy(pod):
    """The server itself says so by HTTP."""
    status, body = get(pod.ip, 8030 if pod.kind == "fe" else 8040, "/api/health")
    return status == 200 and "OK" in body


def build(targets):
    """Builds `targets` of the release tree; the folder with the binaries."""
    subprocess.run([f"{ROOT}/scripts/setup"], check=True)
    quiet = {"stdout": subprocess.DEVNULL, "cwd": ROOT, "check": True}
    subprocess.run(["cmake", "--preset", "release", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"], **quiet)
    folder = f"{ROOT}/build/release"
    subprocess.run(["cmake", "--build", folder, "--target", *targets], **quiet)
    return folder
