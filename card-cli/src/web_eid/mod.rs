//! `web-eid`: the native messaging host behind the public Web eID browser extension.
//!
//! The browser starts it; it says its version, takes one request, answers, and ends. There is no
//! terminal: PIN and consent go through pinentry. Nothing is kept from one request to the next.
//!
//! Source: Web eID native application protocol; what the extension was seen to check.

mod extensions;
mod install;

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::KeyAlgorithm;
use card_core::login::{Nonce, Origin};
use card_core::{Certificate, Digest, Error, HashAlgorithm, Spend};
use clap::Subcommand;
use rustix::process::{Signal, getpgrp, getpid, kill_current_process_group, kill_process, setpgid};
use serde::Deserialize;
use serde_json::{Value, json};

use self::extensions::{CHROME, FIREFOX};
use crate::args::{Global, PinSource};
use crate::connect::Connection;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::jobs::{certificate, login, sign_digest};
use crate::output::printable;
use crate::program::Program;
use crate::prompt;
use crate::strict_json;
use crate::texts::{Language, program_texts, serve_texts};
use crate::ui::program::ProgramUi;

/// What the browser adds, or what to do about browsers.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[arg(value_name = "CALLER")]
    caller: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    Install(install::Install),
    Uninstall(install::Choice),
}

pub(crate) fn run(program: &Program, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        Some(Action::Install(choice)) => install::install(program, choice),
        Some(Action::Uninstall(choice)) => install::uninstall(program, choice),
        None => host(program, &arguments.caller),
    }
}

/// The protocol's version, not ours: the extension wants the first number to be its own at least.
const VERSION: &str = "2.0.0";

fn host(program: &Program, caller: &[String]) -> Result<(), Failure> {
    let known = |caller: &String| caller == FIREFOX || CHROME.contains(&caller.as_str());
    if !caller.is_empty() && !caller.iter().any(known) {
        return Err(fatal("this extension may not ask"));
    }
    write(&json!({ "version": VERSION }))?;
    let request = match Request::read(&mut io::stdin())? {
        // The extension's question for the version: it waits for this answer.
        Some(request) if request.command == "quit" => return write(&json!({})),
        Some(request) => request,
        None => return Ok(()),
    };
    // A dialog that waits for a person does not notice that we are gone, so it is told with us:
    // both are a process group of their own, without the browser.
    let _ = setpgid(None, None);
    // The end of its input is the browser's way of hanging up. If no PIN was presented the program
    // ends at once; else the security status is reset first, as for a signal.
    let answered = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&answered);
    thread::spawn(move || {
        let mut rest = [0; 256];
        while io::stdin().read(&mut rest).is_ok_and(|read| read > 0) {}
        // The extension hangs up as soon as it has its answer.
        if !done.load(Ordering::SeqCst) {
            let _ = match getpgrp() == getpid() {
                true => kill_current_process_group(Signal::TERM),
                false => kill_process(getpid(), Signal::TERM),
            };
        }
    });
    let answer = Command::of(&request).and_then(|command| {
        let language = match command.lang() {
            Some(lang) if lang.starts_with("ja") => Language::Japanese,
            Some(_) => Language::English,
            None => program.texts.language(),
        };
        let program = Program {
            global: Global {
                pin: program.global.pin.clone().or(Some(PinSource::Pinentry)),
                json: false,
                ..program.global.clone()
            },
            // Who reads them sees dialogs and no command line.
            texts: serve_texts(language),
            signals: program.signals.clone(),
        };
        command.obey(&program)
    });
    answered.store(true, Ordering::SeqCst);
    match answer {
        Ok(answer) => write(&answer),
        // The dialog ended with us, and that was seen first.
        Err(_) if program.signals.interrupted() => Err(Failure::from(Error::Cancelled).reported()),
        Err(failure) => {
            let (code, message) = match failure.code() {
                "web-eid.argument" => (
                    "NATIVE_INVALID_ARGUMENT",
                    failure.texts(&program_texts(Language::English)).0,
                ),
                "web-eid.request" | "pin.source" => (
                    "NATIVE_FATAL",
                    failure.texts(&program_texts(Language::English)).0,
                ),
                // Trouble with a card was shown to whoever sits here. The page learns nothing.
                _ => ("USER_CANCELLED", "the user did not finish".to_owned()),
            };
            let code = format!("ERR_WEBEID_{code}");
            write(&json!({ "error": { "code": code, "message": message } }))?;
            Err(failure.reported())
        }
    }
}

fn fatal(problem: &'static str) -> Failure {
    ProgramError::WebEidRequest(problem).into()
}

/// The browser asks for something that it cannot ask for in this way.
fn invalid(problem: &'static str) -> Failure {
    ProgramError::WebEidArgument(problem).into()
}

