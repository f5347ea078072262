"""What pyHanko does to a document after it was signed, and what it says of the whole history.

Reads one request per line of standard input, "STEP FILE", works on the file in place, and answers with
one line: "done", or for `validate` the words VALID or INVALID, one for each signature. The folder is
the only argument: `taro.der`, `taro.pem`, `root.der`, `tsa.pem`, `tsa.key`, `ca.pem`.
"""

import io
import logging
import pathlib
import sys

from asn1crypto import keys, pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers, timestamps, validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

logging.disable(logging.CRITICAL)
FOLDER = pathlib.Path(sys.argv[1])


def der(name):
    content = (FOLDER / name).read_bytes()
    return pem.unarmor(content)[2] if pem.detect(content) else content


ROOT = x509.Certificate.load(der("root.der"))
STORE = SimpleCertificateStore()
STORE.register(ROOT)
SIGNER = signers.SimpleSigner(
    signing_cert=x509.Certificate.load(der("taro.der")),
    signing_key=keys.PrivateKeyInfo.load(der("taro.pem")), cert_registry=STORE,
)
STAMPER = timestamps.DummyTimeStamper(
    x509.Certificate.load(der("tsa.pem")), keys.PrivateKeyInfo.load(der("tsa.key")),
    certs_to_embed=SimpleCertificateStore.from_certs([x509.Certificate.load(der("ca.pem"))]),
)
LEVELS = {1: fields.MDPPerm.NO_CHANGES, 2: fields.MDPPerm.FILL_FORMS, 3: fields.MDPPerm.ANNOTATE}


def sign(writer, field, level=None):
    meta = signers.PdfSignatureMetadata(
        field_name=field, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256",
        certify=level is not None, docmdp_permissions=LEVELS.get(level, LEVELS[2]),
    )
    return signers.PdfSigner(meta, signer=SIGNER).sign_pdf(writer).getvalue()


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def step(name, content):
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    if name == "evidence":
        out = io.BytesIO(content)
        DocumentSecurityStore.add_dss(out, sig_contents=None, certs=[ROOT])
        return out.getvalue()
    if name == "stamp":
        return signers.PdfTimeStamper(STAMPER).timestamp_pdf(writer, "sha256").getvalue()
    if name == "prepare":
        fields.append_signature_field(writer, fields.SigFieldSpec("Prepared"))
        return written(writer)
    if name == "fill":
        return sign(writer, "Prepared")
    if name == "value":
        form = writer.root["/AcroForm"]["/Fields"]
        form[0].get_object()["/V"] = generic.pdf_string("Tanaka")
        writer.mark_update(form.raw_get(0))
        return written(writer)
    if name.startswith("certify"):
        return sign(writer, "First", int(name[-1]))
    return sign(writer, name)


def validate(content):
    context = ValidationContext(
        trust_roots=[ROOT, x509.Certificate.load(der("ca.pem"))], allow_fetching=False,
        revocation_mode="soft-fail",
    )
    said = []
    for signature in PdfFileReader(io.BytesIO(content)).embedded_signatures:
        if signature.sig_object_type == "/DocTimeStamp":
            status = validation.validate_pdf_timestamp(signature, context)
            right = status.valid and status.intact and status.trusted
        else:
            status = validation.validate_pdf_signature(signature, context, context)
            right = status.bottom_line
        said.append("VALID" if right else "INVALID")
    return " ".join(said)


for line in sys.stdin:
    name, path = line.rstrip("\n").split(" ", 1)
    file = pathlib.Path(path)
    if name == "validate":
        print(validate(file.read_bytes()), flush=True)
    else:
        file.write_bytes(step(name, file.read_bytes()))
        print("done", flush=True)
