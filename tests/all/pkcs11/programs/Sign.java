// Signs with the first key, not the first CA certificate, and lets Java's own provider check it.
import java.security.*;
import java.security.spec.*;
class Sign {
    public static void main(String[] a) throws Exception {
        var card = Security.getProvider("SunPKCS11").configure(a[0]);
        var store = KeyStore.getInstance("PKCS11", card);
        store.load(null, a[1].toCharArray());
        String name = null;
        for (var each : java.util.Collections.list(store.aliases()))
            if (name == null && store.isKeyEntry(each)) name = each;
        var key = (PrivateKey) store.getKey(name, null);
        var signer = Signature.getInstance(a[2], card);
        var judge = Signature.getInstance(a[2]);
        if (a[2].endsWith("PSS")) {
            var salt = new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1);
            signer.setParameter(salt);
            judge.setParameter(salt);
        }
        signer.initSign(key);
        signer.update("a document".getBytes());
        judge.initVerify(store.getCertificate(name).getPublicKey());
        judge.update("a document".getBytes());
        if (!judge.verify(signer.sign())) System.exit(1);
    }
}
