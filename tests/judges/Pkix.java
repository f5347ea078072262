import java.io.FileInputStream;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import java.util.Set;

/** LEAF CA true|false: validates a path; the last word is setPolicyQualifiersRejected. */
class Pkix {
    public static void main(String[] words) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        X509Certificate leaf, ca;
        try (var file = new FileInputStream(words[0])) {
            leaf = (X509Certificate) factory.generateCertificate(file);
        }
        try (var file = new FileInputStream(words[1])) {
            ca = (X509Certificate) factory.generateCertificate(file);
        }
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(ca, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(new Date(1795575600000L));
        parameters.setPolicyQualifiersRejected(Boolean.parseBoolean(words[2]));
        CertPathValidator.getInstance("PKIX")
            .validate(factory.generateCertPath(List.of(leaf)), parameters);
    }
}