fn write(message: &Value) -> Result<(), Failure> {
    let text = message.to_string();
    // Far below the megabyte that browsers take.
    let length = u32::try_from(text.len()).unwrap_or_default();
    let frame = [&length.to_ne_bytes(), text.as_bytes()].concat();
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(&frame)
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::file(ProgramError::OutputUnwritable, "stdout".as_ref(), &error))
}

/// A request as it comes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    command: String,
    #[serde(default)]
    arguments: Value,
}

impl Request {
    /// Reads one; `None` if the browser hung up instead.
    fn read(from: &mut impl Read) -> Result<Option<Self>, Failure> {
        let mut length = [0; 4];
        if from.read_exact(&mut length).is_err() {
            return Ok(None);
        }
        let answered = |problem| {
            let error = json!({ "code": "ERR_WEBEID_NATIVE_FATAL", "message": problem });
            // Whether or not somebody still reads it.
            let _ = write(&json!({ "error": error }));
            fatal(problem)
        };
        let length = u32::from_ne_bytes(length) as usize;
        if !(5..=8192).contains(&length) {
            return Err(answered("a request has 5 to 8192 bytes"));
        }
        let mut text = vec![0; length];
        from.read_exact(&mut text)
            .map_err(|_| answered("half a request"))?;
        strict_json::parse(&text)
            .and_then(|request| serde_json::from_value(request).ok())
            .map(Some)
            .ok_or_else(|| answered("no request"))
    }
}

/// What can be asked. Each set of arguments is exact: one that is missing, unknown or there twice
/// refuses the request.
enum Command {
    Authenticate(Authenticate),
    Certificate(GetSigningCertificate),
    Sign(Sign),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Authenticate {
    challenge_nonce: String,
    origin: String,
    lang: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetSigningCertificate {
    origin: String,
    lang: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Sign {
    hash: String,
    hash_function: String,
    certificate: String,
    origin: String,
    lang: Option<String>,
}

impl Command {
    fn of(request: &Request) -> Result<Self, Failure> {
        let arguments = &request.arguments;
        let command = match request.command.as_str() {
            "authenticate" => Authenticate::deserialize(arguments).map(Self::Authenticate),
            "get-signing-certificate" => {
                GetSigningCertificate::deserialize(arguments).map(Self::Certificate)
            }
            "sign" => Sign::deserialize(arguments).map(Self::Sign),
            _ => return Err(invalid("no such command")),
        };
        command.map_err(|_| invalid("other arguments than this command has"))
    }

    fn lang(&self) -> Option<&str> {
        match self {
            Self::Authenticate(Authenticate { lang, .. })
            | Self::Certificate(GetSigningCertificate { lang, .. })
            | Self::Sign(Sign { lang, .. }) => lang.as_deref(),
        }
    }

    fn origin(&self) -> &str {
        match self {
            Self::Authenticate(Authenticate { origin, .. })
            | Self::Certificate(GetSigningCertificate { origin, .. })
            | Self::Sign(Sign { origin, .. }) => origin,
        }
    }

    fn obey(&self, program: &Program) -> Result<Value, Failure> {
        let origin = Origin::parse(self.origin())
            .map_err(|_| invalid("the origin is none of a site with https"))?;
        let job = self.prepare(program, &origin)?;
        for _ in 0..MOST_ROUNDS {
            let failure = match job(program) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let (message, advice) = failure.texts_without_commands(&program.texts);
            let text = format!("{message}\n{advice}");
            match failure.status() {
                // No reader, no card, a card that left: a person can do something about it. A PIN
                // that was refused is never asked for again without a new visit.
                10 | 12 | 13 => {
                    if !prompt::confirms(&text, &program.texts.say("web-eid-again"))? {
                        return Err(Error::Cancelled.into());
                    }
                }
                _ if matches!(
                    failure.code(),
                    "web-eid.argument" | "web-eid.request" | "pin.source"
                ) =>
                {
                    return Err(failure);
                }
                50 => return Err(failure),
                _ => {
                    prompt::shows(&text);
                    return Err(failure);
                }
            }
        }
        Err(Error::Cancelled.into())
    }

    /// Reads every argument, and asks for the consent, before a card is asked anything.
    fn prepare<'c>(
        &'c self,
        program: &Program,
        origin: &'c Origin,
    ) -> Result<Prepared<'c>, Failure> {
        let site = [("origin", origin.as_str().into())];
        let consents = |id: &str| {
            let question = program.texts.with(id, site.clone());
            match prompt::confirms(&question, &program.texts.say("web-eid-agree"))? {
                true => Ok(()),
                false => Err(Failure::from(Error::Cancelled)),
            }
        };
        match self {
            Self::Authenticate(arguments) => {
                let nonce = Nonce::parse(&arguments.challenge_nonce)
                    .map_err(|_| invalid("the nonce is not 44 to 128 characters of Base64"))?;
                let request = login::Request {
                    origin: origin.clone(),
                    nonce,
                };
                Ok(Box::new(move |program| authenticate(program, &request)))
            }
            Self::Certificate(_) => {
                consents("web-eid-disclose")?;
                Ok(Box::new(move |program| {
                    signing_certificate(program, origin)
                }))
            }
            Self::Sign(arguments) => {
                let decode = |text: &str| BASE64_STANDARD.decode(text);
                let certificate = decode(&arguments.certificate)
                    .map_err(|_| invalid("the certificate is not Base64"))?;
                let algorithm = [
                    HashAlgorithm::Sha256,
                    HashAlgorithm::Sha384,
                    HashAlgorithm::Sha512,
                ]
                .into_iter()
                .find(|algorithm| algorithm.name() == arguments.hash_function)
                .ok_or_else(|| invalid("another hash function than SHA-256, -384 or -512"))?;
                let digest = decode(&arguments.hash).ok();
                let digest = digest
                    .and_then(|bytes| Digest::from_bytes(algorithm, &bytes).ok())
                    .ok_or_else(|| invalid("the hash has not the length of its function"))?;
                consents("web-eid-sign")?;
                Ok(Box::new(move |program| {
                    sign(program, origin, &digest, &certificate)
                }))
            }
        }
    }
}

/// What can be done without asking anything more than the PIN.
type Prepared<'c> = Box<dyn Fn(&Program) -> Result<Value, Failure> + 'c>;

/// How often a person may put a card back.
const MOST_ROUNDS: usize = 5;

/// The dialog, which names the site before it asks.
fn ui<'p>(program: &'p Program, id: &str, origin: &Origin) -> ProgramUi<'p> {
    let site = printable(origin.as_str());
    let about = program.texts.with(id, [("origin", site.as_str().into())]) + "\n";
    ProgramUi::about(program, about)
}

