"""The rules of Web eID's own token validation, one by one, for want of its library in a registry.

    web_eid.py TOKEN ORIGIN NONCE CA...

Written after the published specification (authentication token format 1.0, "Validation"), with
python-cryptography and none of our code. Prints `accepted`, or the rule that is broken. Revocation
is left out as that specification allows.
"""

import base64
import datetime
import hashlib
import json
import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import ExtendedKeyUsageOID


def refuse(rule):
    print(rule)
    sys.exit(1)


def signed_by(certificate, key):
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(
                certificate.signature,
                certificate.tbs_certificate_bytes,
                padding.PKCS1v15(),
                certificate.signature_hash_algorithm,
            )
        else:
            key.verify(
                certificate.signature,
                certificate.tbs_certificate_bytes,
                ec.ECDSA(certificate.signature_hash_algorithm),
            )
        return True
    except InvalidSignature:
        return False


def main():
    path, origin, nonce, *authorities = sys.argv[1:]
    text = open(path, encoding="utf-8").read()
    if not 100 <= len(text) <= 10000:
        refuse("length")
    token = json.loads(text)
    if not token["format"].startswith("web-eid:1"):
        refuse("format")
    certificate = x509.load_der_x509_certificate(
        base64.b64decode(token["unverifiedCertificate"], validate=True)
    )
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        refuse("validity")
    extensions = certificate.extensions
    if not extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
        refuse("key usage")
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        refuse("extended key usage")
    extensions.get_extension_for_class(x509.CertificatePolicies)
    roots = [x509.load_pem_x509_certificate(open(path, "rb").read()) for path in authorities]
    named = [root for root in roots if root.subject == certificate.issuer]
    if not any(signed_by(certificate, root.public_key()) for root in named):
        refuse("trust")
    algorithm = token["algorithm"]
    size = algorithm[2:]
    hash_ = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[size]
    digest = lambda message: hashlib.new("sha" + size, message.encode()).digest()
    message = digest(origin) + digest(nonce)
    signature = base64.b64decode(token["signature"], validate=True)
    key = certificate.public_key()
    try:
        if algorithm.startswith("RS"):
            key.verify(signature, message, padding.PKCS1v15(), hash_)
        elif algorithm.startswith("PS"):
            pss = padding.PSS(padding.MGF1(hash_), hash_.digest_size)
            key.verify(signature, message, pss, hash_)
        elif algorithm.startswith("ES"):
            half = len(signature) // 2
            parts = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            key.verify(utils.encode_dss_signature(*parts), message, ec.ECDSA(hash_))
        else:
            refuse("algorithm")
    except InvalidSignature:
        refuse("signature")
    print("accepted")


main()
