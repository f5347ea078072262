#!/bin/sh
# joserfc: a compact JWS with one RSA-2048 certificate in x5c is longer than its limit for headers.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
python3 -m venv v
v/bin/pip install -q joserfc==1.8.0 PyJWT==2.15.1 cryptography==50.0.2
v/bin/python - <<'END'
import re
import sys
from importlib.metadata import version

import jwt
from joserfc import jwk, jws

print("joserfc", version("joserfc"))
x5c = [re.sub(r"-----.*-----|\s", "", open("leaf.pem").read())]
private = open("leaf.key").read()
token = jwt.PyJWS().encode(b"{}", private, "RS256", headers={"x5c": x5c})
key = jwk.RSAKey.import_key(private)
try:
    jws.deserialize_compact(token, key, algorithms=["RS256"])
    sys.exit("accepted")
except Exception as refusal:
    print(f"a header of {len(token.split('.')[0])} bytes: {type(refusal).__name__}: {refusal}")
    said = "512" in str(refusal)
registry = jws.JWSRegistry(algorithms=["RS256"])
registry.max_header_length = 4096
jws.deserialize_compact(token, key, registry=registry)
print("with max_header_length = 4096: accepted")
sys.exit(not said)
END
