//! TLS clients, SSH, git and NSS on the module and on OpenSC's, unchanged, in one run.

use std::fs;
use std::path::Path;

use card_sim::persona::Persona;
use card_tests::foreign::opensc_module;
use card_tests::pcscd;

use super::{Cost, Desk, module, said};
use crate::real_pcscd::{hanako, open};

/// Writes what the lines below use: certificates, a server's own certificate, PIN, NSS databases.
pub(super) fn prepare(desk: &Desk, who: &Persona) {
    let auth = who.authentication.as_ref().unwrap();
    let signature = who.signature.as_ref().unwrap();
    for (name, der) in [
        ("ca", &auth.ca_certificate),
        ("sign-ca", &signature.ca_certificate),
        ("sign", &signature.certificate),
        ("auth", &auth.certificate),
    ] {
        fs::write(desk.path(&format!("{name}.der")), der).unwrap();
    }
    fs::write(desk.path("pin"), &who.authentication_pin.value).unwrap();
    fs::write(desk.path("password"), &who.signature_password.value).unwrap();
    fs::write(desk.path("doc"), b"a document").unwrap();
    fs::write(desk.path("block"), [7; 32]).unwrap();
    fs::write(desk.path("py"), PYTHON).unwrap();
    fs::write(desk.path("Sign.java"), JAVA).unwrap();
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/contract.pdf");
    fs::copy(contract, desk.path("contract.pdf")).unwrap();
    fs::write(desk.path("rig.sh"), RIG).unwrap();
    let line = format!(
        "for n in ca sign-ca sign auth; do openssl x509 -inform DER -in $n.der -out $n.pem; done
        openssl req -x509 -newkey rsa:2048 -nodes -keyout srv.key -out srv.pem -days 2 \
            -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
        ssh-keygen -D $M > authorized && chmod 600 authorized &&
        ssh-keygen -q -t ed25519 -N '' -f host &&
        for db in ours opensc; do
            mkdir $db && certutil -N -d sql:$db --empty-password &&
            certutil -A -d sql:$db -n srv -t CT,C,C -i srv.pem || exit 1
        done
        modutil -force -dbdir sql:ours -add mynacard -libfile $M &&
        modutil -force -dbdir sql:opensc -add mynacard -libfile {}",
        opensc_module().display()
    );
    let (output, _) = desk.run_with(&module(), "auth", &line);
    assert!(output.status.success(), "{}", said(&output));
}

/// Shell that the lines share: a TLS server that demands a certificate of the test CA, and an SSH
/// server that knows the card's key.
const RIG: &str = r#"
P=$(cat pin) W=$(cat password)
server() { # version
    rm -f log hold; mkfifo hold; exec 9<> hold
    for PORT in $(shuf -i 20000-50000 -n 20); do
        openssl s_server -accept 127.0.0.1:$PORT -cert srv.pem -key srv.key -Verify 2 \
            -verify_return_error -CAfile ca.pem $1 -naccept 1 > log 2>&1 <&9 & S=$!
        for i in $(seq 600); do
            grep -q ACCEPT log && return; kill -0 $S 2>/dev/null || break; sleep 0.05
        done
    done
}
# The server has taken the client's certificate. A client that did not even connect is replaced by
# a connection that ends at once, so that the server ends.
seen() {
    (exec 3<> /dev/tcp/127.0.0.1/$PORT) 2>/dev/null
    wait $S 2>/dev/null
    grep -q 'Client certificate' log && ! grep -q 'verify error' log || { cat log; false; }
}
sshd_up() {
    [ $(id -u) != 0 ] || mkdir -p /run/sshd
    cat > sshd.conf <<C
HostKey $PWD/host
AuthorizedKeysFile $PWD/authorized
StrictModes no
UsePAM no
PidFile none
C
    printf '#!/bin/sh\necho "$1" >> %s/prompts\ncat %s/pin\n' $PWD $PWD > ask; chmod +x ask
    export SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force DISPLAY=:none
    O="-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ProxyCommand=$PWD/proxy"
    printf '#!/bin/sh\nexec /usr/sbin/sshd -i -f %s/sshd.conf\n' $PWD > proxy; chmod +x proxy
}
agent() { eval $(ssh-agent -P "$M") >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; ssh-add -s $M; }
tst() { # version, PIN
    tstclnt -h 127.0.0.1 -a localhost -p $PORT -d $DB -n "$NICK" -V $1:$1 -w $2 -o -Q <&9
}
printf 'name = card\nlibrary = %s\nslotListIndex = 0\n' $M > java.cfg
TOOL="pkcs11-tool --module $M"
"#;

