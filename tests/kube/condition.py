"""The pod condition that a readiness gate waits for: the real agent, with the simulator as its server, and
the real API server. Only the kubelet is played: who starts processes, and who puts tokens into files.
"""
import datetime
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading
import unittest
import urllib.request

import kube
from api import ADDRESS, PORT, STRATEGIC, TOKEN, conditions, pods
from cluster import wait
from rung2_lab import apply, make_namespace, server

sys.path.append(str(kube.ROOT / "scripts"))
import lab  # noqa: E402

SPACE = "ns"  # as lab.py tells its pods
NAME = "kube-be-0"
KIND = "starrocks.com/serving"
ACCOUNT = f"system:serviceaccount:{SPACE}:starrocks"
BINDING = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{SPACE}/rolebindings/starrocks-condition"
SECRETS = f"/api/v1/namespaces/{SPACE}/secrets"
SCALE = 10  # the times of agent and servers, back-off included, are divided by it
LOOKS = 12  # so many times the agent has looked on: some seconds
PATIENCE = 60  # outer limit in seconds of every wait


class Story(threading.Thread):
    """Every state of the condition that the API server had, oldest first, as a watch tells them."""

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cafile, self.told, self.problem = str(cluster.api.certificate), [], ""
        self.since = server().get(pods(SPACE, NAME))["metadata"]["resourceVersion"]

    def run(self):
        try:
            for line in self.lines():
                event = json.loads(line)
                for one in event["object"].get("status", {}).get("conditions", []):
                    if one["type"] == KIND and one not in self.told[-1:]:
                        self.told.append(one)
        except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
            self.problem = f"{type(error).__name__}: {error}"

    def lines(self):
        connection = http.client.HTTPSConnection(ADDRESS, PORT, timeout=600,
                                                 context=ssl.create_default_context(cafile=self.cafile))
        connection.request("GET", f"{pods(SPACE)}?watch=1&fieldSelector=metadata.name={NAME}&timeoutSeconds=600"
                                  f"&resourceVersion={self.since}", headers={"Authorization": f"Bearer {TOKEN}"})
        yield from connection.getresponse()

    def words(self, since=0):
        return [f"{one['status']} {one.get('reason')}" for one in self.told[since:]]

    def await_last(self, words):
        def lack():
            told = self.words()[-3:]
            return self.problem or ("" if told[-1:] == [words] else f"told is {told}")
        wait(f"condition {words}", lack, PATIENCE)


class Agent(lab.Pod):
    """The agent's pod, as the API server has it and as a process."""

    def __init__(self, net, build):
        super().__init__(net, build, "be", 0, SCALE)
        self.account = pathlib.Path(self.root, "account")
        self.extra = {"KUBERNETES_SERVICE_HOST": ADDRESS, "KUBERNETES_SERVICE_PORT": str(PORT),
                      "SR_AGENT_KUBERNETES__ACCOUNT_DIR": str(self.account)}

    def create(self, certificate):
        """The object, with what the set's template says of its container; the token is bound to it."""
        made = server().get(f"/apis/apps/v1/namespaces/{SPACE}/statefulsets/starrocks-be")["spec"]["template"]
        made["spec"]["volumes"] = [one for one in made["spec"]["volumes"] if "persistentVolumeClaim" not in one]
        for container in made["spec"]["containers"]:
            self.extra |= {one["name"]: one["value"] for one in container["env"] if one["name"].startswith("SR_AGENT_")}
            container["volumeMounts"] = [one for one in container["volumeMounts"] if one["name"] != "be-storage"]
        made["metadata"] = {"name": NAME}
        pod = server().post(pods(SPACE), made)
        self.account.mkdir()
        (self.account / "ca.crt").write_bytes(certificate.read_bytes())
        (self.account / "namespace").write_text(SPACE)
        self.token("Pod", NAME, pod["metadata"]["uid"])

    def token(self, kind, name, uid):
        """A new one for the account, bound to an object; its file is replaced as a kubelet does it."""
        told = server().post(f"/api/v1/namespaces/{SPACE}/serviceaccounts/starrocks/token", {
            "spec": {"boundObjectRef": {"apiVersion": "v1", "kind": kind, "name": name, "uid": uid}}})["status"]["token"]
        (self.account / "next").write_text(told)
        os.replace(self.account / "next", self.account / "token")
        return told

    def verb(self, *words):
        return subprocess.run([f"{self.build}/sr-agent", *words], env=self.environment(), timeout=PATIENCE,
                              capture_output=True, text=True, check=False)

    def asked(self, path):
        with urllib.request.urlopen(f"http://{self.ip}:8099{path}", timeout=5) as answer:
            return answer.read().decode()

    def status(self):
        try:
            return json.loads(self.asked("/v1/status"))
        except OSError:
            return {}

    def problem(self):
        return (self.status().get("kubernetes") or {}).get("problem")

    def looks_on(self):
        until = self.status()["sequence"] + LOOKS
        wait("the agent's looks", lambda: "" if self.status().get("sequence", 0) >= until else "fewer", PATIENCE)

    def complaints(self):
        """Lines of its log about the API."""
        text = pathlib.Path(self.root, "console").read_text(errors="replace")
        return [line for line in text.splitlines() if "kubernetes_api" in line]


