"""What Python's verifiers say of the files in the folder given, as they come and with a setting.

Prints a line for each: verifier | what it judged | as it comes | with the setting. "accepted" means
that what was signed is accepted and what was changed is refused. Writes signatures by the same key
with these libraries: theirs-NAME.jws, theirs-NAME.xml.
"""

import datetime
import json
import re
import sys
import warnings
from pathlib import Path

import jwt
import xmlsec
from authlib.jose import JsonWebSignature
from cryptography import x509
from cryptography.x509 import verification
from joserfc import jwk, jws
from jwcrypto import jwk as keys, jws as tokens
from lxml import etree
from signxml import XMLSigner, XMLVerifier

warnings.simplefilter("ignore")
FOLDER = Path(sys.argv[1])
NOW = datetime.datetime(2026, 11, 25, 3, 0, 0)


def read(name):
    return (FOLDER / name).read_bytes()


def certificate(name):
    return x509.load_der_x509_certificate(read(name))


def line(verifier, judged, *questions):
    """Each question takes the name of a file and raises what it does not like."""
    answers = []
    for question in questions:
        right, changed = JUDGED[judged]
        answers.append("accepted" if accepts(question, right) else "refused")
        read(changed)  # a file that is missing is not refused
        if accepts(question, changed):
            sys.exit(f"{verifier} accepts {changed}")
    print(" | ".join([verifier, judged, *answers, "–"][:4]))


def accepts(question, name):
    try:
        question(name)
        return True
    except Exception as refusal:  # each library has its own
        print(f"{name}: {type(refusal).__name__}: {refusal}", file=sys.stderr)
        return False


JUDGED = {
    "certificate": ("leaf.der", "changed.der"),
    "XML": ("a.signed.xml", "changed.signed.xml"),
    "JWS": ("a.jws", "changed.jws"),
}


def policies(policy, leaf, extension):
    if [one.policy_identifier.dotted_string for one in extension] != ["1.2.392.200149.8.5.1.0.20"]:
        raise ValueError("another policy")


NAMED = verification.ExtensionPolicy.permit_all().require_present(
    x509.CertificatePolicies, verification.Criticality.CRITICAL, policies
)


def chain(name, setting=None):
    builder = verification.PolicyBuilder().time(NOW)
    builder = builder.store(verification.Store([certificate("ca.der")]))
    if setting:
        ca = verification.ExtensionPolicy.webpki_defaults_ca()
        builder = builder.extension_policies(ee_policy=setting, ca_policy=ca)
    builder.build_client_verifier().verify(certificate(name), [])


def xml(name, **setting):
    XMLVerifier().verify(read(name), ca_pem_file=str(FOLDER / "ca.pem"), **setting)


def token(name):
    return read(name).decode().strip()


def by_joserfc(name, longest=None):
    registry = jws.JWSRegistry(algorithms=["RS256"])
    if longest:
        registry.max_header_length = longest
    jws.deserialize_compact(token(name), jwk.RSAKey.import_key(read("leaf.pub.pem")), registry=registry)


def by_pyjwt(name):
    jwt.PyJWS().decode(token(name), certificate("leaf.der").public_key(), ["RS256"])


def by_authlib(name):
    JsonWebSignature().deserialize_compact(token(name), read("leaf.pub.pem"))


def by_jwcrypto(name):
    signed = tokens.JWS()
    signed.deserialize(token(name), keys.JWK.from_pem(read("leaf.pub.pem")))


def by_xmlsec(name):
    manager = xmlsec.KeysManager()
    manager.load_cert(str(FOLDER / "ca.pem"), xmlsec.KeyFormat.CERT_PEM, xmlsec.KeyDataType.TRUSTED)
    document = etree.fromstring(read(name))
    node = xmlsec.tree.find_node(document, xmlsec.constants.NodeSignature)
    xmlsec.SignatureContext(manager).verify(node)


line("Python cryptography", "certificate", chain, lambda name: chain(name, NAMED))
line("signxml", "XML", xml, lambda name: xml(name, ee_policy=NAMED))
line("joserfc", "JWS", by_joserfc, lambda name: by_joserfc(name, 4096))
line("PyJWT", "JWS", by_pyjwt)
line("Authlib", "JWS", by_authlib)
line("jwcrypto", "JWS", by_jwcrypto)
line("python-xmlsec", "XML", by_xmlsec)

leaf = read("leaf.pem").decode()
x5c = [re.sub(r"-----.*-----|\s", "", leaf)]
key = read("key.pem")
payload = b'{"a":1}'
made = jwt.PyJWS().encode(payload, key, "RS256", headers={"x5c": x5c})
(FOLDER / "theirs-PyJWT.jws").write_text(made)
registry = jws.JWSRegistry(algorithms=["RS256"])
registry.max_header_length = 4096
header = {"alg": "RS256", "x5c": x5c}
made = jws.serialize_compact(header, payload, jwk.RSAKey.import_key(key), registry=registry)
(FOLDER / "theirs-joserfc.jws").write_text(made)
made = JsonWebSignature().serialize_compact(header, payload, key)
(FOLDER / "theirs-Authlib.jws").write_bytes(made)
made = tokens.JWS(payload)
made.add_signature(keys.JWK.from_pem(key), protected=json.dumps(header))
(FOLDER / "theirs-jwcrypto.jws").write_text(made.serialize(compact=True))
signer = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
made = signer.sign(etree.fromstring("<a>x</a>"), key=key, cert=leaf)
(FOLDER / "theirs-signxml.xml").write_bytes(etree.tostring(made))
