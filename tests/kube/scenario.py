"""Starts a node with the image of this build, runs scenarios one after another, and shows what a reader
needs where one does not hold."""
import subprocess
import threading
import time

import image
import kube
from cluster import Cluster


def start(folder, build, scale):
    """A node that has the images; they are made while the API server starts."""
    made = {}
    images = threading.Thread(target=lambda: made.update(
        pause=image.pause(folder / "images"), agent=image.sr_agent(folder / "images", build, scale)))
    images.start()
    cluster = Cluster(folder)
    cluster.start(node=True)
    images.join()
    for name in ("pause", "agent"):
        cluster.load_image(made[name])
    kube.log("images are loaded")
    return cluster


def run_all(scenarios, cluster, chosen, stop_at_first):
    """`scenarios`: function whose document is the title, and what to call. The exit status."""
    results = []
    for function, call in scenarios:
        kube.log(f"== {function.__name__}: {function.__doc__}")
        began, lack = time.monotonic(), ""
        try:
            call()
        except (AssertionError, RuntimeError, OSError, KeyError, IndexError, subprocess.SubprocessError) as error:
            lack = f"{type(error).__name__}: {error}"
            kube.log(f"DOES NOT HOLD: {lack}")
            show(cluster)
        results.append((function, lack, time.monotonic() - began))
        if lack and stop_at_first:
            break
    if chosen.shell:
        cluster.shell()
    print("\nSummary (judged by mysql and the API server):")
    for function, lack, took in results:
        print(f"  {'FAIL' if lack else 'ok  '} {took:5.1f} s  {function.__name__}: {function.__doc__}")
    kube.log("ended")
    return 1 if any(lack for _, lack, _ in results) else 0


def show(cluster):
    """Pods, events and the last words of every agent."""
    for words in (("get", "pods", "-A", "-o", "wide"), ("get", "events", "-A", "--sort-by=.lastTimestamp")):
        print("\n".join(cluster.api.kubectl(*words).stdout.splitlines()[-40:]))
    for file in sorted((cluster.logs / "pods").glob("*/*/*.log")):
        print(f"-- {file.parent.parent.name}/{file.name}")
        for line in file.read_text(errors="replace").splitlines()[-8:]:
            print(line[:400], flush=True)
