#!/bin/sh
# How the samples beside this file were made: once, by OpenSSL 3.0 and by Python's cryptography 48,
# with the published keys of two made-up residents. Run it in this folder; the signatures will
# differ, because they hold the time.
set -eu
personas=../../../card-sim/personas
key() { sed 1d "$personas/keys/$1.pem"; }
pem() { openssl x509 -inform DER -in "$personas/certificates/$1.der"; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
for who in hanako-signature taro-signature jisedai-signature ca-signature-2023; do
    pem "$who" >"$work/$who.crt"
    key "$who" >"$work/$who.key"
done
printf '見本の契約書\r\n二行目\n' >content
hanako="-signer $work/hanako-signature.crt -inkey $work/hanako-signature.key"
taro="-signer $work/taro-signature.crt -inkey $work/taro-signature.key"
jisedai="-signer $work/jisedai-signature.crt -inkey $work/jisedai-signature.key"
ca="-certfile $work/ca-signature-2023.crt"
sign="openssl cms -sign -binary -in content -outform DER"
pss="-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen"

$sign $hanako $ca -cades -out cades.p7s
$sign $hanako $ca -md sha384 -out sha384.p7s
$sign $hanako $ca -md sha512 -out sha512.p7s
$sign $hanako $ca $pss:digest -out pss.p7s
$sign $hanako $ca -md sha512 $pss:digest -out pss-sha512.p7s
$sign $hanako $ca -keyid -out keyid.p7s
$sign $jisedai -md sha384 -cades -out ecdsa-sha384.p7s
$sign $jisedai -md sha256 -out ecdsa-sha256.p7s
$sign $hanako $ca $taro -cades -out two-signers.p7s
openssl cms -resign -inform DER -in cades.p7s $jisedai -md sha256 -outform DER -out resigned.p7s
$sign $hanako -nocerts -out no-certificates.p7s
openssl cms -sign -binary -in content -outform PEM $hanako $ca -out cades.pem -cades
openssl smime -sign -binary -in content -outform PEM $hanako $ca -out smime.pem

$sign $hanako $ca -nodetach -out attached.p7m
$sign $hanako $ca -nodetach -stream -indef -out stream.p7m
$sign $hanako $ca -nodetach -cades -keyid -md sha512 -stream -out stream-keyid.p7m

# What has to be refused.
$sign $hanako $ca -noattr -out refused-no-attributes.p7s
$sign $hanako $ca -md sha1 -out refused-sha1.p7s
$sign $hanako $ca -md md5 -out refused-md5.p7s
$sign $hanako $ca $pss:20 -out pss-salt.p7s
$sign $hanako $ca $pss:digest -keyopt rsa_mgf1_md:sha1 -out refused-pss-mask.p7s
$sign $hanako $ca -nodetach -econtent_type 1.2.3.4 -out refused-type.p7m

python3 - "$work" <<'P'
import sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509 import load_pem_x509_certificate
work = sys.argv[1]
def load(who):
    cert = load_pem_x509_certificate(open(f"{work}/{who}.crt", "rb").read())
    return cert, serialization.load_pem_private_key(open(f"{work}/{who}.key", "rb").read(), None)
content = open("content", "rb").read()
def sign(out, who, digest, *options):
    cert, key = load(who)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(cert, key, digest)
    signed = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])
    open(out, "wb").write(signed)
Detached = pkcs7.PKCS7Options.DetachedSignature
sign("python.p7s", "hanako-signature", hashes.SHA256(), Detached)
sign("python-ecdsa.p7s", "jisedai-signature", hashes.SHA384(), Detached)
sign("python.p7m", "hanako-signature", hashes.SHA256())
P
