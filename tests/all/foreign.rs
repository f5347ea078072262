//! The wrappers around foreign programs find them and tell their answers apart.

use card_tests::foreign::{self, OPENSSL, PKCS11_TOOL, PKCS15_TOOL, SSH_KEYGEN, Tool};

#[test]
fn every_tool_is_installed() {
    OPENSSL.run(&["version"]).success().says("OpenSSL");
    SSH_KEYGEN.run(&["-?"]).failure().says("usage: ssh-keygen");
    PKCS15_TOOL.run(&["--help"]).says("pkcs15-tool");
    let module = foreign::opensc_module();
    PKCS11_TOOL.run(&["--module", &module.to_string_lossy(), "--show-info"]).says("OpenSC");
}

#[test]
fn input_goes_in_and_output_comes_out() {
    let ran = OPENSSL.run_with(&["dgst", "-sha256", "-binary"], b"abc").success();
    assert_eq!(ran.stdout[..4], [0xBA, 0x78, 0x16, 0xBF]);
}

#[test]
#[should_panic = "no-such-tool (Debian package no-such-package)"]
fn a_missing_tool_names_its_package() {
    Tool { program: "no-such-tool", package: "no-such-package" }.run(&[]);
}
