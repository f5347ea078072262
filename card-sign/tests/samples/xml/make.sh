#!/bin/sh
# Makes the samples of other programs: sh make.sh, with xmlsec1 (Debian package xmlsec1), Java 17
# (openjdk-17-jdk-headless) and signxml 5.2 (Python). The keys are those of the made-up residents.
# Signatures by elliptic keys and with PSS differ at each run; the tests do not depend on values.
set -eu
cd "$(dirname "$0")"
residents=../../../../card-sim/personas
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

key() { # resident, CA: key, leaf and CA as xmlsec1 wants them
    openssl x509 -inform DER -in "$residents/certificates/$1-signature.der" -out "$work/leaf.pem"
    openssl x509 -inform DER -in "$residents/certificates/ca-signature-$2.der" -out "$work/ca.pem"
    openssl pkey -in "$residents/keys/$1-signature.pem" -out "$work/key.pem"
}

DS='xmlns="http://www.w3.org/2000/09/xmldsig#"'
ENV='<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
C14N=http://www.w3.org/TR/2001/REC-xml-c14n-20010315
C14N11=http://www.w3.org/2006/12/xml-c14n11
EXC=http://www.w3.org/2001/10/xml-exc-c14n#
MORE=http://www.w3.org/2001/04/xmldsig-more#
ENC=http://www.w3.org/2001/04/xmlenc#
X509='<KeyInfo><X509Data/></KeyInfo>'

# c14n, signature method, URI, transforms, digest method, key info, objects
signature() {
    cat <<XML
<Signature $DS><SignedInfo>
  <CanonicalizationMethod Algorithm="$1"/>
  <SignatureMethod Algorithm="$2"/>
  <Reference URI="$3">${4:+<Transforms>$4</Transforms>}
    <DigestMethod Algorithm="$5"/>
    <DigestValue/>
  </Reference>
</SignedInfo><SignatureValue/>$6${7-}</Signature>
XML
}

sign() { # output, options of xmlsec1; template on standard input
    output=$1; shift
    cat > "$work/template.xml"
    xmlsec1 --sign --privkey-pem "$work/key.pem,$work/leaf.pem,$work/ca.pem" "$@" \
        --output "$output" "$work/template.xml"
}

BODY='<氏名 区分="一">見本　花子</氏名><!-- 注 --><住所><![CDATA[見本市 & 見本町]]></住所>'
key hanako 2023
{ echo "<申請書>$BODY"; signature $EXC ${MORE}rsa-sha256 '' "$ENV<Transform Algorithm=\"$EXC\"/>" \
    ${ENC}sha256 "$X509"; echo '</申請書>'; } | sign xmlsec-exclusive.xml
{ echo "<a xmlns=\"urn:a\" xmlns:u=\"urn:u\">$BODY"; signature $C14N ${MORE}rsa-sha256 '' "$ENV" \
    ${ENC}sha256 "$X509"; echo '</a>'; } | sign xmlsec-inclusive.xml
{ echo "<a xml:lang=\"ja\">$BODY"; signature $C14N11 ${MORE}rsa-sha384 '' \
    "$ENV<Transform Algorithm=\"$C14N11\"/>" ${MORE}sha384 "$X509"; echo '</a>'; } |
    sign xmlsec-c14n11-sha384.xml
{ echo "<a>$BODY"; signature $EXC ${MORE}rsa-sha512 '' "$ENV<Transform Algorithm=\"$EXC\"/>" \
    ${ENC}sha512 "$X509"; echo '</a>'; } | sign xmlsec-sha512.xml
{ echo "<a>$BODY"; signature $EXC ${MORE}rsa-sha256 '' "$ENV<Transform Algorithm=\"$EXC\"/>" \
    ${ENC}sha256 '<KeyInfo><KeyName>見本</KeyName><KeyValue/><X509Data><X509Certificate/>
    <X509SubjectName/><X509IssuerSerial/></X509Data></KeyInfo>'; echo '</a>'; } |
    sign xmlsec-key-info.xml
{ echo '<?xml version="1.0"?><r xmlns:x="urn:x" xmlns:v="urn:value" xml:space="preserve">'
  echo '<head>h</head><x:item Id="a1" x:t="v:name">一</x:item>'
  signature $EXC ${MORE}rsa-sha256 '#a1' "<Transform Algorithm=\"$EXC\"><InclusiveNamespaces
    xmlns=\"$EXC\" PrefixList=\"v #default\"/></Transform>" ${ENC}sha256 "$X509"; echo '</r>'; } |
    sign xmlsec-element.xml --id-attr:Id item
signature $C14N ${MORE}rsa-sha256 '#o' '' ${ENC}sha256 "$X509" \
    '<Object Id="o"><文書 xmlns="">本文</文書></Object>' | sign xmlsec-enveloping.xml
{ echo '<?xml version="1.0" encoding="UTF-16"?>'; echo "<a>$BODY"
  signature $EXC ${MORE}rsa-sha256 '' "$ENV<Transform Algorithm=\"$EXC\"/>" ${ENC}sha256 "$X509"
  echo '</a>'; } | iconv -f UTF-8 -t UTF-16 | sign xmlsec-utf16.xml
key jisedai invented
{ echo "<a>$BODY"; signature $EXC ${MORE}ecdsa-sha384 '' "$ENV<Transform Algorithm=\"$EXC\"/>" \
    ${MORE}sha384 "$X509"; echo '</a>'; } | sign xmlsec-ecdsa.xml

key hanako 2023
openssl pkcs8 -topk8 -nocrypt -in "$work/key.pem" -outform DER -out "$work/key.der"
java Sign.java "$work/key.der" "$work/leaf.pem" "$work/ca.pem" .
python3 sign.py "$work/key.pem" "$work/leaf.pem" "$work/ca.pem" .