fn authenticate(program: &Program, request: &login::Request) -> Result<Value, Failure> {
    let mut connection = Connection::open(program)?;
    let ui = &mut ui(program, "web-eid-login", &request.origin);
    let answer = login::run(&mut connection, ui, request, Spend::KeepOne)?;
    // Our own text, so it can be read.
    Ok(serde_json::from_str(&answer.token.to_json()).unwrap_or_default())
}

fn signing_certificate(program: &Program, origin: &Origin) -> Result<Value, Failure> {
    let mut connection = Connection::open(program)?;
    let ui = &mut ui(program, "web-eid-read", origin);
    let which = certificate::Which::Signature;
    let certificate = certificate::read(which, &mut connection, ui, Spend::KeepOne)?;
    let all: Vec<Value> = [
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    ]
    .into_iter()
    .filter_map(|hash| algorithm(&certificate, hash))
    .collect();
    Ok(json!({
        "certificate": BASE64_STANDARD.encode(certificate.to_der()),
        "supportedSignatureAlgorithms": all,
    }))
}

fn sign(
    program: &Program,
    origin: &Origin,
    digest: &Digest,
    expected: &[u8],
) -> Result<Value, Failure> {
    let mut connection = Connection::open(program)?;
    let ui = &mut ui(program, "web-eid-signing", origin);
    let algorithm = |certificate: &Certificate| algorithm(certificate, digest.algorithm());
    let fits = |certificate: &Certificate| {
        algorithm(certificate).is_some() && certificate.to_der() == expected
    };
    let signed = sign_digest::run(&mut connection, ui, digest, fits, Spend::KeepOne)?;
    let (signature, certificate) =
        signed.ok_or_else(|| fatal("the card has another certificate or kind of key"))?;
    Ok(json!({
        "signature": BASE64_STANDARD.encode(signature.as_bytes()),
        "signatureAlgorithm": algorithm(&certificate),
    }))
}

/// How the key of a certificate signs such a hash, in the words of Web eID.
fn algorithm(certificate: &Certificate, hash: HashAlgorithm) -> Option<Value> {
    let (kind, padding) = match (certificate.key_algorithm(), hash) {
        (KeyAlgorithm::Rsa { .. }, _) => ("RSA", "PKCS1.5"),
        (KeyAlgorithm::EcP256, HashAlgorithm::Sha256)
        | (KeyAlgorithm::EcP384, HashAlgorithm::Sha384) => ("ECC", "NONE"),
        _ => return None,
    };
    Some(json!({
        "cryptoAlgorithm": kind,
        "hashFunction": hash.name(),
        "paddingScheme": padding,
    }))
}
