//! What each program does with the card, and what it may cost.

/// What a line does, and to which bounds it is held: exchanges, VERIFYs, prompts.
pub(crate) struct Line(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) usize,
    pub(crate) usize,
    pub(crate) usize,
);

/// First look 10 (`both` 11), login 4 (signature token 11), signature 5.
pub(crate) const LINES: &[Line] = &[
    Line("pkcs11-tool -L", "auth", "$TOOL -L", 10, 0, 0),
    Line("pkcs11-tool -O", "auth", "$TOOL -O", 10, 0, 0),
    Line(
        "pkcs11-tool -O, login",
        "auth",
        "$TOOL -O --login --pin $P",
        14,
        1,
        0,
    ),
    Line(
        "pkcs11-tool, sign",
        "auth",
        "$TOOL --login --pin $P --id 01 --sign -m SHA256-RSA-PKCS -i doc -o s && \
         openssl x509 -in auth.pem -noout -pubkey > k && openssl dgst -sha256 -verify k -signature s doc",
        19,
        2,
        0,
    ),
    Line(
        "pkcs11-tool, sign with PSS",
        "auth",
        "$TOOL --login --pin $P --id 01 --sign -m RSA-PKCS-PSS --hash-algorithm SHA256 -i block -o s",
        19,
        2,
        0,
    ),
    Line(
        "pkcs11-tool, signature key",
        "both",
        "$TOOL --slot-index 1 --login --pin $W --id 02 --sign -m SHA256-RSA-PKCS -i doc -o s",
        27,
        2,
        0,
    ),
    Line(
        "pkcs11-tool -O, login, signature token",
        "both",
        "$TOOL --slot-index 1 -O --login --pin $W",
        22,
        1,
        0,
    ),
    // It ends at the first mechanism that is refused, SHA-1; what counts is that it ends.
    Line(
        "pkcs11-tool --test",
        "auth",
        "$TOOL --test --login --pin $P; test $? -le 1",
        14,
        1,
        0,
    ),
    Line("ssh-keygen -D", "auth", "ssh-keygen -D $M", 10, 0, 0),
    Line(
        "ssh",
        "auth",
        "sshd_up; ssh $O -o PKCS11Provider=$M localhost true",
        19,
        2,
        1,
    ),
    Line(
        "ssh-agent, two logins",
        "auth",
        "sshd_up; agent; ssh $O localhost true && ssh $O localhost true",
        24,
        3,
        1,
    ),
    Line(
        "git, two signed commits",
        "auth",
        "sshd_up; agent; git init -q g; cd g; git config user.email a@b; git config user.name a; \
         git config gpg.format ssh; git config user.signingkey \"key::$(cut -d' ' -f1,2 ../authorized)\"; \
         git commit -q --allow-empty -S -m 1 && git commit -q --allow-empty -S -m 2",
        24,
        3,
        1,
    ),
    Line(
        "p11tool --list-tokens",
        "auth",
        "p11tool --provider $M --list-tokens",
        10,
        0,
        0,
    ),
    Line(
        "p11tool --list-all",
        "auth",
        "p11tool --provider $M --list-all",
        10,
        0,
        0,
    ),
    // It logs in four times by itself, each time after a logout.
    Line(
        "p11tool --login --list-all",
        "auth",
        "GNUTLS_PIN=$P p11tool --provider $M --login --list-all",
        26,
        4,
        0,
    ),
    Line(
        "p11tool --test-sign",
        "auth",
        "GNUTLS_PIN=$P p11tool --provider $M --login --test-sign \"pkcs11:$AUTH;type=private\"",
        19,
        2,
        0,
    ),
    Line(
        "gnutls-cli, TLS 1.3",
        "auth",
        "server -tls1_3; gnutls-cli --provider $M --x509certfile \"pkcs11:$AUTH;type=cert\" \
         --x509keyfile \"pkcs11:$AUTH;type=private;pin-value=$P\" --x509cafile srv.pem \
         --sni-hostname localhost --verify-hostname localhost -p $PORT 127.0.0.1 </dev/null; seen",
        19,
        2,
        0,
    ),
    Line(
        "gnutls-cli, TLS 1.2",
        "auth",
        "server -tls1_2; gnutls-cli --provider $M --x509certfile \"pkcs11:$AUTH;type=cert\" \
         --x509keyfile \"pkcs11:$AUTH;type=private;pin-value=$P\" --x509cafile srv.pem \
         --sni-hostname localhost --verify-hostname localhost -p $PORT 127.0.0.1 </dev/null; seen",
        19,
        2,
        0,
    ),
    Line(
        "OpenSSL engine, pkeyutl",
        "auth",
        "openssl pkeyutl -sign -engine pkcs11 -keyform engine \
         -inkey \"pkcs11:$AUTH;type=private;pin-value=$P\" -in block -out s -pkeyopt digest:sha256 && \
         test $(stat -c %s s) = 256",
        19,
        2,
        0,
    ),
    Line(
        "OpenSSL engine, s_client, TLS 1.3",
        "auth",
        "server -tls1_3; openssl s_client -connect 127.0.0.1:$PORT -cert auth.pem -engine pkcs11 \
         -keyform engine -key \"pkcs11:$AUTH;type=private;pin-value=$P\" </dev/null; seen",
        19,
        2,
        0,
    ),
    Line(
        "OpenSSL engine, cms -sign, signature key",
        "sign",
        "openssl cms -sign -engine pkcs11 -keyform engine -signer sign.pem \
         -inkey \"pkcs11:$SIGN;type=private;pin-value=$W\" -in doc -binary -out m.p7 </dev/null && \
         openssl cms -verify -binary -in m.p7 -CAfile sign-ca.pem -purpose any -out back && cmp doc back",
        26,
        2,
        0,
    ),
    // `modutil` ends with an error at the second reader's empty slot, whatever the module.
    Line(
        "modutil -list",
        "auth",
        "modutil -dbdir $DB -list mynacard | grep 'Token Serial Number: ..'",
        10,
        0,
        0,
    ),
    Line(
        "certutil -L -h all",
        "auth",
        "certutil -L -d $DB -h all </dev/null",
        10,
        0,
        0,
    ),
    Line(
        "tstclnt, TLS 1.2",
        "auth",
        "server -tls1_2; tst tls1.2 $P; seen",
        19,
        2,
        0,
    ),
    Line(
        "tstclnt, TLS 1.3",
        "auth",
        "server -tls1_3; tst tls1.3 $P; seen",
        19,
        2,
        0,
    ),
    Line(
        "tstclnt -W, TLS 1.3",
        "auth",
        "server -tls1_3; printf '%s:%s\\n' \"${NICK%%:*}\" $P > pw; tst tls1.3 pw -W; seen",
        19,
        2,
        0,
    ),
    Line(
        "pdfsig 22.12, signature key",
        "sign",
        "pdfsig -nssdir $DB -nss-pwd $W -kpw $W -add-signature -nick \"$SIGN_NICK\" contract.pdf out.pdf && \
         pdfsig -nocert out.pdf | grep 'Signature is Valid'",
        31,
        3,
        0,
    ),
    Line(
        "pdfsig 25.03, signature key",
        "sign",
        "pdfsig -nssdir $DB -nss-pwd $W -kpw $W -add-signature -nick \"$SIGN_NICK\" contract.pdf out.pdf && \
         pdfsig -nocert out.pdf | grep 'Signature is Valid'",
        26,
        2,
        0,
    ),
    Line(
        "PyKCS11",
        "auth",
        "/usr/bin/python3 sign.py $M $P",
        19,
        2,
        0,
    ),
];

