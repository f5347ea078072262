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
    }

    static void sign(PrivateKey key, List<Object> certificates, String method, String form, String name, String folder)
            throws Exception {
        String text = "<a xmlns='urn:a'><b>見本　花子</b>\r\n<c d='&#13;&#10;'>x&#13;</c></a>";
        DocumentBuilderFactory documents = DocumentBuilderFactory.newInstance();
        documents.setNamespaceAware(true);
        var document = documents.newDocumentBuilder().parse(new ByteArrayInputStream(text.getBytes("UTF-8")));
        List<javax.xml.crypto.dsig.Transform> transforms = List.of(
            FACTORY.newTransform(javax.xml.crypto.dsig.Transform.ENVELOPED, (TransformParameterSpec) null),
            FACTORY.newTransform(form, (TransformParameterSpec) null));
        Reference reference = FACTORY.newReference("", FACTORY.newDigestMethod(DigestMethod.SHA256, null), transforms, null, null);
        SignedInfo info = FACTORY.newSignedInfo(
            FACTORY.newCanonicalizationMethod(form, (C14NMethodParameterSpec) null),
            FACTORY.newSignatureMethod(method, null), List.of(reference));
        KeyInfoFactory keys = FACTORY.getKeyInfoFactory();
        KeyInfo keyInfo = keys.newKeyInfo(List.of(keys.newX509Data(certificates)));
        FACTORY.newXMLSignature(info, keyInfo).sign(new DOMSignContext(key, document.getDocumentElement()));
        javax.xml.transform.Transformer writer = TransformerFactory.newInstance().newTransformer();
        writer.transform(new DOMSource(document), new StreamResult(new File(folder, name + ".xml")));
    }
}
