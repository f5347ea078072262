#!/bin/sh
# pyHanko: prefer_pss takes the longest salt that the key has room for, 222 bytes with RSA-2048 and
# SHA-256, not the length of the digest. FIPS 186-5 allows no salt longer than the digest, and a token
# that makes a salt of 32 bytes itself cannot do it. With signature_mechanism given, the salt is as told.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
python3 -m venv v
v/bin/pip install -q pyHanko==0.38.0 asn1crypto==1.5.1 cryptography==50.0.2
v/bin/python - <<'PY'
import asyncio
import sys
from importlib.metadata import version

from asn1crypto import algos
from pyhanko.sign import signers

print("pyHanko", version("pyHanko"))
sha256 = {"algorithm": "sha256"}
told = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams({
    "hash_algorithm": sha256,
    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
    "salt_length": 32})})


def salt(name, **options):
    signer = signers.SimpleSigner.load("leaf.key", "leaf.pem", **options)
    signing = signer.async_sign_general_data(b"content", "sha256", detached=True)
    signature = asyncio.run(signing)
    open(name, "wb").write(signature.dump())
    signed = signature["content"]["signer_infos"][0]["signature_algorithm"]
    length = signed["parameters"]["salt_length"].native
    print(f"{name}: {signed['algorithm'].native}, salt of {length} bytes")
    return length


sys.exit(not (salt("preferred", prefer_pss=True) == 222 and salt("told", signature_mechanism=told) == 32))
PY
printf content >content
for name in preferred told; do
    openssl cms -verify -binary -inform DER -in $name -content content -CAfile ca.pem -out out 2>/dev/null
    echo "openssl cms, $name: accepted"
done
