// Logs in to a TLS 1.3 server that demands a certificate. Tls.java CONFIGURATION PIN PORT
import java.io.FileInputStream;
import java.security.*;
import java.security.cert.CertificateFactory;
import javax.net.ssl.*;
class Tls {
    public static void main(String[] a) throws Exception {
        var card = Security.getProvider("SunPKCS11").configure(a[0]);
        Security.addProvider(card);
        var store = KeyStore.getInstance("PKCS11", card);
        store.load(null, a[1].toCharArray());
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, null);
        var known = KeyStore.getInstance("PKCS12");
        known.load(null, null);
        try (var file = new FileInputStream("srv.pem")) {
            var server = CertificateFactory.getInstance("X.509").generateCertificate(file);
            known.setCertificateEntry("server", server);
        }
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(known);
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        var port = Integer.parseInt(a[2]);
        try (var socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
            socket.startHandshake();
        }
    }
}