/// What a library for Python asks of a module.
const PYTHON: &str = r"
import sys, PyKCS11 as p
lib = p.PyKCS11Lib(); lib.load(sys.argv[1])
s = lib.openSession(lib.getSlotList(tokenPresent=True)[0])
s.login(sys.argv[2])
for o in s.findObjects(): o.to_dict()
key = s.findObjects([(p.CKA_CLASS, p.CKO_PRIVATE_KEY)])[0]
assert len(s.sign(key, b'a document', p.Mechanism(p.CKM_SHA256_RSA_PKCS))) == 256
s.logout(); s.closeSession()
";

/// What a line does, and to which bounds it is held: exchanges, VERIFYs, prompts.
struct Line(
    &'static str,
    &'static str,
    &'static str,
    usize,
    usize,
    usize,
);

/// First look 10 (`both` 11), login 4 (signature token 11), signature 5.
const LINES: &[Line] = &[
    Line("pkcs11-tool -L", "auth", "$TOOL -L", 10, 0, 0),
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
        "pdfsig, signature key",
        "sign",
        "pdfsig -nssdir $DB -nss-pwd $W -kpw $W -add-signature -nick \"$SIGN_NICK\" contract.pdf out.pdf && \
         pdfsig -nocert out.pdf | grep 'Signature is Valid'",
        31,
        3,
        0,
    ),
    Line("PyKCS11", "auth", "/usr/bin/python3 py $M $P", 19, 2, 0),
];

/// Needs a JDK: `make java`.
const JAVA_LINES: &[Line] = &[
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
];

/// Signs with the first key, not the first CA certificate, and lets Java's own provider check it.
const JAVA: &str = r#"
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
"#;

/// One line on one module, and how often the program asked for a PIN.
fn run(desk: &Desk, ours: bool, profile: &str, line: &str) -> (String, Cost, usize) {
    let names = if ours {
        "DB=sql:ours AUTH='id=%01' SIGN='id=%02' NICK='JPKI auth 4-digit PIN:JPKI authentication' \
         SIGN_NICK='JPKI sign 6-16 chars:JPKI signature'"
    } else {
        // Its engine and NSS programs find a token only by these.
        "DB=sql:opensc AUTH='token=JPKI%20(User%20Authentication%20PIN);id=%01' \
         SIGN='token=JPKI%20(Digital%20Signature%20PIN);id=%02' \
         NICK='JPKI (User Authentication PIN):User Authentication Certificate' \
         SIGN_NICK='JPKI (Digital Signature PIN):Digital Signature Certificate'"
    };
    let module = if ours {
        module()
    } else {
        opensc_module().to_str().unwrap().to_owned()
    };
    desk.clean();
    let line = format!("{names}; export PKCS11_MODULE_PATH=$M; . ./rig.sh; {line}");
    let (output, cost) = desk.run_with(&module, profile, &line);
    let said = said(&output);
    let asked = fs::read_to_string(desk.path("prompts")).unwrap_or_default();
    let prompts = asked.lines().count() + said.matches("Enter Password or Pin").count();
    (said, cost, prompts)
}

