//! A client of the card that shares no code with ours: the crate `myna-card` over PC/SC.
//!
//! ```text
//! foreign-myna-card READER token                        label, serial number
//! foreign-myna-card READER counters                     attempts left: authentication, signature
//! foreign-myna-card READER certificate auth|auth-ca|sign-ca             DER
//! foreign-myna-card READER certificate sign PASSWORD                    DER
//! foreign-myna-card READER sign auth|sign PIN SCHEME    signs standard input; the bare signature
//! foreign-myna-card READER attributes PIN               name, address, birth date, sex
//! foreign-myna-card READER number PIN                   the My Number
//! ```
//!
//! SCHEME is `verbatim` (PKCS #1 over the input), `digest` (over a SHA-256 digest), `message`
//! (the card hashes), `pss` (over a SHA-256 digest). Secrets are arguments because every resident
//! here is made up. A refusal is one line on standard error and exit code 1.

use std::error::Error;
use std::io::{Read, Write};
use std::process::ExitCode;

use myna_card::ap::jpki::{JpkiAp, SignatureScheme};
use myna_card::ap::text::TextAp;
use myna_card::transport::pcsc::{self, Sharing};
use myna_card::{Pin, Retries};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(output) => match std::io::stdout().write_all(&output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let [reader, command @ ..] = arguments else {
        return Err("no reader".into());
    };
    let mut card = pcsc::connect(reader, Sharing::Shared)?;
    if let ["attributes" | "number", pin] = command {
        let mut profile = TextAp::select(&mut card)?;
        profile.verify_pin(&Pin::numeric(pin)?)?;
        return Ok(if command[0] == "number" {
            format!("{}\n", profile.read_my_number()?.as_str())
        } else {
            let person = profile.read_attributes()?;
            let (name, address) = (person.name, person.address);
            format!(
                "{name}\n{address}\n{}\n{:?}\n",
                person.birth_date, person.sex
            )
        }
        .into_bytes());
    }

    let mut jpki = JpkiAp::select(&mut card)?;
    Ok(match command {
        ["token"] => {
            let token = jpki.read_token_info()?;
            format!("{}\n{}\n", token.token_type.name(), token.serial_number).into_bytes()
        }
        ["counters"] => {
            let (auth, sign) = (jpki.auth_pin_retries()?, jpki.sign_pin_retries()?);
            format!("{}\n{}\n", attempts(auth), attempts(sign)).into_bytes()
        }
        ["certificate", "auth"] => jpki.read_auth_certificate_der()?,
        ["certificate", "auth-ca"] => jpki.read_auth_ca_certificate_der()?,
        ["certificate", "sign-ca"] => jpki.read_sign_ca_certificate_der()?,
        ["certificate", "sign", password] => {
            jpki.verify_sign_pin(&Pin::new(password)?)?;
            jpki.read_sign_certificate_der()?
        }
        ["sign", key @ ("auth" | "sign"), pin, scheme] => {
            let scheme = match *scheme {
                "verbatim" => SignatureScheme::Verbatim,
                "digest" => SignatureScheme::PreHashedDigestInfo,
                "message" => SignatureScheme::Sha256DigestInfo,
                "pss" => SignatureScheme::PreHashedPss,
                _ => return Err("unknown scheme".into()),
            };
            let mut input = Vec::new();
            std::io::stdin().read_to_end(&mut input)?;
            if *key == "auth" {
                jpki.verify_auth_pin(&Pin::numeric(pin)?)?;
                jpki.sign_with_auth_key(scheme, &input)?
            } else {
                jpki.verify_sign_pin(&Pin::new(pin)?)?;
                jpki.sign_with_sign_key(scheme, &input)?
            }
        }
        _ => return Err("unknown command: the head of this program's source lists them".into()),
    })
}

fn attempts(left: Retries) -> String {
    match left {
        Retries::Remaining(n) => n.to_string(),
        Retries::Blocked => "blocked".into(),
        Retries::Unlimited => "unlimited".into(),
        Retries::NotReported => "not reported".into(),
    }
}
