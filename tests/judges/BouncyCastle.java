import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** CA LEAF: validates a path. CA LEAF CONTENT CMS: and the only signature by that leaf. */
class BouncyCastle {
    public static void main(String[] words) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        X509Certificate ca = certificate(words[0]), leaf = certificate(words[1]);
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(ca, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(new Date(1795575600000L));
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        CertPathValidator.getInstance("PKIX", "BC")
            .validate(factory.generateCertPath(List.of(leaf)), parameters);
        if (words.length == 2) {
            return;
        }
        var content = new CMSProcessableByteArray(Files.readAllBytes(Path.of(words[2])));
        var signed = new CMSSignedData(content, Files.readAllBytes(Path.of(words[3])));
        SignerInformation signer = signed.getSignerInfos().iterator().next();
        var verifier = new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(leaf);
        if (signed.getSignerInfos().size() != 1 || !signer.verify(verifier)) {
            System.exit(1);
        }
    }

    private static X509Certificate certificate(String name) throws Exception {
        try (var file = new FileInputStream(name)) {
            var factory = CertificateFactory.getInstance("X.509", "BC");
            return (X509Certificate) factory.generateCertificate(file);
        }
    }
}
