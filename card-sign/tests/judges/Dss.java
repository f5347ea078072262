// EU DSS 5.12 on containers: java -cp "$DSS" Dss.java CONTAINER…, one line for each.
import eu.europa.esig.dss.asic.cades.validation.ASiCContainerWithCAdESValidator;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.utils.Utils;
import eu.europa.esig.dss.validation.AdvancedSignature;
import eu.europa.esig.dss.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.validation.ReferenceValidation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

public class Dss {
    public static void main(String[] containers) {
        for (String container : containers) {
            String said;
            try {
                said = judged(container);
            } catch (RuntimeException problem) {
                said = "refused " + problem;
            }
            System.out.println(container + " " + said.replace('\n', ' '));
        }
    }

    /** Who signed what at which level, if the signature is intact and covers every file. */
    static String judged(String container) {
        var validator = new ASiCContainerWithCAdESValidator(new FileDocument(container));
        validator.setCertificateVerifier(new CommonCertificateVerifier());
        if (validator.getContainerType() != ASiCContainerType.ASiC_E) {
            return "refused " + validator.getContainerType();
        }
        if (validator.getSignatures().size() != 1) {
            return "refused signatures: " + validator.getSignatures().size();
        }
        AdvancedSignature signature = validator.getSignatures().get(0);
        signature.checkSignatureIntegrity();
        var verified = signature.getSignatureCryptographicVerification();
        if (!verified.isSignatureValid()) {
            return "refused " + verified.getErrorMessage();
        }
        List<String> covered = new ArrayList<>();
        for (ReferenceValidation reference : signature.getReferenceValidations()) {
            if (!reference.isFound() || !reference.isIntact()) {
                return "refused " + reference.getName();
            }
            for (ReferenceValidation file : reference.getDependentValidations()) {
                if (!file.isFound() || !file.isIntact()) {
                    return "refused " + file.getName();
                }
                covered.add(file.getName());
            }
        }
        List<String> there = new ArrayList<>();
        for (DSSDocument document : validator.getAllDocuments()) {
            String name = document.getName();
            if (!name.equals("mimetype") && !name.startsWith("META-INF/")) {
                there.add(name);
            }
        }
        Collections.sort(covered);
        Collections.sort(there);
        if (!covered.equals(there)) {
            return "refused covered: " + covered + " of " + there;
        }
        byte[] signer = signature.getSigningCertificateToken().getDigest(DigestAlgorithm.SHA256);
        return "accepted " + signature.getDataFoundUpToLevel() + " " + Utils.toHex(signer) + " " + covered;
    }
}
