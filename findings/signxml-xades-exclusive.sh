#!/bin/sh
# signxml: with exclusive canonicalization XAdESSigner writes no transform into the reference to
# SignedProperties, and digests the exclusive form all the same. Without a transform the form is the
# inclusive one, so xmlsec1 and signxml's own XAdESVerifier refuse the signature. With inclusive
# canonicalization both accept it. Needs the Debian package xmlsec1.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
python3 -m venv v
v/bin/pip install -q signxml==5.2.0 lxml==6.1.3 cryptography==50.0.2
v/bin/python - <<'PY'
from importlib.metadata import version
from lxml import etree
from signxml import CanonicalizationMethod
from signxml.xades import XAdESSigner, XAdESVerifier

print("signxml", version("signxml"))
key, certificate = open("leaf.key").read(), open("leaf.pem").read()
for name, method in (("inclusive", CanonicalizationMethod.CANONICAL_XML_1_0),
                     ("exclusive", CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)):
    signer = XAdESSigner(c14n_algorithm=method)
    signed = etree.tostring(signer.sign(etree.fromstring("<a>x</a>"), key=key, cert=certificate))
    open(f"{name}.xml", "wb").write(signed)
    try:
        XAdESVerifier().verify(signed, x509_cert=certificate, expect_references=3)
        answer = "accepted"
    except Exception as refusal:
        answer = f"{type(refusal).__name__}: {refusal}"
    print(f"signxml, {name}: {answer}")
    open(f"{name}.answer", "w").write(answer)
PY
xmlsec1 --version
says() {
    xmlsec1 --verify --enabled-key-data x509 --trusted-pem ca.pem --id-attr:Id SignedProperties \
        "$1.xml" >said 2>&1 && echo accepted || echo refused
}
for name in inclusive exclusive; do
    echo "xmlsec1, $name: $(says $name), $(grep -o 'SignedInfo References (ok/all): .*' said)"
done
[ "$(says inclusive)" = accepted ] && [ "$(says exclusive)" = refused ] &&
    [ "$(cat inclusive.answer)" = accepted ] && grep -q 'InvalidDigest' exclusive.answer
