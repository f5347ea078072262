// Signs with Java's own XML signatures: java Sign.java KEY.der LEAF.pem CA.pem FOLDER
import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.xml.crypto.dsig.*;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.*;
import javax.xml.crypto.dsig.spec.*;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.*;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;

public class Sign {
    static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    public static void main(String[] arguments) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(arguments[0]));
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
        List<Object> certificates = new ArrayList<>();
        for (int i = 1; i < 3; i++) {
            try (InputStream in = new FileInputStream(arguments[i])) {
                certificates.add(CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
        }
        String more = "http://www.w3.org/2001/04/xmldsig-more#";
        String pss = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
        sign(key, certificates, more + "rsa-sha256", CanonicalizationMethod.INCLUSIVE, "java-inclusive", arguments[3]);
        sign(key, certificates, pss, CanonicalizationMethod.EXCLUSIVE, "java-pss", arguments[3]);
        // A salt of 20 bytes, stated in RSAPSSParams.
        var salted = new RSAPSSParameterSpec(new java.security.spec.PSSParameterSpec(
            "SHA-256", "MGF1", java.security.spec.MGF1ParameterSpec.SHA256, 20, 1));
        SignatureMethod stated = FACTORY.newSignatureMethod(SignatureMethod.RSA_PSS, salted);
        sign(key, certificates, stated, enveloped(), "java-pss-salt", arguments[3]);
        // What DSS writes, by the library that DSS uses.
        SignatureMethod rsa = FACTORY.newSignatureMethod(more + "rsa-sha256", null);
        Map<String, String> names = Map.of("ds", XMLSignature.XMLNS);
        sign(key, certificates, rsa, FACTORY.newTransform(javax.xml.crypto.dsig.Transform.XPATH,
            new XPathFilterParameterSpec("not(ancestor-or-self::ds:Signature)", names)), "java-xpath", arguments[3]);
        sign(key, certificates, rsa, FACTORY.newTransform(javax.xml.crypto.dsig.Transform.XPATH2,
            new XPathFilter2ParameterSpec(List.of(new XPathType("/descendant::ds:Signature",
                XPathType.Filter.SUBTRACT, names)))), "java-filter", arguments[3]);
    }

    /** One for each file: a transform keeps the document that it was used in. */
    static javax.xml.crypto.dsig.Transform enveloped() throws Exception {
        return FACTORY.newTransform(javax.xml.crypto.dsig.Transform.ENVELOPED, (TransformParameterSpec) null);
    }

    static void sign(PrivateKey key, List<Object> certificates, String method, String form, String name, String folder)
            throws Exception {
        sign(key, certificates, FACTORY.newSignatureMethod(method, null), enveloped(), form, name, folder);
    }

    static void sign(PrivateKey key, List<Object> certificates, SignatureMethod method,
            javax.xml.crypto.dsig.Transform first, String name, String folder) throws Exception {
        sign(key, certificates, method, first, CanonicalizationMethod.EXCLUSIVE, name, folder);
    }

    static void sign(PrivateKey key, List<Object> certificates, SignatureMethod method,
            javax.xml.crypto.dsig.Transform first, String form, String name, String folder) throws Exception {
        String text = "<a xmlns='urn:a'><b>見本　花子</b>\r\n<c d='&#13;&#10;'>x&#13;</c></a>";
        DocumentBuilderFactory documents = DocumentBuilderFactory.newInstance();
        documents.setNamespaceAware(true);
        var document = documents.newDocumentBuilder().parse(new ByteArrayInputStream(text.getBytes("UTF-8")));
        List<javax.xml.crypto.dsig.Transform> transforms = List.of(
            first,
            FACTORY.newTransform(form, (TransformParameterSpec) null));
        Reference reference = FACTORY.newReference("", FACTORY.newDigestMethod(DigestMethod.SHA256, null), transforms, null, null);
        SignedInfo info = FACTORY.newSignedInfo(
            FACTORY.newCanonicalizationMethod(form, (C14NMethodParameterSpec) null),
            method, List.of(reference));
        KeyInfoFactory keys = FACTORY.getKeyInfoFactory();
        KeyInfo keyInfo = keys.newKeyInfo(List.of(keys.newX509Data(certificates)));
        FACTORY.newXMLSignature(info, keyInfo).sign(new DOMSignContext(key, document.getDocumentElement()));
        javax.xml.transform.Transformer writer = TransformerFactory.newInstance().newTransformer();
        writer.transform(new DOMSource(document), new StreamResult(new File(folder, name + ".xml")));
    }
}
