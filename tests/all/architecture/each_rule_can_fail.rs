//! Bad examples, one per rule, and good ones that must pass.

use super::*;

/// Complaints about a file of `card-core` whose root shows `Error` and `Jpki` again.
fn core(file: &str, source: &str) -> Vec<String> {
    let lib = "pub use applet::jpki::{Jpki, SignatureKey};\npub use error::Error;";
    layers(&format!("card-core/src/{file}"), &code(source), lib)
}

#[track_caller]
fn complains(complaints: Vec<String>, about: &str) {
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].contains(about),
        "{complaints:?} is not about {about}"
    );
}

#[test]
fn a_lower_layer_names_an_upper_one() {
    complains(
        core("iso/tlv.rs", "use crate::card::Card;"),
        "`crate::card::Card`",
    );
    complains(
        core("channel.rs", "let a = crate::applet::Application::Jpki;"),
        "above",
    );
    complains(
        core("pin/mod.rs", "use crate::{iso::Aid, channel::{Channel}};"),
        "above",
    );
    complains(core("iso/mod.rs", "use crate::Jpki;"), "above");
    complains(core("iso/mod.rs", "use super::login;"), "above");
    complains(
        core("iso/new.rs", "use crate::helpers::x;"),
        "not in the drawing",
    );
    complains(
        core("helpers.rs", "use crate::iso::Aid;"),
        "this file is not",
    );
}

#[test]
fn an_application_names_another() {
    for path in [
        "super::profile::Profile",
        "crate::applet::profile",
        "crate::applet::{profile}",
    ] {
        complains(
            core("applet/jpki/mod.rs", &format!("use {path};")),
            "each other",
        );
    }
    complains(
        core("applet/jpki/key.rs", "use super::super::common::Common;"),
        "each other",
    );
}

#[test]
fn what_is_drawn_passes() {
    let good = "use crate::iso::{Aid, status::{PinVerdict as V}};\nuse crate::error::Error;\n\
                use super::Application;\nuse super::jpki::key;\nuse crate::Error;\n\
                // use crate::login::x;\nlet a = crate::pin::Spend::KeepOne;\n\
                \n#[cfg(test)]\nmod tests {\n    use crate::login::x;\n}";
    assert_eq!(core("applet/jpki/mod.rs", good), [""; 0]);
    assert_eq!(core("card.rs", "use crate::applet::jpki::Jpki;"), [""; 0]);
    assert_eq!(
        core("error.rs", "use crate::transport::TransportError;"),
        [""; 0]
    );
}

#[test]
fn a_word_in_the_wrong_file() {
    for (file, code, about) in [
        (
            "card-core/src/readers.rs",
            "pcsc::Context::establish()",
            "pcsc::",
        ),
        ("card-cli/src/doctor.rs", "use ::pcsc::Context;", "pcsc::"),
        ("card-sim/src/os/pin.rs", "use card_core::iso;", "card_core"),
        ("card-core/src/card.rs", "command.to_wire()", "to_wire"),
        (
            "card-core/src/record.rs",
            "Command::verify(reference, value)",
            "Command::verify",
        ),
        ("card-sim/src/lib.rs", "eprintln!(\"x\")", "eprintln!"),
        ("card-core/src/lib.rs", "std::dbg!(x)", "dbg!"),
        (
            "card-core/src/login/mod.rs",
            "use std::net::IpAddr;",
            "std::net",
        ),
        (
            "card-cli/src/serve.rs",
            "UnixListener::bind(path)",
            "UnixListener",
        ),
        ("card-core/src/card.rs", "x: std::rc::Rc<u8>", "Rc<"),
        ("card-core/src/card.rs", "x: Arc<Mutex<u8>>", "Arc<Mutex"),
    ] {
        complains(words(file, code), about);
    }
    for (file, code) in [
        (
            "card-core/src/transport/pcsc.rs",
            "pcsc::Context::establish()",
        ),
        (
            "card-core/src/readers.rs",
            "use crate::transport::pcsc::Service;",
        ),
        (
            "card-sim/src/front/in_process.rs",
            "use card_core::transport;",
        ),
        (
            "card-sim/src/front/vpcd.rs",
            "std::net::TcpStream::connect(x)",
        ),
        ("card-cli/src/main.rs", "println!()"),
        (
            "card-core/src/card.rs",
            "Arc<AtomicBool>, MyRc<u8>, xprint!()",
        ),
    ] {
        assert_eq!(words(file, code), [""; 0]);
    }
}

#[test]
fn a_manifest_names_an_upper_crate_or_drops_the_lints() {
    let manifest = |dependency| {
        format!("[dependencies]\n{dependency}.workspace = true\n\n[lints]\nworkspace = true\n")
    };
    complains(
        depends("card-core", &manifest("card-sim")),
        "depend on card-sim",
    );
    complains(depends("card-new", &manifest("sha2")), "not in the drawing");
    complains(
        depends("card-core", "[dependencies]\nsha2 = \"1\"\n"),
        "lints",
    );
    assert_eq!(
        depends(
            "card-sign",
            &format!("[package]\n{}", manifest("card-core"))
        ),
        [""; 0]
    );
}

#[test]
fn an_error_code_without_text() {
    let ja = "err-pin-wrong = 暗証番号が違います\nrec-pin-wrong = もう一度\n";
    let en = "err-pin-wrong = wrong PIN\nrec-pin-wrong-x = again\n";
    let languages = [("ja", ja), ("en", en)];
    let page = "| `pin.wrong` | … |";
    complains(
        untold(&["pin.wrong"], &languages, page),
        "en: no rec-pin-wrong",
    );
    complains(
        untold(&["pin.wrong"], &languages[..1], "pin.wrong"),
        "docs/errors.md",
    );
    assert_eq!(untold(&["pin.wrong"], &languages[..1], page), [""; 0]);
}

#[test]
fn a_job_names_a_front() {
    let of = |file: &str, source: &str| front(&format!("card-cli/src/{file}"), source);
    complains(of("jobs/login.rs", "use serde_json;"), "serde_json");
    complains(of("jobs/pin.rs", "fn f(c: &mut Connection) {}"), "front");
    assert_eq!(of("commands/login.rs", "use serde_json;"), [""; 0]);
    assert_eq!(of("jobs/login.rs", "use crate::ui::Ui;"), [""; 0]);
}