def patches(cluster):
    """Each PATCH of the pod's status that the API server was asked for: by whom, and its answer's status."""
    lines = [json.loads(line) for line in (cluster.logs / "audit").read_text().splitlines()]
    return [(one["user"].get("username", ""), one["responseStatus"]["code"]) for one in lines
            if one["objectRef"]["name"] == NAME]


def moment(text):
    return datetime.datetime.fromisoformat(text)


def this_second():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


class Condition(unittest.TestCase):
    cluster, folder, build = None, None, None  # set by who runs them

    @classmethod
    def setUpClass(cls):
        folder = cls.folder / "pods"
        folder.mkdir()
        make_namespace(SPACE)
        assert apply("overlays/readiness-gate", SPACE).returncode == 0
        cls.net = lab.Net(str(folder))
        cls.addClassCleanup(cls.net.stop)
        cls.net.start()
        cls.fe = lab.Pod(cls.net, cls.build, "fe", 0, SCALE, {"SR_AGENT_FE_COUNT": "1"})
        cls.agent = Agent(cls.net, cls.build)
        cls.agent.create(cls.cluster.api.certificate)
        server().patch(pods(SPACE, NAME) + "/status", {"status": {"conditions": [
            {"type": "ContainersReady", "status": "True"},
            {"type": KIND, "status": "True", "reason": "serving", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}},
            STRATEGIC)  # a container before this one has left its word
        cls.story = Story(cls.cluster)
        cls.story.start()
        for pod in (cls.fe, cls.agent):
            cls.addClassCleanup(pod.switch_off)
        cls.fe.start()

    def tearDown(self):
        if self.agent.wanted:  # one that does not hold must not be the next one's failure
            self.agent.verb("resume")

    def serves(self):
        self.story.await_last("True serving")

    def hold(self):
        held = self.agent.verb("hold", "--reason", "the gate is closed")
        self.assertEqual(held.returncode, 0, held.stdout + held.stderr)

    def resume(self):
        self.assertEqual(self.agent.verb("resume").returncode, 0)
        wait("a node that serves", lambda: "" if self.agent.status().get("ready") else "not ready", PATIENCE)

    def refused(self, text):
        wait(f"the agent's word of {text}", lambda: "" if text in (self.agent.problem() or "") else "none", PATIENCE)

    def test_1_it_is_false_first_then_true_and_again_so_in_the_next_container(self):
        before = this_second()
        self.agent.start()
        self.serves()
        self.assertEqual(self.story.words()[0].split()[0], "False", self.story.words())
        pod = server().get(pods(SPACE, NAME))
        self.assertIn({"conditionType": KIND}, pod["spec"]["readinessGates"])
        self.assertEqual(conditions(pod), {"ContainersReady": "True", KIND: "True"}, "others' conditions stay")
        first, seen = [moment(one["lastTransitionTime"]) for one in self.story.told], len(self.story.told)
        self.assertEqual(first, sorted(first))
        self.assertTrue(before <= first[0] and first[-1] <= this_second(), first)
        self.agent.kill_container()
        wait("the next container's word", lambda: "" if len(self.story.told) > seen else "none", PATIENCE)
        self.serves()
        self.assertEqual(self.story.words(seen)[0].split()[0], "False", "it outlives the container")
        self.assertEqual(self.agent.restarts, 1)
        self.assertEqual(set(patches(self.cluster)[1:]), {(ACCOUNT, 200)})

    def test_2_while_nothing_changes_nothing_is_written(self):
        self.serves()
        before, asked = server().get(pods(SPACE, NAME)), len(patches(self.cluster))
        self.agent.looks_on()
        self.assertEqual(server().get(pods(SPACE, NAME)), before)
        self.assertEqual(len(patches(self.cluster)), asked)

    def test_3_a_server_that_is_held_closes_the_gate_and_the_time_is_that_of_the_change(self):
        self.serves()
        seen, before = len(self.story.told), this_second()
        self.hold()
        self.story.await_last("False held")
        closed = self.story.told[seen:]
        self.assertEqual({one["status"] for one in closed}, {"False"}, closed)
        self.assertEqual(len({one["lastTransitionTime"] for one in closed}), 1, "a new reason is no transition")
        self.assertTrue(before <= moment(closed[0]["lastTransitionTime"]) <= this_second(), closed)
        self.assertIn("the gate is closed", closed[-1]["message"])
        self.resume()
        self.serves()
        self.assertGreaterEqual(self.story.told[-1]["lastTransitionTime"], closed[0]["lastTransitionTime"])

    def test_4_without_the_right_the_node_lives_on_and_what_it_has_to_say_comes_with_the_right(self):
        self.serves()
        seen, quiet, asked = len(self.story.told), len(self.agent.complaints()), len(patches(self.cluster))
        binding = server().get(BINDING)
        server().delete(BINDING)
        wait("the right's end", lambda: "it is still there" if self.may_patch() else "", PATIENCE)
        self.hold()
        self.refused("HTTP 403")
        wait("another try", lambda: "" if patches(self.cluster)[asked:].count((ACCOUNT, 403)) > 1 else "none", PATIENCE)
        self.assertEqual(len(self.story.told), seen, self.story.words(seen))
        self.assertEqual(len(self.agent.complaints()), quiet + 1, self.agent.complaints())
        self.assertEqual(self.agent.asked("/livez").strip(), "ok")
        del binding["metadata"]["resourceVersion"], binding["metadata"]["uid"]
        server().post(BINDING.rsplit("/", 1)[0], binding)
        self.story.await_last("False held")
        wait("no more complaint", self.agent.problem, PATIENCE)
        self.resume()
        self.serves()
        self.assertEqual(len(self.agent.complaints()), quiet + 1, self.agent.complaints())

    def test_5_a_token_that_is_no_longer_good_is_replaced_by_the_one_in_its_file(self):
        self.serves()
        seen = len(self.story.told)
        secret = server().post(SECRETS, {"metadata": {"name": "until-then"}})["metadata"]
        old = self.agent.token("Secret", secret["name"], secret["uid"])
        self.hold()
        self.story.await_last("False held")  # it was good, and was read
        server().delete(f"{SECRETS}/until-then")
        wait("the old token's end", lambda: "" if self.answer_to(old) == 401 else "it is still good", PATIENCE)
        held = len(self.story.told)
        self.resume()
        self.refused("HTTP 401")
        self.assertEqual(self.story.words(held), [], "the old token is good for nothing")
        pod = server().get(pods(SPACE, NAME))["metadata"]
        self.agent.token("Pod", NAME, pod["uid"])
        self.serves()
        wait("no more complaint", self.agent.problem, PATIENCE)
        self.assertGreater(len(self.story.told), seen)

    @staticmethod
    def may_patch():
        asked = {"user": ACCOUNT, "resourceAttributes": {"namespace": SPACE, "verb": "patch", "resource": "pods",
                                                         "subresource": "status"}}
        return server().post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {"spec": asked})["status"]["allowed"]

    @staticmethod
    def answer_to(token):
        """The status that a question with this token gets."""
        told = server().post("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": token}})["status"]
        return 200 if told.get("authenticated") else 401

    def test_6_a_pod_that_is_deleted_closes_its_gate_before_its_agent_ends(self):
        self.serves()
        seen = len(self.story.told)
        self.agent.stop()
        wait("the last word", lambda: "" if self.story.words(seen) else "none", PATIENCE)
        self.assertEqual(self.story.words(seen)[0], "False draining")
        self.assertEqual({one["status"] for one in self.story.told[seen:]}, {"False"})
