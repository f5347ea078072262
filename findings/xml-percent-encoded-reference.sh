#!/bin/sh
# xmlsec1, Java and xml-crypto: a reference to an ID that is not ASCII, percent-encoded as RFC 3986
# has it and as e-Gov writes #構成情報. None of the three decodes it: they find the element only where
# the URI is raw. Needs the Debian packages xmlsec1 and default-jdk-headless, and Node with npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
. "$here/certificates.inc"
base64line() { openssl base64 -A; }
certificate=$(openssl x509 -in leaf.pem -outform DER | base64line)
# sign FILE ID URI: the element with this ID, signed; all of it is written in its canonical form.
sign() {
    digest=$(printf '<item Id="%s">x</item>' "$2" | openssl dgst -sha256 -binary | base64line)
    c14n=http://www.w3.org/TR/2001/REC-xml-c14n-20010315
    printf '%s' '<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">' \
        "<CanonicalizationMethod Algorithm=\"$c14n\"></CanonicalizationMethod>" \
        '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod>' \
        "<Reference URI=\"$3\"><Transforms><Transform Algorithm=\"$c14n\"></Transform></Transforms>" \
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>' \
        "<DigestValue>$digest</DigestValue></Reference></SignedInfo>" >info
    value=$(openssl dgst -sha256 -sign leaf.key -binary info | base64line)
    printf '%s' "<a><item Id=\"$2\">x</item><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">" \
        "$(cat info)<SignatureValue>$value</SignatureValue><KeyInfo><X509Data>" \
        "<X509Certificate>$certificate</X509Certificate></X509Data></KeyInfo></Signature></a>" >"$1"
}
sign ascii.xml a1 '#a1'
sign raw.xml 構成情報 '#構成情報'
sign encoded.xml 構成情報 '#%E6%A7%8B%E6%88%90%E6%83%85%E5%A0%B1'
npm install --silent --no-audit --no-fund --prefix . xml-crypto@6.3.2 @xmldom/xmldom@0.8.10 >/dev/null
cat >verify.js <<'JS'
const fs = require("fs");
const { SignedXml } = require("xml-crypto");
const { DOMParser } = require("@xmldom/xmldom");
const xml = fs.readFileSync(process.argv[2], "utf8");
const verifier = new SignedXml({ publicCert: fs.readFileSync("leaf.pem", "utf8") });
verifier.loadSignature(new DOMParser().parseFromString(xml).getElementsByTagName("Signature")[0]);
process.exitCode = verifier.checkSignature(xml) ? 0 : 1;
JS
cat >Verify.java <<'JAVA'
import java.io.*;
import java.security.cert.*;
import javax.xml.crypto.dsig.*;
import javax.xml.crypto.dsig.dom.*;
import javax.xml.parsers.*;
import org.w3c.dom.*;

class Verify {
    public static void main(String[] names) throws Exception {
        var parsers = DocumentBuilderFactory.newInstance();
        parsers.setNamespaceAware(true);
        Document document = parsers.newDocumentBuilder().parse(new File(names[0]));
        var signature = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
        var key = CertificateFactory.getInstance("X.509")
            .generateCertificate(new FileInputStream("leaf.pem")).getPublicKey();
        var context = new DOMValidateContext(key, signature);
        context.setIdAttributeNS((Element) document.getElementsByTagName("item").item(0), null, "Id");
        var factory = XMLSignatureFactory.getInstance("DOM");
        System.exit(factory.unmarshalXMLSignature(context).validate(context) ? 0 : 1);
    }
}
JAVA
by_xmlsec1() { xmlsec1 --verify --enabled-key-data x509 --trusted-pem ca.pem --id-attr:Id item "$1"; }
by_java() { java Verify.java "$1"; }
by_xml_crypto() { node verify.js "$1"; }
xmlsec1 --version
java --version | head -n 1
echo "xml-crypto $(node -p 'require("xml-crypto/package.json").version')"
for verifier in xmlsec1 java xml_crypto; do
    said=
    for file in ascii raw encoded; do
        if "by_$verifier" $file.xml >answer 2>&1; then word=accepted; else word=refused; fi
        said="$said $file: $word"
    done
    echo "$verifier:$said"
    [ "$said" = ' ascii: accepted raw: accepted encoded: refused' ]
done
