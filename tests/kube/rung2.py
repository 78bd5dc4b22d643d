#!/usr/bin/env python3
"""config/kubernetes and a real API server with the controllers, but no kubelet: what is accepted, what
its accounts may do, what the controllers make of it. The tests play the kubelet by patching status.

usage: rung2.py [--shell] [--only WORDS]
"""
import sys
import unittest

sys.dont_write_bytecode = True
import kube  # noqa: E402
import rung2_lab  # noqa: E402
from api import STRATEGIC, Refused, is_ready, pods, stateful_set  # noqa: E402
from cluster import Cluster, wait  # noqa: E402
from condition import Condition  # noqa: E402
from rung2_lab import OVERLAYS, Kubelet, apply, dry_run, make_namespace, names, render, server  # noqa: E402


class Validation(unittest.TestCase):
    def test_every_overlay_is_accepted_to_the_last_field_and_without_a_warning(self):
        for overlay in ["base"] + [f"overlays/{name}" for name in OVERLAYS]:
            done = dry_run(render(overlay))
            self.assertEqual((done.returncode, done.stderr), (0, ""), overlay)
            self.assertIn("statefulset.apps/starrocks-fe created (server dry run)", done.stdout)

    def test_the_overlay_of_the_node_tests_is_accepted(self):
        done = dry_run(render("../../tests/kube/overlays/small"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_planted_mistakes_are_refused_by_name(self):
        base = render("base")
        for right, wrong, told in (
                ("publishNotReadyAddresses: true", "publishNotReadyAddress: true", "publishNotReadyAddress"),
                ("podManagementPolicy: Parallel", "podManagementPolicy: Paralel", "Paralel"),
                ("  serviceName: starrocks-fe-search", "  serviceNam: starrocks-fe-search", "serviceNam"),
                ("port: agent", "port: agentagentagentagent", "agentagentagentagent"),
                ("name: fe-meta\n", "name: fe-data\n", "fe-data"),
                ("maxUnavailable: 1", "maxUnavailable: one", "maxUnavailable")):
            self.assertIn(right, base)
            done = dry_run(base.replace(right, wrong, 1))
            self.assertNotEqual(done.returncode, 0, wrong)
            self.assertIn(told, done.stderr)

    def test_restricted_pods_are_admitted_where_those_of_the_base_are_not(self):
        enforced = {"pod-security.kubernetes.io/enforce": "restricted"}
        make_namespace("restricted", enforced)
        self.assertEqual(apply("overlays/restricted", "restricted").returncode, 0)
        wait("restricted pods", lambda: 6 - len(names("restricted", "starrocks-")))
        make_namespace("refused", enforced)
        self.assertEqual(apply("base", "refused").returncode, 0)

        def not_refused():
            events = server().items("/api/v1/namespaces/refused/events")
            return [] if any("violates PodSecurity" in one["message"] for one in events) else "no event"
        wait("refusal of the base's pods", not_refused)
        self.assertEqual(names("refused", "starrocks-"), [])


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_namespace("access")
        assert apply("overlays/deployment-cn", "access").returncode == 0

    def rules(self, account):
        """Lines of `kubectl auth can-i --list`: what is allowed, on what."""
        done = server().kubectl("auth", "can-i", "--list", "--no-headers", "-n", "access",
                                f"--as=system:serviceaccount:access:{account}", "--as-group=system:serviceaccounts",
                                "--as-group=system:serviceaccounts:access", "--as-group=system:authenticated")
        self.assertEqual(done.returncode, 0, done.stderr)
        return {" ".join(line.split()) for line in done.stdout.splitlines() if line.strip()}

    def may(self, account, *words, namespace="access", of="access"):
        done = server().kubectl("auth", "can-i", *words, "-n", namespace,
                                f"--as=system:serviceaccount:{of}:{account}")
        self.assertIn(done.stdout.strip(), ("yes", "no"), done.stderr)
        return done.stdout.strip() == "yes"

    def test_the_agents_account_may_do_nothing_of_its_own(self):
        anyones = self.rules("default")
        self.assertEqual(self.rules("starrocks"), anyones)
        self.assertFalse(self.may("starrocks", "get", "pods"))

    def test_offline_may_read_one_deployment_and_list_pods_and_nothing_else(self):
        more = self.rules("starrocks-offline") - self.rules("default")
        self.assertEqual(more, {"pods [] [] [list]", "deployments.apps [] [starrocks-cn] [get]"})
        self.assertTrue(self.may("starrocks-offline", "list", "pods"))
        self.assertTrue(self.may("starrocks-offline", "get", "deployments/starrocks-cn"))
        self.assertFalse(self.may("starrocks-offline", "get", "deployments/other"))
        self.assertFalse(self.may("starrocks-offline", "delete", "pods"))
        self.assertFalse(self.may("starrocks-offline", "list", "pods", namespace="default"))

    def test_no_account_of_any_overlay_has_a_rule_beyond_these(self):
        for overlay in OVERLAYS:
            kinds = render(f"overlays/{overlay}")
            self.assertNotIn("kind: ClusterRole", kinds)
            self.assertEqual("kind: Role\n" in kinds, overlay in ("deployment-cn", "readiness-gate"), overlay)

    def test_with_the_readiness_gate_the_agents_account_may_patch_the_status_of_pods_and_nothing_else(self):
        make_namespace("gate")
        self.assertEqual(apply("overlays/readiness-gate", "gate").returncode, 0)
        status = "--subresource=status"
        self.assertTrue(self.may("starrocks", "patch", "pods", status, namespace="gate", of="gate"))
        for words in (("patch", "pods"), ("get", "pods"), ("update", "pods", status), ("delete", "pods")):
            self.assertFalse(self.may("starrocks", *words, namespace="gate", of="gate"), words)


class Controllers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_namespace("sets")
        assert apply("base", "sets").returncode == 0
        cls.kubelet = Kubelet("sets")

    def all_ready(self):
        def lack():
            want = {"starrocks-fe": 3, "starrocks-be": 3, "starrocks-cn": 2}
            for name, count in want.items():
                for pod in names("sets", name):
                    if not is_ready(server().get(pods("sets", pod))):
                        self.kubelet.run(pod)
                told = server().get(stateful_set("sets", name))["status"]
                if told.get("readyReplicas") != count or told.get("updatedReplicas") != count:
                    return f"{name}: {told}"
            return ""
        wait("all pods ready", lack)

    def test_1_all_pods_come_at_once_by_name(self):
        want = [f"starrocks-{kind}-{n}" for kind, count in (("be", 3), ("cn", 2), ("fe", 3)) for n in range(count)]
        wait("pods", lambda: set(want) ^ set(names("sets", "starrocks-")))  # none is ready, none waits for another
        for name in want:
            spec = server().get(pods("sets", name))["spec"]
            self.assertEqual((spec["hostname"], spec["subdomain"]), (name, name[:-2] + "-search"))
        claims = {one["metadata"]["name"] for one in server().items("/api/v1/namespaces/sets/persistentvolumeclaims")}
        self.assertEqual(claims, {f"fe-meta-starrocks-fe-{n}" for n in range(3)}
                         | {f"be-storage-starrocks-be-{n}" for n in range(3)})

    def test_2_pods_that_are_not_ready_have_a_name_and_are_not_served(self):
        self.kubelet.run("starrocks-fe-0", ready=False)

        def published(service):
            slices = server().items("/apis/discovery.k8s.io/v1/namespaces/sets/endpointslices"
                                    f"?labelSelector=kubernetes.io/service-name={service}")
            return [(one.get("hostname"), one["conditions"]["ready"])
                    for part in slices for one in part.get("endpoints") or []]
        wait("headless name", lambda: [] if published("starrocks-fe-search") == [("starrocks-fe-0", True)] else "none")
        wait("service", lambda: [] if published("starrocks-fe-service") == [(None, False)] else "none")

    def test_3_one_fe_at_a_time_may_be_evicted(self):
        self.all_ready()

        def evict(name):
            return server().post(pods("sets", name) + "/eviction", {
                "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}})

        def allowed():
            budget = server().get("/apis/policy/v1/namespaces/sets/poddisruptionbudgets/starrocks-fe")["status"]
            return "" if budget.get("disruptionsAllowed") == 1 else str(budget)
        wait("budget", allowed)
        evict("starrocks-fe-1")
        with self.assertRaises(Refused) as refused:
            evict("starrocks-fe-2")
        self.assertEqual(refused.exception.status, 429)
        self.kubelet.end("starrocks-fe-1")
        self.all_ready()

    def test_4_a_rolling_update_takes_the_highest_first_and_waits_for_each(self):
        self.all_ready()
        before = {n: server().get(pods("sets", f"starrocks-fe-{n}"))["metadata"]["uid"] for n in range(3)}
        server().patch(stateful_set("sets", "starrocks-fe"),
                       {"spec": {"template": {"metadata": {"annotations": {"tests/restarted": "1"}}}}}, STRATEGIC)
        for ordinal in (2, 1, 0):
            name = f"starrocks-fe-{ordinal}"
            wait(f"{name} to leave", lambda: "" if self.kubelet.leaving() == [name] else "it stays")
            self.kubelet.end(name)
            wait(f"{name} anew", lambda: "" if name in names("sets", name) else "none")
            self.kubelet.run(name, ready=False)
            self.assertEqual(self.kubelet.leaving(), [], "the next one did not wait")
            self.kubelet.run(name)
        self.all_ready()
        after = {n: server().get(pods("sets", f"starrocks-fe-{n}"))["metadata"]["uid"] for n in range(3)}
        self.assertFalse(set(before.values()) & set(after.values()))

    def test_5_scale_in_takes_the_highest_at_once_and_keeps_their_claims(self):
        self.all_ready()
        server().patch(stateful_set("sets", "starrocks-be"), {"spec": {"replicas": 1}})
        wait("two leave together", lambda: "" if self.kubelet.leaving() == ["starrocks-be-1", "starrocks-be-2"]
             else self.kubelet.leaving() or "none")
        for name in self.kubelet.leaving():
            self.kubelet.end(name)
        wait("the lowest stays", lambda: "" if names("sets", "starrocks-be") == ["starrocks-be-0"] else "others")
        claims = [one["metadata"]["name"] for one in server().items("/api/v1/namespaces/sets/persistentvolumeclaims")]
        self.assertEqual(len([name for name in claims if name.startswith("be-storage")]), 3)


def run(folder, chosen):
    rung2_lab.CLUSTER = cluster = Cluster(folder)
    Condition.cluster, Condition.folder, Condition.build = cluster, folder, chosen.build
    cluster.start()
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{chosen.only}*"] if chosen.only else None
    tests = loader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
    cluster.dead()
    kube.log("tests ended")
    if chosen.shell:
        cluster.shell()
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    kube.main(run, node=False, more=lambda parser: parser.add_argument("--only", help="tests whose name has it"))
