"""The API server as the tests ask it: JSON over one kept connection, and kubectl for what people type."""
import http.client
import json
import os
import pathlib
import ssl
import subprocess

import kube

ADDRESS, PORT = "10.88.0.1", 6443  # the node's, on a bridge in the run's network namespace
TOKEN = "the-tests"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


class Refused(Exception):
    """An answer of the API server with a status of 400 or above."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


class Api:
    def __init__(self, certificates, kubeconfig):
        self.certificate, self.kubeconfig = pathlib.Path(certificates, "apiserver.crt"), kubeconfig
        self.connection = None

    def ask(self, method, path, body=None, kind="application/json"):
        """The object of the answer, or its text; Refused or OSError otherwise."""
        data = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind, "Accept": "application/json"}
        if self.connection is None:
            context = ssl.create_default_context(cafile=str(self.certificate))
            self.connection = http.client.HTTPSConnection(ADDRESS, PORT, timeout=20, context=context)
        try:
            self.connection.request(method, path, data, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.connection = None
            raise OSError(f"{method} {path}: {error}") from error
        if answer.status >= 400:
            raise Refused(answer.status, text)
        return json.loads(text) if text.startswith("{") else text

    def get(self, path):
        return self.ask("GET", path)

    def find(self, path):
        """None where there is no such object."""
        try:
            return self.get(path)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def items(self, path):
        return self.get(path)["items"]

    def patch(self, path, body, kind=MERGE):
        return self.ask("PATCH", path, body, kind)

    def post(self, path, body):
        return self.ask("POST", path, body)

    def delete(self, path, grace=None):
        return self.ask("DELETE", path, None if grace is None else {"gracePeriodSeconds": grace})

    def ready(self):
        """None once the server is; else what it or the connection says."""
        try:
            return None if self.get("/readyz") == "ok" else "not ok"
        except (OSError, Refused) as error:
            return str(error)

    def kubectl(self, *words, given=None):
        """The finished process; whoever calls judges it."""
        return subprocess.run([str(kube.KUBE / "kubectl"), f"--kubeconfig={self.kubeconfig}", *words], input=given,
                              capture_output=True, text=True, check=False, env={**os.environ, "HOME": "/nowhere"})


def pods(namespace, name=""):
    return f"/api/v1/namespaces/{namespace}/pods" + (f"/{name}" if name else "")


def stateful_set(namespace, name):
    return f"/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}"


def conditions(pod):
    return {one["type"]: one["status"] for one in pod.get("status", {}).get("conditions", [])}


def is_ready(pod):
    """The condition; kubectl's READY column counts containers."""
    return conditions(pod).get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]