pub(crate) const JAVA: &[Line] = &[
    Line(
        "Java, keytool -list",
        "auth",
        "keytool -list -keystore NONE -storetype PKCS11 -addprovider SunPKCS11 -providerarg java.cfg \
         -storepass $P | grep PrivateKeyEntry",
        14,
        1,
        0,
    ),
    Line(
        "Java, SHA256withRSA",
        "auth",
        "java Sign.java java.cfg $P SHA256withRSA",
        19,
        2,
        0,
    ),
    Line(
        "Java, RSASSA-PSS",
        "auth",
        "java Sign.java java.cfg $P RSASSA-PSS",
        19,
        2,
        0,
    ),
    Line(
        "Java, TLS 1.3",
        "auth",
        "server -tls1_3; java Tls.java java.cfg $P $PORT; seen",
        19,
        2,
        0,
    ),
];

/// Needs LibreOffice and OpenSSL's provider: `make clients`.
pub(crate) const FURTHER: &[Line] = &[
    Line(
        "OpenSSL provider, storeutl",
        "auth",
        "provider_conf; OPENSSL_CONF=provider.cnf openssl storeutl -certs -noout -text \
         \"pkcs11:$AUTH;type=cert\" | grep Certificate",
        10,
        0,
        0,
    ),
    Line(
        "OpenSSL provider, pkeyutl",
        "auth",
        "provider_conf; OPENSSL_CONF=provider.cnf openssl pkeyutl -sign \
         -inkey \"pkcs11:$AUTH;type=private?pin-value=$P\" -in block -out s -pkeyopt digest:sha256 && \
         test $(stat -c %s s) = 256",
        19,
        2,
        0,
    ),
    Line(
        "OpenSSL provider, s_client, TLS 1.3",
        "auth",
        "provider_conf; server -tls1_3; OPENSSL_CONF=provider.cnf openssl s_client \
         -connect 127.0.0.1:$PORT -cert auth.pem -key \"pkcs11:$AUTH;type=private?pin-value=$P\" \
         </dev/null; seen",
        19,
        2,
        0,
    ),
    Line("LibreOffice, certificates", "sign", "office $W", 21, 1, 1),
];

/// Needs the browsers and a screen: `make browsers`.
pub(crate) const BROWSERS: &[Line] = &[
    Line(
        "Firefox ESR, TLS 1.3",
        "auth",
        ". ./browser.sh; browser firefox $P",
        19,
        2,
        1,
    ),
    Line(
        "Chromium, TLS 1.3",
        "auth",
        ". ./browser.sh; browser chromium $P",
        19,
        2,
        1,
    ),
];