/// The table of `docs/pkcs11.md`: our figures are exact, OpenSC's are those of its version.
#[test]
fn programs_use_the_card_unchanged_within_their_bounds() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let desk = Desk::new(service, &who);
        let _bystander = open(desk.card.reader()).unwrap();
        prepare(&desk, &who);
        let only = std::env::var("PKCS11_ONLY").unwrap_or_default();
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pkcs11.md");
        let text = fs::read_to_string(&docs).unwrap();
        let (mut table, mut wrong) = (String::new(), String::new());
        let java = std::env::var_os("WITH_JAVA").map_or(&[][..], |_| JAVA_LINES);
        for Line(name, profile, line, exchanges, verifies, prompts) in LINES.iter().chain(java) {
            if !name.contains(&only) {
                continue;
            }
            let (said, cost, asked) = run(&desk, true, profile, line);
            let expected = Cost {
                works: true,
                exchanges: *exchanges,
                verifies: *verifies,
                unlocked: false,
            };
            if cost != expected || asked != *prompts {
                wrong += &format!("{name}: {cost:?}, {asked} prompts\n{said}\n");
            }
            assert_eq!(desk.card.attempts(), (Some(3), Some(5)), "{name}");
            let ours = format!("| {name} | {exchanges} | {verifies} | {prompts} |");
            if !text.contains(&ours) && std::env::var_os("MYNACARD_BLESS").is_none() {
                wrong += &format!("docs/pkcs11.md lacks: {ours}\n");
            }
            let (_, cost, asked) = run(&desk, false, profile, line);
            let yes = |is: bool| if is { "yes" } else { "no" };
            table += &format!(
                "{ours} {} | {} | {} | {asked} | {} |\n",
                yes(cost.works),
                cost.exchanges,
                cost.verifies,
                yes(cost.unlocked),
            );
            // What it has spent or left open is not the next line's.
            desk.card.reissue(&who);
        }
        println!("{table}");
        assert!(wrong.is_empty(), "{table}\n{wrong}");
        if std::env::var_os("MYNACARD_BLESS").is_some() && only.is_empty() {
            let (before, rest) = text.split_once(BEGIN).expect(BEGIN);
            let (_, behind) = rest.split_once(END).expect(END);
            fs::write(docs, format!("{before}{BEGIN}{HEAD}{table}{END}{behind}")).unwrap();
        }
    });
}

const BEGIN: &str = "<!-- clients -->\n";
const END: &str = "<!-- end of clients -->";
const HEAD: &str = "
| program | exchanges | VERIFYs | prompts | OpenSC: works | exchanges | VERIFYs | prompts | left open |
|---|---|---|---|---|---|---|---|---|
";

/// Lines with a login, one for each program, and the value that they are given.
const LOGINS: &[&str] = &[
    "pkcs11-tool, sign",
    "pkcs11-tool, signature key",
    "ssh",
    "ssh-agent, two logins",
    "gnutls-cli, TLS 1.3",
    "OpenSSL engine, pkeyutl",
    "OpenSSL engine, cms -sign, signature key",
    "tstclnt, TLS 1.2",
    "tstclnt, TLS 1.3",
    "pdfsig, signature key",
    "PyKCS11",
];

#[test]
fn a_wrong_value_costs_one_attempt_in_every_program_and_never_the_last() {
    pcscd::alone(1, |service| {
        let who = hanako();
        let desk = Desk::new(service, &who);
        let _bystander = open(desk.card.reader()).unwrap();
        prepare(&desk, &who);
        let (pin, password) = (&who.authentication_pin.value, &who.signature_password.value);
        let mut last = who.clone();
        last.authentication_pin.left = 1;
        last.signature_password.left = 1;
        let mut wrong = String::new();
        for Line(name, profile, line, ..) in LINES {
            if !LOGINS.contains(name) {
                continue;
            }
            let signature = name.contains("signature key");
            let other = if signature { pin } else { password };
            let (right, never) = if signature {
                (password, "NEVER123")
            } else {
                (pin, "9999")
            };
            for (case, value, card, verifies) in [
                ("wrong", never, &who, 1),
                ("of the other token", other, &who, 0),
                ("wrong, last attempt", never, &last, 0),
                ("right, last attempt", right, &last, 0),
            ] {
                desk.card.reissue(card);
                fs::write(desk.path("pin"), value).unwrap();
                fs::write(desk.path("password"), value).unwrap();
                let before = desk.card.attempts();
                let (said, cost, _) = run(&desk, true, profile, line);
                let after = desk.card.attempts();
                let left = |(a, s): (Option<u8>, Option<u8>)| a.unwrap() + s.unwrap();
                let spent = usize::from(left(before) - left(after));
                if (cost.works, cost.verifies, spent, cost.unlocked)
                    != (false, verifies, verifies, false)
                {
                    wrong += &format!("{name}: {case}: {cost:?}, {spent} spent\n{said}\n");
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    });
}
