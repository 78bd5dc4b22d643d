"""A Kubernetes API of a few answers over HTTPS, for the tests of those who ask it.

usage: kube_api.py ADDRESS PORT CERTIFICATE KEY FOLDER

Wants the token of FOLDER/token. Answers a Deployment with FOLDER/deployment.json, a list of pods with
FOLDER/own.json where it is asked with a labelSelector, else with FOLDER/pods.json; a missing file is 404.
A PATCH is answered with the status of FOLDER/patch_status (200 without it); bodies that were answered with 200
go to FOLDER/patched, a line each. Writes the paths that were asked to FOLDER/asked, a line each.
"""
import http.server
import pathlib
import ssl
import sys

address, port, certificate, key, folder = sys.argv[1:]
folder = pathlib.Path(folder)


class Api(http.server.BaseHTTPRequestHandler):
    def allowed(self):
        with open(folder / "asked", "a", encoding="utf-8") as asked:
            asked.write(self.path + "\n")
        token = (folder / "token").read_text(encoding="utf-8").strip()
        return self.headers.get("Authorization") == "Bearer " + token

    def do_PATCH(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.allowed():
            return self.answer(401, b"{}")
        if self.headers.get("Content-Type") != "application/strategic-merge-patch+json":
            return self.answer(415, b"{}")
        file = folder / "patch_status"
        status = int(file.read_text(encoding="utf-8")) if file.exists() else 200
        if status == 200:
            with open(folder / "patched", "ab") as patched:
                patched.write(body + b"\n")
        return self.answer(status, b"{}")

    def do_GET(self):
        if not self.allowed():
            return self.answer(401, b"{}")
        name = "deployment" if "/deployments/" in self.path else "own" if "?" in self.path else "pods"
        file = folder / (name + ".json")
        return self.answer(200, file.read_bytes()) if file.exists() else self.answer(404, b"{}")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer((address, int(port)), Api)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
