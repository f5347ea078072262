"""How the files in `signed` were made: once, by pyHanko 0.38 with the published keys of two made-up
residents. Run it in this folder, with openssl at hand. The files will differ: they hold the time.
"""

import pathlib
import subprocess
import tempfile

from asn1crypto import keys, pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko.stamp import TextStampStyle

PERSONAS = pathlib.Path("../../../../card-sim/personas")
PLAIN = pathlib.Path("plain")
SIGNED = pathlib.Path("signed")


def certificate(name):
    return x509.Certificate.load((PERSONAS / "certificates" / f"{name}.der").read_bytes())


def key_pem(name):
    # The first line says that the key is made up.
    return (PERSONAS / "keys" / f"{name}.pem").read_bytes().split(b"\n", 1)[1]


def signer(name):
    store = SimpleCertificateStore()
    store.register(certificate("ca-signature-2023"))
    key = keys.PrivateKeyInfo.load(pem.unarmor(key_pem(name))[2])
    return signers.SimpleSigner(
        signing_cert=certificate(name), signing_key=key, cert_registry=store
    )


def sign(source, target, who="hanako-signature", subfilter=fields.SigSeedSubFilter.PADES, spec=None,
         style=None, **meta):
    meta.setdefault("field_name", spec.sig_field_name if spec else "Signature1")
    with open(source, "rb") as file:
        writer = IncrementalPdfFileWriter(file)
        out = signers.PdfSigner(
            signers.PdfSignatureMetadata(subfilter=subfilter, md_algorithm="sha256", **meta),
            signer=signer(who), new_field_spec=spec, stamp_style=style,
        ).sign_pdf(writer)
        (SIGNED / target).write_bytes(out.getbuffer())
    return SIGNED / target


ADBE = fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED
sign(PLAIN / "reportlab.pdf", "pyhanko-adbe.pdf", subfilter=ADBE, name="Yamada Hanako")
one = sign(PLAIN / "pdftex-15.pdf", "pyhanko-pades-objects.pdf")
sign(one, "pyhanko-two.pdf", who="taro-signature", field_name="Signature2")
sign(PLAIN / "qpdf-linearized-objects.pdf", "pyhanko-linearized.pdf", subfilter=ADBE)
one = sign(PLAIN / "reportlab.pdf", "pyhanko-certified.pdf", certify=True,
           docmdp_permissions=fields.MDPPerm.FILL_FORMS)
sign(one, "pyhanko-certified-two.pdf", who="taro-signature", field_name="Signature2")
sign(PLAIN / "cairo-15.pdf", "pyhanko-visible.pdf",
     spec=fields.SigFieldSpec("Signature1", on_page=0, box=(180, 20, 280, 60)),
     style=TextStampStyle(stamp_text="Signed\n%(ts)s"))
one = sign(PLAIN / "cairo-14.pdf", "pyhanko-visible-two.pdf",
           spec=fields.SigFieldSpec("Signature1", on_page=0, box=(180, 20, 280, 60)))
sign(one, "pyhanko-visible-two.pdf", who="taro-signature",
     spec=fields.SigFieldSpec("Signature2", on_page=0, box=(180, 70, 280, 110)))

# A field that was there, locking a field of the form.
with open(PLAIN / "reportlab.pdf", "rb") as file:
    writer = IncrementalPdfFileWriter(file)
    fields.append_signature_field(writer, fields.SigFieldSpec(
        "Director", field_mdp_spec=fields.FieldMDPSpec(fields.FieldMDPAction.INCLUDE, ["family"])))
    with open(SIGNED / "empty-field.pdf", "wb") as out:
        writer.write(out)
sign(SIGNED / "empty-field.pdf", "pyhanko-field.pdf", field_name="Director")

# A value filled in where a certification allows it, and where none does.
for source, target in (("pyhanko-certified.pdf", "pyhanko-filled.pdf"),
                       ("pyhanko-adbe.pdf", "refused-filled.pdf")):
    with open(SIGNED / source, "rb") as file:
        writer = IncrementalPdfFileWriter(file)
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        field["/V"] = generic.pdf_string("Tanaka")
        writer.mark_update(writer.root["/AcroForm"]["/Fields"].raw_get(0))
        with open(SIGNED / target, "wb") as out:
            writer.write(out)

# Evidence for later, and a document time stamp by an authority that nobody knows.
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name=dn\n[dn]\n[tsa]\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=critical,timeStamping\n")
    run = lambda *words: subprocess.run(words, cwd=folder, check=True, capture_output=True)
    run("openssl", "req", "-x509", "-config", "tsa.cnf", "-extensions", "tsa", "-newkey", "rsa:2048",
        "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem", "-days", "3650", "-subj", "/CN=Stamps")
    tsa = x509.Certificate.load(pem.unarmor((folder / "tsa.pem").read_bytes())[2])
    tsa_key = keys.PrivateKeyInfo.load(pem.unarmor((folder / "tsa.key").read_bytes())[2])
    stamper = timestamps.DummyTimeStamper(tsa, tsa_key)
    one = sign(PLAIN / "cairo-15.pdf", "pyhanko-evidence.pdf")
    with open(one, "rb+") as file:
        DocumentSecurityStore.add_dss(file, sig_contents=None, certs=[certificate("ca-signature-2023")])
    with open(one, "rb") as file:
        out = signers.PdfTimeStamper(stamper).timestamp_pdf(IncrementalPdfFileWriter(file), "sha256")
        (SIGNED / "pyhanko-document-stamp.pdf").write_bytes(out.getbuffer())
