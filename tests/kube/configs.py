"""Configuration files and command lines of the cluster's programs. What is not obvious says why."""
import json

from api import ADDRESS, PORT, TOKEN

SERVICES, PODS = "10.96.0.0/16", "10.89.0.0/24"
DOMAIN = "cluster.local"


def kubeconfig(certificates):
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "tests",
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "users": [{"name": "tests", "user": {"token": TOKEN}}],
        "clusters": [{"name": "tests", "cluster": {
            "server": f"https://{ADDRESS}:{PORT}", "certificate-authority": f"{certificates}/apiserver.crt"}}]})


def etcd(state):
    return ["etcd", f"--data-dir={state}/etcd", "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379", "--listen-peer-urls=http://127.0.0.1:2380",
            "--unsafe-no-fsync", "--log-level=warn"]


def apiserver(state, logs):
    return ["kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", f"--advertise-address={ADDRESS}",
            f"--secure-port={PORT}", f"--cert-dir={state}/certificates", f"--service-cluster-ip-range={SERVICES}",
            "--kubelet-preferred-address-types=InternalIP", "--authorization-mode=RBAC",
            f"--token-auth-file={state}/tokens", "--allow-privileged",
            f"--audit-policy-file={state}/audit.json", f"--audit-log-path={logs}/audit",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={state}/accounts.key",
            f"--service-account-signing-key-file={state}/accounts.key"]


def audit():
    """Who has patched the status of which pod, and the answer."""
    return json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
        {"level": "Metadata", "verbs": ["patch"], "resources": [{"group": "", "resources": ["pods/status"]}]},
        {"level": "None"}]})


def controller_manager(state, config):
    # The API server made its own authority; pods get it as theirs.
    return ["kube-controller-manager", f"--kubeconfig={config}", "--leader-elect=false",
            f"--service-account-private-key-file={state}/accounts.key",
            f"--root-ca-file={state}/certificates/apiserver.crt"]


def scheduler(config):
    return ["kube-scheduler", f"--kubeconfig={config}", "--leader-elect=false"]


def containerd(state, tools, snapshotter):
    """Root without CAP_SYS_RESOURCE may not lower an OOM score; AppArmor is left alone."""
    return f'''version = 2
root = "{state}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "{state}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "tests.local/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{tools}"
    conf_dir = "{state}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "{tools}/runc"
'''


def cni():
    """A pair of interfaces for each pod: every packet is routed by the node, so kube-proxy's rules apply."""
    return json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": [
        {"type": "ptp", "ipMasq": False, "ipam": {
            "type": "host-local", "dataDir": "/run/cni", "ranges": [[{"subnet": PODS}]],
            "routes": [{"dst": "0.0.0.0/0"}]}}]})


def kubelet(state, logs, group):
    return json.dumps({
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "clusterDNS": [ADDRESS], "clusterDomain": DOMAIN, "resolvConf": f"{state}/resolv.conf",
        # A group of the run's own, so that it can be removed; version 1 is refused by default.
        "cgroupDriver": "cgroupfs", "cgroupRoot": f"/{group}", "failCgroupV1": False,
        "enforceNodeAllocatable": [], "oomScoreAdj": 0, "failSwapOn": False,
        "makeIPTablesUtilChains": False, "protectKernelDefaults": False,
        # The disk is the machine's: how full it is is not what is tested.
        "evictionHard": {"memory.available": "1Mi", "nodefs.available": "0%", "nodefs.inodesFree": "0%",
                         "imagefs.available": "0%", "imagefs.inodesFree": "0%"},
        "imageGCHighThresholdPercent": 100, "podLogsDir": f"{logs}/pods",
        "volumePluginDir": f"{state}/volume-plugins"})


def kubelet_command(state, config):
    return ["kubelet", f"--kubeconfig={config}", f"--config={state}/kubelet.json", f"--root-dir={state}/kubelet",
            f"--cert-dir={state}/kubelet-certificates", "--hostname-override=node", f"--node-ip={ADDRESS}"]


def proxy(config):
    return json.dumps({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "nftables",
        "clientConnection": {"kubeconfig": config}, "hostnameOverride": "node", "clusterCIDR": PODS,
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        # No node address answers for a Service port; the default asks for the node's first.
        "nodePortAddresses": ["127.0.0.0/8"], "oomScoreAdj": 0})


def corefile(config, cache=0):
    """As kubeadm's, which does not cache the cluster's own domain; `cache`: seconds, as many people set."""
    return f'''.:53 {{
  bind {ADDRESS}
  errors
  ready 127.0.0.1:8181
  kubernetes {DOMAIN} in-addr.arpa {{
    kubeconfig {config} tests
    pods insecure
    ttl 30
  }}
  {f"cache {cache}" if cache else ""}
  loadbalance
}}
'''
