#!/bin/sh
# rfc3161ng and rfc3161-client: a time stamp that carries the authority's certificate and its CA's.
# rfc3161ng checks the signature with the first certificate; rfc3161-client parses the response only
# where the set is in DER order, shorter certificates first, which CMS does not ask for. So where the
# CA's is the shorter one, each order is refused by one of them. openssl ts writes the authority's first.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
cat >tsa.ext <<'CNF'
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
authorityKeyIdentifier=keyid
CNF
openssl req -newkey rsa:2048 -nodes -subj '/C=JP/O=Example Time Stamping Authority/CN=Example' \
    -keyout tsa.key -out tsa.csr 2>/dev/null
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile tsa.ext \
    -out tsa.pem 2>/dev/null
cat >tsa.cnf <<'CNF'
[tsa]
serial=serial
signer_cert=tsa.pem
certs=ca.pem
signer_key=tsa.key
signer_digest=sha256
default_policy=1.3.6.1.4.1.32473.2
digests=sha256
ess_cert_id_alg=sha256
CNF
echo content >content
openssl ts -query -data content -sha256 -cert -out query 2>/dev/null
openssl ts -reply -config tsa.cnf -section tsa -queryfile query -out unsorted 2>/dev/null
python3 -m venv v
v/bin/pip install -q rfc3161ng==2.1.3 rfc3161-client==1.0.9 asn1crypto==1.5.1 cryptography==50.0.2
# The set of certificates is not signed; only its order changes.
v/bin/python - <<'PY'
from asn1crypto import tsp

response = open("unsorted", "rb").read()
stamp = tsp.TimeStampResp.load(response)["time_stamp_token"]
certificates = [one.dump() for one in stamp["content"]["certificates"]]
ca, authority = sorted(certificates, key=len)
assert certificates == [authority, ca], "the CA's certificate is not the shorter one"
open("sorted", "wb").write(response.replace(authority + ca, ca + authority))
PY
openssl version
for order in unsorted sorted; do
    openssl ts -verify -in $order -queryfile query -CAfile ca.pem >/dev/null 2>&1
    echo "openssl ts, $order: accepted"
done
v/bin/python - <<'PY'
import sys
from importlib.metadata import version

import rfc3161_client
import rfc3161ng
from asn1crypto import tsp
from cryptography import x509

content = open("content", "rb").read()
root = x509.load_pem_x509_certificate(open("ca.pem", "rb").read())


def by_rfc3161ng(response):
    stamp = tsp.TimeStampResp.load(response)["time_stamp_token"].dump()
    return rfc3161ng.check_timestamp(stamp, certificate=b"", data=content, hashname="sha256")


def by_rfc3161_client(response):
    verifier = rfc3161_client.VerifierBuilder().add_root_certificate(root).build()
    return verifier.verify_message(rfc3161_client.decode_timestamp_response(response), content)


said = {}
for name, check in (("rfc3161ng", by_rfc3161ng), ("rfc3161-client", by_rfc3161_client)):
    for order in ("unsorted", "sorted"):
        try:
            said[name, order] = "accepted" if check(open(order, "rb").read()) else "refused"
        except Exception as refusal:
            said[name, order] = f"{type(refusal).__name__} {refusal}"
        print(f"{name} {version(name)}, {order}: {said[name, order]}")
sys.exit(not (said["rfc3161ng", "unsorted"] == said["rfc3161-client", "sorted"] == "accepted"
              and said["rfc3161ng", "sorted"].startswith("InvalidSignature")
              and "InvalidSetOrdering" in said["rfc3161-client", "unsorted"]))
PY
