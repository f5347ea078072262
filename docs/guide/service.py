#!/usr/bin/env python3
"""A site that logs its visitors in with a Web eID token. Needs Python and `mynacard`.

    service.py ORIGIN STORE [--trust production|jlis-test|sim|DIR] [--port N]
               [--tls CERTIFICATE KEY] [--library web-eid.js]

It listens on loopback. The extension wants a page that came over TLS: from a proxy in front of this, or
with --tls. --library is the file dist/es/web-eid.js of the package @web-eid/web-eid-library. ORIGIN is
what browsers see, and never taken from a request. A certificate to try it with at https://localhost:8080,
once the browser trusts it:

    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 30 \\
        -subj /CN=localhost -addext subjectAltName=DNS:localhost

STORE is a folder of its own: it remembers challenges and holds the key from which a visitor's identity
at this site is made.
"""

import argparse
import json
import secrets
import ssl
import subprocess
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>My Number Card</title>
<button>Log in</button> <output></output>
<script type="module">
  // The library of the public extension, https://github.com/web-eid/web-eid.js
  import * as webeid from "/web-eid.js";
  document.querySelector("button").onclick = async () => {
    const { nonce } = await (await fetch("/challenge", { method: "POST" })).json();
    const token = await webeid.authenticate(nonce, { lang: navigator.language });
    const answer = await fetch("/login", { method: "POST", body: JSON.stringify(token) });
    document.querySelector("output").value = JSON.stringify(await answer.json());
  };
</script>
"""


class Service(BaseHTTPRequestHandler):
    # Which challenge a browser has to answer. A token does not say so itself.
    challenges = {}
    options = None

    def do_GET(self):
        if self.path == "/":
            self.answer(200, PAGE.encode(), "text/html; charset=utf-8")
        elif self.path == "/web-eid.js" and self.options.library:
            library = self.options.library.read_bytes()
            self.answer(200, library, "text/javascript; charset=utf-8")
        else:
            self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 16384))
        if self.path == "/challenge":
            self.challenge()
        elif self.path == "/login":
            self.login(body)
        else:
            self.answer(404, {})

    def challenge(self):
        report = mynacard("challenge", "--origin", self.options.origin)
        session = secrets.token_urlsafe(32)
        self.challenges[session] = report["nonce"]
        cookie = f"session={session}; HttpOnly; Secure; SameSite=Strict; Max-Age=300"
        self.answer(200, {"nonce": report["nonce"]}, cookie=cookie)

    def login(self, token):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        # Taken out first: whatever comes of the token, this challenge is over.
        nonce = self.challenges.pop(cookie.value, None) if cookie else None
        if nonce is None:
            return self.answer(401, {"reason": "nonce.unknown"})
        report = mynacard(
            "verify", "-", "--origin", self.options.origin, "--nonce", nonce,
            "--trust", self.options.trust, body=token,
        )
        if not report["accepted"]:
            return self.answer(401, {"reason": report["reason"]})
        # Here a site begins a session of its own for this identity. It changes when the
        # certificate is renewed: let the holder add the new one while the old one still logs in.
        revocation = report["revocation"]["status"]
        self.answer(200, {"identity": report["identity"], "revocation": revocation})

    def answer(self, status, body, kind="application/json", cookie=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Logs nothing: a challenge or a token in a log can be used by who reads it."""


def mynacard(*arguments, body=b""):
    options = Service.options
    command = [options.program, "--json", "login", *arguments, "--store", options.store]
    return json.loads(subprocess.run(command, input=body, capture_output=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("origin")
    parser.add_argument("store")
    parser.add_argument("--trust", default="production")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--program", default="mynacard")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--library", type=Path)
    options = Service.options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Service)
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        # The handshake is for the thread of each connection, not for the one that accepts.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "https" if options.tls else "http"
    print(f"{scheme}://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
