#!/bin/sh
# signxml: where the leaf has a critical policy and the root is in the file too, the refusal is about
# the key usage of the root, which may sign certificates and lists only. The policy is the cause.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
cp leaf.pem plain.pem
echo 'certificatePolicies=critical,1.2.3.4' >>leaf.cnf
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
    -extfile leaf.cnf -out leaf.pem 2>/dev/null
python3 -m venv v
v/bin/pip install -q signxml==5.2.0 cryptography==50.0.2
v/bin/python - <<'END'
import sys
from importlib.metadata import version
from lxml import etree
from signxml import XMLSigner, XMLVerifier

print("signxml", version("signxml"), "cryptography", version("cryptography"))
key, root = open("leaf.key").read(), open("ca.pem").read()


def refusal(leaf, chain):
    signer = XMLSigner()
    signed = signer.sign(etree.fromstring("<a>x</a>"), key=key, cert=open(leaf).read() + chain)
    try:
        XMLVerifier().verify(etree.tostring(signed), ca_pem_file="ca.pem")
        return "accepted"
    except Exception as refusal:
        return f"{refusal}"


said = {}
for leaf in ("plain.pem", "leaf.pem"):
    for chain in ("", root):
        what = f"{'critical policy' if leaf == 'leaf.pem' else 'no policy'}, root {'in' if chain else 'not in'} the file"
        said[what] = refusal(leaf, chain)
        print(f"{what}: {said[what]}")
blamed = said["critical policy, root in the file"]
sys.exit(not ("does not allow digitalSignature" in blamed and "O=Example CA" in blamed
              and "2.5.29.32" in said["critical policy, root not in the file"]
              and said["no policy, root not in the file"] == "accepted"))
END
