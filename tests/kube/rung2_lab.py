"""What the tests of rung 2 share: the one cluster, the manifests, and a kubelet's part."""
import functools

import kube
from api import STRATEGIC, pods
from cluster import wait

MANIFESTS = kube.ROOT / "config/kubernetes"
OVERLAYS = sorted(path.name for path in (MANIFESTS / "overlays").iterdir())
CLUSTER = None  # one for all tests


def server():
    return CLUSTER.api


@functools.cache
def render(folder):
    done = server().kubectl("kustomize", str(MANIFESTS / folder))
    assert done.returncode == 0, done.stderr
    return done.stdout


def dry_run(text):
    return server().kubectl("apply", "-n", "default", "--dry-run=server", "--validate=strict", "-f", "-", given=text)


def make_namespace(name, labels=None):
    server().post("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels or {}}})
    wait("default account", lambda: not server().find(f"/api/v1/namespaces/{name}/serviceaccounts/default"))


def apply(folder, namespace):
    return server().kubectl("apply", "-n", namespace, "-f", "-", given=render(folder))


def names(namespace, prefix):
    """Pods that are not on their way out."""
    found = server().items(pods(namespace))
    return sorted(one["metadata"]["name"] for one in found
                  if one["metadata"]["name"].startswith(prefix) and "deletionTimestamp" not in one["metadata"])


class Kubelet:
    """What the tests do in a kubelet's place: pods get a node, an address and conditions; a pod that is
    deleted ends only when they say so."""

    def __init__(self, namespace):
        self.namespace = namespace
        if not server().find("/api/v1/nodes/paper"):
            server().post("/api/v1/nodes", {"metadata": {"name": "paper"}})

    def run(self, name, ready=True):
        pod = server().get(pods(self.namespace, name))
        if not pod["spec"].get("nodeName"):
            server().post(pods(self.namespace, name) + "/binding", {
                "metadata": {"name": name}, "target": {"apiVersion": "v1", "kind": "Node", "name": "paper"}})
        address = f"10.89.{len(name)}.{int(name[-1]) + 10 * (ord(name[-4]) % 20) + 1}"
        told = [{"type": kind, "status": "True" if ready else "False"} for kind in ("Ready", "ContainersReady")]
        image = pod["spec"]["containers"][0]
        server().patch(pods(self.namespace, name) + "/status", {"status": {
            "phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": told,
            "containerStatuses": [{"name": image["name"], "image": image["image"], "imageID": "", "ready": ready,
                                   "restartCount": 0, "state": {"running": {}}}]}}, STRATEGIC)

    def end(self, name):
        server().delete(pods(self.namespace, name), grace=0)

    def leaving(self):
        return sorted(one["metadata"]["name"] for one in server().items(pods(self.namespace))
                      if "deletionTimestamp" in one["metadata"])
