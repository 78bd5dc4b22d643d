#!/usr/bin/env python3
"""Judges config/kubernetes as `kubectl kustomize` renders it: names, selectors, references, probes.

usage: manifests.py SOURCE_DIR SR_AGENT

Exits 77 (skipped) without kubectl or PyYAML. An API server is not asked.
"""
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

try:
    import yaml
except ImportError:
    yaml = None

SOURCE, AGENT = pathlib.Path(sys.argv[1]), sys.argv[2]
OVERLAYS = sorted(p.name for p in (SOURCE / "config/kubernetes/overlays").iterdir())
CLUSTER_KINDS = {"StatefulSet", "Deployment", "CronJob"}

# Who may reach which port of which kind of pod; a port that is not here is the members' alone.
ANYONE, MEMBERS = "anyone", "members"
STRANGERS = ({"app.kubernetes.io/name": "prometheus"}, {"app": "loader"}, {})  # labels of pods that are no members
WORKER = {8040: ANYONE, 8099: ANYONE, 8060: MEMBERS, 9050: MEMBERS, 9060: MEMBERS, 9070: MEMBERS}
REACH = {
    "fe": {8030: ANYONE, 9030: ANYONE, 8099: ANYONE, 6090: MEMBERS, 9010: MEMBERS, 9020: MEMBERS},
    "be": WORKER,
    "cn": WORKER,
    "offline": {8099: ANYONE},  # nothing listens there
}


@functools.cache
def render(overlay):
    folder = SOURCE / "config/kubernetes/overlays" / overlay
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{overlay}: {done.stderr}")
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def template(one):
    spec = one["spec"]
    return (spec["jobTemplate"]["spec"] if one["kind"] == "CronJob" else spec)["template"]


def environment(container):
    return {one["name"]: one.get("value") for one in container.get("env", [])}


def call(container):
    """Verb, kind of node, FE service and options, of a wrapper or of the agent itself."""
    program, *words = container["command"] + container["args"]
    if program != "sr-agent":
        words = ["run", pathlib.Path(program).name.removesuffix("_entrypoint.sh"), *words]
    verb, kind, service, *options = words
    return verb, kind, service, options


def matches(selector, labels):
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def selects(selector, labels):
    """A selector of a policy: labels, and expressions with the one operator that is in use. Empty: every pod."""
    for one in selector.get("matchExpressions", []):
        if one["operator"] != "In":
            raise AssertionError(f"{one}: teach the test this operator")
        if labels.get(one["key"]) not in one["values"]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def lets_in(rule, peer, port):
    """`peer`: labels of a pod of the namespace; None: a pod of another one, or no pod."""
    ports, peers = rule.get("ports"), rule.get("from")
    if any(set(one) != {"port"} for one in ports or []) or any(set(one) != {"podSelector"} for one in peers or []):
        raise AssertionError(f"{rule}: teach the test this rule")
    if ports is not None and not any(one["port"] == port for one in ports):
        return False
    if peers is None:
        return True
    return peer is not None and any(selects(one["podSelector"], peer) for one in peers)


def reaches(policies, labels, peer, port):
    """By the rules of Kubernetes: a pod that no policy selects is open, of several policies one is enough."""
    mine = [policy["spec"] for policy in policies if selects(policy["spec"]["podSelector"], labels)]
    return not mine or any(lets_in(rule, peer, port) for spec in mine for rule in spec.get("ingress", []))


