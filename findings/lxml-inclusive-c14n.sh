#!/bin/sh
# lxml: the inclusive canonical form of an element that is not the root has xmlns="" in its
# grandchildren, where the default namespace is declared above it. signxml therefore refuses a good
# signature whose elements have no prefix, the form of e-Gov. Needs the Debian package xmlsec1.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
# The same signature twice: with a default namespace, and with a prefix.
template() { # NAME PREFIX-WITH-COLON DECLARATION
    cat >"$1.xml" <<XML
<a><b>x</b><$2Signature $3="http://www.w3.org/2000/09/xmldsig#"><$2SignedInfo><$2CanonicalizationMethod
Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><$2SignatureMethod
Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><$2Reference URI=""><$2Transforms><$2Transform
Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></$2Transforms><$2DigestMethod
Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><$2DigestValue/></$2Reference></$2SignedInfo
><$2SignatureValue/><$2KeyInfo><$2X509Data/></$2KeyInfo></$2Signature></a>
XML
    xmlsec1 --sign --privkey-pem leaf.key,leaf.pem --output "$1.signed" "$1.xml"
    xmlsec1 --verify --enabled-key-data x509 --trusted-pem ca.pem "$1.signed" >said 2>&1
    echo "xmlsec1, $1: accepted"
}
xmlsec1 --version
template default '' xmlns
template prefix ds: xmlns:ds
python3 -m venv v
v/bin/pip install -q signxml==5.2.0 lxml==6.1.3 cryptography==50.0.2
v/bin/python - <<'PY'
import sys
from importlib.metadata import version
from lxml import etree
from signxml import XMLVerifier

print("lxml", version("lxml"), "libxml2", etree.LIBXML_VERSION, "signxml", version("signxml"))


def answer(name):
    try:
        XMLVerifier().verify(open(f"{name}.signed", "rb").read(), x509_cert=open("leaf.pem").read())
        return "accepted"
    except Exception as refusal:
        return f"{type(refusal).__name__}: {refusal}"


said = {name: answer(name) for name in ("default", "prefix")}
for name in said:
    print(f"signxml, {name}: {said[name]}")
inner = etree.fromstring('<a xmlns="urn:a"><b><c><d/></c></b></a>')[0]
form = etree.tostring(inner, method="c14n")
print("lxml, b in <a xmlns=\"urn:a\">:", form.decode())
sys.exit(not (said["prefix"] == "accepted" and said["default"].startswith("InvalidSignature")
              and form == b'<b xmlns="urn:a"><c><d xmlns=""></d></c></b>'))
PY
