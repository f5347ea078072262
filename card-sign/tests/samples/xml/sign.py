# Signs with signxml 5.2, XAdES: python3 sign.py KEY.pem LEAF.pem CA.pem FOLDER
import sys
from lxml import etree
from signxml import CanonicalizationMethod, SignatureMethod, DigestAlgorithm, methods
from signxml.xades import XAdESSigner

key, leaf, ca, folder = sys.argv[1:]
chain = open(leaf).read() + open(ca).read()
document = etree.fromstring("<application><name>Mihon</name></application>")
signer = XAdESSigner(
    method=methods.enveloped,
    signature_algorithm=SignatureMethod.RSA_SHA256,
    digest_algorithm=DigestAlgorithm.SHA256,
    c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_1,
)
signed = signer.sign(document, key=open(key, "rb").read(), cert=chain)
etree.ElementTree(signed).write(f"{folder}/signxml-xades.xml")