class Manifests(unittest.TestCase):
    def each(self):
        for overlay in OVERLAYS:
            yield overlay, render(overlay)

    def of_kind(self, objects, *kinds):
        return [one for one in objects if one["kind"] in kinds]

    def named(self, objects, kind, name):
        found = [one for one in self.of_kind(objects, kind) if one["metadata"]["name"] == name]
        self.assertEqual(len(found), 1, f"{kind} {name}")
        return found[0]

    def containers(self, one):
        pod = template(one)["spec"]
        return pod["containers"] + pod.get("initContainers", [])

    def test_every_overlay_has_unique_names_and_serves_fes(self):
        for overlay, objects in self.each():
            names = [(one["kind"], one["metadata"]["name"]) for one in objects]
            self.assertEqual(len(names), len(set(names)), overlay)
            self.named(objects, "StatefulSet", "starrocks-fe")
            self.named(objects, "Service", "starrocks-fe-service")

    def test_headless_services_publish_nodes_that_are_not_ready(self):
        for overlay, objects in self.each():
            sets = self.of_kind(objects, "StatefulSet")
            self.assertGreaterEqual(len(sets), 1 if overlay == "deployment-cn" else 2, overlay)
            for one in sets:
                self.assertEqual(one["spec"]["podManagementPolicy"], "Parallel")
                service = self.named(objects, "Service", one["spec"]["serviceName"])["spec"]
                self.assertEqual(service["clusterIP"], "None")
                self.assertIs(service["publishNotReadyAddresses"], True)
                labels = template(one)["metadata"]["labels"]
                self.assertTrue(matches(service["selector"], labels), service)
                self.assertTrue(matches(one["spec"]["selector"]["matchLabels"], labels))

    def test_every_selector_selects_and_every_reference_resolves(self):
        for overlay, objects in self.each():
            pods = [template(one) for one in self.of_kind(objects, *CLUSTER_KINDS)]
            labels = [pod["metadata"]["labels"] for pod in pods]
            selectors = [one["spec"]["selector"] for one in self.of_kind(objects, "Service")]
            budgets = self.of_kind(objects, "PodDisruptionBudget")
            selectors += [one["spec"]["selector"]["matchLabels"] for one in budgets]
            for policy in self.of_kind(objects, "NetworkPolicy"):
                selector = policy["spec"]["podSelector"]
                self.assertTrue(selector and any(selects(selector, one) for one in labels), f"{overlay} {selector}")
            for selector in selectors:
                self.assertTrue(any(matches(selector, one) for one in labels), f"{overlay} {selector}")
            for one in self.of_kind(objects, "HorizontalPodAutoscaler"):
                target = one["spec"]["scaleTargetRef"]
                self.named(objects, target["kind"], target["name"])
            for one in self.of_kind(objects, "RoleBinding"):
                self.named(objects, one["roleRef"]["kind"], one["roleRef"]["name"])
                for subject in one["subjects"]:
                    self.named(objects, subject["kind"], subject["name"])
            for pod in pods:
                self.named(objects, "ServiceAccount", pod["spec"]["serviceAccountName"])
                for volume in pod["spec"].get("volumes", []):
                    if "configMap" in volume:
                        self.named(objects, "ConfigMap", volume["configMap"]["name"])

    def test_mounts_have_volumes_and_probes_have_ports(self):
        for _, objects in self.each():
            for one in self.of_kind(objects, *CLUSTER_KINDS):
                volumes = {v["name"] for v in template(one)["spec"].get("volumes", [])}
                volumes |= {v["metadata"]["name"] for v in one["spec"].get("volumeClaimTemplates", [])}
                for container in self.containers(one):
                    ports = {port["name"] for port in container.get("ports", [])}
                    for mount in container.get("volumeMounts", []):
                        self.assertIn(mount["name"], volumes)
                    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                        if probe in container:
                            self.assertIn(container[probe]["httpGet"]["port"], ports)

    def test_budgets_and_policies_reach_every_starrocks_node(self):
        for _, objects in self.each():
            budgets = [b["spec"]["selector"]["matchLabels"]
                       for b in self.of_kind(objects, "PodDisruptionBudget")]
            policy = self.named(objects, "NetworkPolicy", "starrocks")["spec"]
            for one in self.of_kind(objects, "StatefulSet", "Deployment"):
                labels = template(one)["metadata"]["labels"]
                self.assertTrue(any(matches(b, labels) for b in budgets), one["metadata"]["name"])
                self.assertTrue(matches(policy["podSelector"]["matchLabels"], labels))
                peer = policy["ingress"][0]["from"][0]["podSelector"]["matchLabels"]
                self.assertTrue(matches(peer, labels))

    def test_ports_are_open_to_whom_the_table_says(self):
        for overlay, objects in [*self.each(), ("base", render("../base"))]:
            policies = self.of_kind(objects, "NetworkPolicy")
            for policy in policies:
                self.assertEqual(policy["spec"]["policyTypes"], ["Ingress"], overlay)
            nodes = {one["metadata"]["name"]: template(one) for one in self.of_kind(objects, *CLUSTER_KINDS)}
            members = [pod["metadata"]["labels"] for pod in nodes.values()]
            for name, pod in nodes.items():
                table = REACH[pod["spec"]["containers"][0]["name"]]
                declared = {port["containerPort"] for one in pod["spec"]["containers"] for port in one.get("ports", [])}
                self.assertLessEqual(declared, set(table), f"{overlay} {name}: who may reach it?")
                for port in sorted({port for ports in REACH.values() for port in ports} | {22}):
                    for peer in [*members, *STRANGERS, None]:
                        wanted = peer in members or table.get(port, MEMBERS) == ANYONE
                        with self.subTest(overlay=overlay, of=name, port=port, peer=peer):
                            self.assertEqual(reaches(policies, pod["metadata"]["labels"], peer, port), wanted)

    def test_rows_of_cns_that_went_are_dropped_by_those_that_stay(self):
        for overlay, objects in self.each():
            for one in self.of_kind(objects, "StatefulSet"):
                for container in self.containers(one):
                    wanted = "drop" if call(container)[1] == "cn" else None
                    told = environment(container).get("SR_AGENT_POLICY__GHOST_ROWS")
                    self.assertEqual(told, wanted, f"{overlay} {one['metadata']['name']}")
            for one in self.of_kind(objects, "HorizontalPodAutoscaler"):  # no CN is left to drop the last row
                self.assertGreaterEqual(one["spec"]["minReplicas"], 1, overlay)

    def test_the_agent_takes_every_environment_without_a_warning(self):
        for overlay, objects in self.each():
            for one in self.of_kind(objects, "StatefulSet"):
                for container in self.containers(one):
                    self.check_environment(overlay, one, container)

    def check_environment(self, overlay, one, container):
        values = {"POD_NAME": one["metadata"]["name"] + "-0", "POD_NAMESPACE": "ns",
                  "POD_IP": "10.0.0.1", "POD_UID": "u"}
        env = {e["name"]: e.get("value", values.get(e["name"])) for e in container["env"]}
        _, role, service, options = call(container)
        words = ["--node-role", role, "--node-service", service]
        words += ["--node-sidecar", "true"] if "--sidecar" in options else []
        done = subprocess.run([AGENT, "config", "check", *words], capture_output=True, text=True, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "", overlay)

    def test_numbers_that_must_agree_do(self):
        for overlay, objects in self.each():
            for one in self.of_kind(objects, "StatefulSet"):
                pod = template(one)["spec"]
                for env in map(environment, self.containers(one)):
                    self.assertEqual(env["SR_AGENT_GRACE_SECONDS"], str(pod["terminationGracePeriodSeconds"]))
                    if one["metadata"]["name"] == "starrocks-fe":
                        self.assertEqual(env["SR_AGENT_FE_COUNT"], str(one["spec"]["replicas"]), overlay)

    def test_tokens_are_mounted_only_where_the_api_is_asked(self):
        for _, objects in self.each():
            for one in self.of_kind(objects, *CLUSTER_KINDS):
                pod = template(one)["spec"]
                told = pod.get("automountServiceAccountToken", True)
                apis = [environment(each).get("SR_AGENT_KUBERNETES__API") for each in self.containers(one)]
                asks = one["kind"] == "CronJob" or "true" in apis
                self.assertEqual(told, asks, one["metadata"]["name"])

    def test_a_readiness_gate_stands_only_where_the_agent_opens_it(self):
        gated = 0
        for overlay, objects in self.each():
            for one in self.of_kind(objects, "StatefulSet"):
                pod = template(one)["spec"]
                apis = [environment(each).get("SR_AGENT_KUBERNETES__API") for each in self.containers(one)]
                gates = [gate["conditionType"] for gate in pod.get("readinessGates", [])]
                writes = "true" in apis
                self.assertEqual(gates, ["starrocks.com/serving"] if writes else [], overlay)
                gated += len(gates)
                if gates:
                    rules = [rule for role in self.of_kind(objects, "Role") for rule in role["rules"]]
                    self.assertIn({"apiGroups": [""], "resources": ["pods/status"], "verbs": ["patch"]}, rules)
        self.assertGreater(gated, 0)

    def test_restricted_keeps_the_pod_security_standard(self):
        for one in self.of_kind(render("restricted"), "StatefulSet"):
            pod = template(one)["spec"]
            self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
            self.assertEqual(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault")
            for container in self.containers(one):
                context = container["securityContext"]
                self.assertIs(context["allowPrivilegeEscalation"], False)
                self.assertIs(context["readOnlyRootFilesystem"], True)
                self.assertEqual(context["capabilities"]["drop"], ["ALL"])

    def test_a_warehouse_is_named(self):
        one = self.named(render("warehouse"), "StatefulSet", "warehouse-one-cn")
        env = environment(template(one)["spec"]["containers"][0])
        self.assertEqual(env["KUBE_STARROCKS_MULTI_WAREHOUSE"], "one")

    def sidecars(self):
        """Kind, pod, the server's and the agent's container, and the one container of the base."""
        sets = {one["metadata"]["name"]: one for one in self.of_kind(render("sidecar"), "StatefulSet")}
        self.assertEqual(set(sets), {"starrocks-fe", "starrocks-be", "starrocks-cn"})
        for kind in ("fe", "be", "cn"):
            pod = template(sets[f"starrocks-{kind}"])["spec"]
            self.assertEqual([one["name"] for one in pod["containers"]], [kind, "agent"])
            whole = template(self.named(render("../base"), "StatefulSet", f"starrocks-{kind}"))["spec"]
            yield kind, pod, *pod["containers"], whole["containers"][0]

    def test_a_sidecar_and_its_server_run_the_same_node(self):
        for kind, pod, server, agent, whole in self.sidecars():
            node = (kind, "starrocks-fe-service", ["--sidecar"])
            self.assertEqual((call(server), call(agent)), (("run-server", *node), ("run", *node)))
            self.assertNotIn("initContainers", pod)
            for same in ("image", "env", "securityContext"):
                self.assertEqual(server[same], agent[same], kind)
            self.assertEqual(agent["securityContext"], whole["securityContext"])
            for one in whole["env"]:
                self.assertIn(one, agent["env"])

    def test_a_sidecar_sees_its_server_and_shares_its_folders(self):
        for kind, pod, server, agent, whole in self.sidecars():
            self.assertIs(pod["shareProcessNamespace"], True, kind)
            folder = environment(agent)["SR_AGENT_NODE__RUNTIME_DIR"]
            shared = [mount for mount in server["volumeMounts"] if mount["mountPath"] == folder]
            self.assertEqual(len(shared), 1, kind)
            self.assertIn({"name": shared[0]["name"], "emptyDir": {"medium": "Memory"}}, pod["volumes"])
            podinfo = {"name": "podinfo", "mountPath": "/etc/podinfo"}
            files = [mount for mount in whole["volumeMounts"] if mount != podinfo] + shared
            self.assertCountEqual(server["volumeMounts"], files)
            self.assertCountEqual(agent["volumeMounts"], [*files, podinfo])

    def test_a_sidecars_probes_cannot_end_the_server_and_the_servers_hook_ends_both(self):
        probes = ("startupProbe", "livenessProbe", "readinessProbe")
        for kind, _, server, agent, whole in self.sidecars():
            self.assertEqual(server["lifecycle"], whole["lifecycle"], kind)
            self.assertEqual(server["lifecycle"]["preStop"]["exec"]["command"], ["sr-agent", "prestop"])
            self.assertNotIn("lifecycle", agent)
            for probe in probes:
                self.assertNotIn(probe, server)
                self.assertEqual(agent[probe], whole[probe])
            port = {"name": "agent", "containerPort": 8099}
            self.assertEqual(agent["ports"], [port])
            self.assertCountEqual([*server["ports"], port], whole["ports"])
            self.assertEqual(server["resources"], whole["resources"])
            self.assertNotIn("limits", agent["resources"])  # it would be judged as the server's
            self.assertLess(int(agent["resources"]["requests"]["memory"].removesuffix("Mi")), 256)


if __name__ == "__main__":
    missing = [what for what, there in (("kubectl", shutil.which("kubectl")), ("PyYAML", yaml)) if not there]
    if missing:
        print("skipped: missing " + ", ".join(missing))
        sys.exit(77)
    os.environ.pop("SR_AGENT_CONFIG", None)
    unittest.main(argv=[sys.argv[0], "-v"])
