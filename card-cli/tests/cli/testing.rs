//! The clients of `docs/guide/testing.md`, each as the page has it, under `sim run`.

use crate::World;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/testing");

/// Runs a client on a new card of Hanako; it reads, asks, presents and signs, OpenSSL verifies, and
/// the card has forgotten.
fn client(line: &str) {
    let world = World::new();
    world.write("document", "a document of a made-up resident");
    let bin = world.path("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(crate::PROGRAM, bin.join("mynacard")).unwrap();
    let line = format!(
        "set -e; export PATH=$PWD/bin:$PATH; cp {FOLDER}/* .; {line}; \
        openssl x509 -inform DER -in certificate.der -noout -pubkey >key.pem; \
        openssl dgst -sha256 -verify key.pem -signature signature document; \
        $M sim ctl cards"
    );
    let run = world.on_cards("hanako", &line).done();
    let text = run.text();
    assert!(text.contains("Verified OK"), "{text}");
    assert!(text.contains("authentication 3"), "{text}");
    assert!(
        !text.contains("verified,") && !text.contains("a PIN is verified"),
        "{text}"
    );
}

#[test]
fn python() {
    client("/usr/bin/python3 client.py | grep '3 attempts left'");
}

#[test]
fn c() {
    client(
        "gcc -Wall -Wextra -Werror $(pkg-config --cflags libpcsclite) client.c -o client -lpcsclite; \
        ./client $(sha256sum document | cut -c1-64) | grep '3 attempts left'",
    );
}

#[test]
fn opensc() {
    client("for module in /usr/lib/*/opensc-pkcs11.so; do :; done; MODULE=$module sh opensc.sh");
}

#[test]
fn mynacard() {
    client("sh mynacard.sh");
}

#[test]
fn java() {
    client(
        "java -Dsun.security.smartcardio.library=$LIBPCSCLITE_DELEGATE Client.java \
        | grep '3 attempts left'",
    );
}

/// A package of npm in the folder that `PCSCLITE` names: `make clients`.
#[test]
#[ignore = "make clients"]
fn node() {
    let modules = std::env::var("PCSCLITE").expect("make clients sets it");
    client(&format!(
        "ln -s {modules}/node_modules; node client.mjs | grep '3 attempts left'"
    ));
}
