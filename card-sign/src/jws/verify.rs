//! Checking tokens.

use std::io::{self, Read, Write};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::{Digest, Hasher};
use card_core::signature::Signature;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::json;
use super::rules::{self, reason};
use super::stream::{self, Decoder, End, Token};
use crate::policy::Policy;
use crate::report::{Finding, Format, Reason, Report, Rule, SignatureReport, Verdict};

/// What a token has to be, besides signed.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The algorithms that are allowed.
    pub algorithms: &'a [Algorithm],
    /// The `typ` of this use, if it has one.
    pub typ: Option<&'a str>,
    /// The claims, if the payload is a claims set (JWT).
    pub claims: Option<Claims<'a>>,
    /// How long the token may be; headers and URLs have no room for more than 16 kB.
    pub size: usize,
}

impl Default for Expected<'_> {
    fn default() -> Self {
        Expected {
            algorithms: &Algorithm::ALL,
            typ: None,
            claims: None,
            size: 16 * 1024,
        }
    }
}

/// What the claims of a token have to be.
///
/// `exp` has to be there and ahead, `nbf` and `iat` not ahead; clocks may differ by a minute.
#[derive(Clone, Copy)]
pub struct Claims<'a> {
    /// Who is meant; has to be there.
    pub audience: &'a str,
    /// Who issued it, if that matters.
    pub issuer: Option<&'a str>,
    /// The nonce that was given out, if one was.
    pub nonce: Option<&'a str>,
    /// Remembers a token's number (`jti`) and tells whether it is new, if tokens count once.
    pub fresh: Option<&'a dyn Fn(&str) -> bool>,
}

/// How far clocks may differ, in seconds.
const SKEW: i64 = 60;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Checks a token that carries its payload.
///
/// The payload comes with the report only if the report is accepted.
pub fn verify_compact(
    token: &[u8],
    expected: &Expected<'_>,
    policy: &Policy<'_>,
) -> (Report, Option<Vec<u8>>) {
    let mut check = Check::new(expected, policy);
    let mut payload = Vec::new();
    // Memory is read and written without an error.
    let unread = |_| Err(Finding::fail(rules::ENCODING, reason::BASE64));
    let header = check.attached(&mut &token[..], Some(&mut payload));
    match header.unwrap_or_else(unread) {
        Ok(header) => check.claims(&header, &payload),
        Err(broken) => check.findings.push(broken),
    }
    let report = check.report();
    let payload = report.is_accepted().then_some(payload);
    (report, payload)
}

/// Checks a token that carries its payload, in constant memory unless claims are expected.
///
/// The payload goes to `out` as it passes, before anything is known about it: a caller that keeps
/// it must throw it away unless the report is accepted.
///
/// # Errors
///
/// Those of the reader and of `out`. Everything that is wrong with the token is in the report.
pub fn verify_attached(
    token: &mut dyn Read,
    out: Option<&mut dyn Write>,
    expected: &Expected<'_>,
    policy: &Policy<'_>,
) -> io::Result<Report> {
    if expected.claims.is_some() {
        let mut whole = Vec::new();
        let most = expected.size.saturating_add(AROUND_TOKEN) as u64;
        token.take(most + 1).read_to_end(&mut whole)?;
        let (report, payload) = verify_compact(&whole, expected, policy);
        if let (Some(out), Some(payload)) = (out, payload) {
            out.write_all(&payload)?;
        }
        return Ok(report);
    }
    let mut check = Check::new(expected, policy);
    match check.attached(token, out)? {
        Ok(header) => check.typ(&header),
        Err(broken) => check.findings.push(broken),
    }
    Ok(check.report())
}

/// Checks a token whose payload stands elsewhere, in constant memory.
///
/// Understands both forms: the payload as it is (`b64: false`), and in Base64url (RFC 7515,
/// appendix F).
///
/// # Errors
///
/// Those of the reader.
pub fn verify_detached(
    token: &[u8],
    payload: &mut dyn Read,
    expected: &Expected<'_>,
    policy: &Policy<'_>,
) -> io::Result<Report> {
    let mut check = Check::new(expected, policy);
    match check.detached(token, payload)? {
        Ok(()) => {}
        Err(broken) => check.findings.push(broken),
    }
    Ok(check.report())
}

/// A check on its way. What breaks it early is returned as the last finding.
struct Check<'a> {
    expected: &'a Expected<'a>,
    policy: &'a Policy<'a>,
    findings: Vec<Finding>,
    signature: SignatureReport,
}

/// A token taken apart.
struct Parts {
    header_text: Vec<u8>,
    header: Map<String, Value>,
    has_payload: bool,
    /// Of header, dot and payload, if the header names an algorithm that is allowed.
    digest: Option<Digest>,
    signature: Vec<u8>,
}

/// The algorithm and the key that the header names, each only if it was believed.
struct Named {
    algorithm: Algorithm,
    certificate: Certificate,
}

impl<'a> Check<'a> {
    fn new(expected: &'a Expected<'a>, policy: &'a Policy<'a>) -> Check<'a> {
        Check {
            expected,
            policy,
            findings: Vec::new(),
            signature: SignatureReport::default(),
        }
    }

    fn report(mut self) -> Report {
        let demanded = self.expected.typ.is_some() || self.expected.claims.is_some();
        let named = |rule: &&Rule| demanded || **rule != rules::CLAIMS;
        let named: Vec<Rule> = rules::RULES.iter().filter(named).copied().collect();
        Finding::complete(&mut self.findings, &named);
        let signature = SignatureReport {
            findings: self.findings,
            ..self.signature
        };
        Report {
            signatures: vec![signature],
            ..Report::new(Format::Jws)
        }
    }

    /// All but the claims.
    fn attached(
        &mut self,
        token: &mut dyn Read,
        out: Option<&mut dyn Write>,
    ) -> io::Result<Result<Map<String, Value>, Finding>> {
        let parts = self.parts(token, out)?;
        Ok(parts.and_then(|parts| {
            self.findings.push(Finding::pass(rules::ENCODING));
            let unencoded = parts.header.get("b64") == Some(&Value::Bool(false));
            if !parts.has_payload && unencoded {
                return Err(self.content_absent());
            }
            self.critical(&parts.header, false)?;
            let named = self.named(&parts.header)?;
            let unknown = || Finding::fail(rules::ALGORITHM, reason::ALGORITHM);
            let digest = parts.digest.ok_or_else(unknown)?;
            let right = self.signature(&named, &digest, parts.signature);
            // Nothing at all can be signed; else what was signed is elsewhere.
            if !parts.has_payload && !right {
                return Err(self.content_absent());
            }
            Ok(parts.header)
        }))
    }

    fn detached(
        &mut self,
        token: &[u8],
        payload: &mut dyn Read,
    ) -> io::Result<Result<(), Finding>> {
        let parts = match self.parts(&mut &token[..], None)? {
            Ok(parts) => parts,
            Err(broken) => return Ok(Err(broken)),
        };
        if parts.has_payload {
            return Ok(Err(Finding::fail(rules::ENCODING, reason::DETACHED)));
        }
        self.findings.push(Finding::pass(rules::ENCODING));
        let named = self
            .critical(&parts.header, true)
            .and_then(|()| self.named(&parts.header));
        let named = match named {
            Ok(named) => named,
            Err(broken) => return Ok(Err(broken)),
        };
        let mut hasher = Hasher::new(named.algorithm.0.hash);
        hasher.update(&parts.header_text);
        hasher.update(b".");
        let mut hash = |piece: &[u8]| {
            hasher.update(piece);
            Ok::<_, io::Error>(())
        };
        match parts.header.get("b64") == Some(&Value::Bool(false)) {
            true => stream::pieces(payload, &mut hash)?,
            false => stream::encoded(payload, &mut hash)?,
        }
        self.signature(&named, &hasher.finish(), parts.signature);
        self.typ(&parts.header);
        Ok(Ok(()))
    }

    /// Rules J6 and J1: reads the token to its end, and lets the payload pass.
    fn parts(
        &mut self,
        token: &mut dyn Read,
        out: Option<&mut dyn Write>,
    ) -> io::Result<Result<Parts, Finding>> {
        let broken = |why| Ok(Err(Finding::fail(rules::ENCODING, why)));
        // Editors and shells end files with a line end, and some begin them with a mark; neither is
        // part of the token.
        let most = self.expected.size;
        let mut source = Token::new(token, most.saturating_add(AROUND_TOKEN));
        let mut header_text = Vec::new();
        let mut length = 0;
        let mut end = source.part(|text, _| {
            length += text.len();
            let room = MAX_AROUND.saturating_sub(header_text.len());
            header_text.extend(text.get(..room.min(text.len())).unwrap_or_default());
            Ok(())
        })?;
        let mut too_long = length > MAX_AROUND;
        if header_text.starts_with(BYTE_ORDER_MARK) {
            length -= BYTE_ORDER_MARK.len();
            header_text.drain(..BYTE_ORDER_MARK.len());
        }
        // What is wrong with the header is told once it is known that there are three parts.
        let header = match BASE64_URL_SAFE_NO_PAD.decode(&header_text) {
            Ok(json) => json::object(&json).ok_or(reason::JSON),
            Err(_) => Err(reason::BASE64),
        };
        let algorithm = header.as_ref().ok();
        let algorithm = algorithm.and_then(|header| self.algorithm(header));
        let mut hasher = algorithm.map(|algorithm| Hasher::new(algorithm.0.hash));
        if let Some(hasher) = &mut hasher {
            hasher.update(&header_text);
            hasher.update(b".");
        }
        let mut decoder = Decoder::new(out);
        let mut parts = 1;
        let mut has_payload = false;
        if end == End::Dot {
            parts += 1;
            end = source.part(|text, plain| {
                has_payload |= !text.is_empty();
                length += text.len();
                if let Some(hasher) = &mut hasher {
                    hasher.update(text);
                }
                decoder.add(text, plain)
            })?;
        }
        let mut signature = Vec::new();
        while end == End::Dot {
            parts += 1;
            end = source.part(|text, _| {
                length += text.len();
                let room = MAX_AROUND.saturating_sub(signature.len());
                too_long |= room < text.len();
                signature.extend(text.get(..room.min(text.len())).unwrap_or_default());
                Ok(())
            })?;
        }
        let signed = signature.strip_suffix(b"\n").unwrap_or(&signature);
        let signed = signed.strip_suffix(b"\r").unwrap_or(signed);
        length += parts - 1 + signed.len() - signature.len();
        if too_long || end == End::TooLong || length > most {
            return Ok(Err(Finding::fail(rules::LIMITS, reason::SIZE)));
        }
        self.findings.push(Finding::pass(rules::LIMITS));
        if parts != 3 {
            return broken(reason::PARTS);
        }
        let header = match header {
            Ok(header) => header,
            Err(why) => return broken(why),
        };
        match (BASE64_URL_SAFE_NO_PAD.decode(signed), decoder.end()?) {
            (Ok(signature), true) => Ok(Ok(Parts {
                header_text,
                header,
                has_payload,
                digest: hasher.map(Hasher::finish),
                signature,
            })),
            _ => broken(reason::BASE64),
        }
    }

    /// The algorithm that the header names, if it is allowed.
    fn algorithm(&self, header: &Map<String, Value>) -> Option<Algorithm> {
        let name = header.get("alg").and_then(Value::as_str);
        let mut allowed = self.expected.algorithms.iter().copied();
        allowed.find(|allowed| Some(allowed.name()) == name)
    }

    /// Rule J4.
    fn critical(&mut self, header: &Map<String, Value>, detached: bool) -> Result<(), Finding> {
        let critical = header.get("crit");
        let only = Value::from(vec!["b64"]);
        let verdict = match (critical, header.get("b64")) {
            (Some(list), _) if *list != only => Verdict::Fail(reason::CRITICAL),
            (None, None) => Verdict::Pass,
            (Some(_), Some(Value::Bool(true))) => Verdict::Pass,
            (Some(_), Some(Value::Bool(false))) if detached => Verdict::Pass,
            _ => Verdict::Fail(reason::UNENCODED),
        };
        let finding = Finding::new(rules::CRITICAL, verdict);
        match verdict {
            Verdict::Fail(_) => Err(finding),
            _ => {
                self.findings.push(finding);
                Ok(())
            }
        }
    }

    /// Rules J2 and J3.
    fn named(&mut self, header: &Map<String, Value>) -> Result<Named, Finding> {
        let broken = |why| Finding::fail(rules::ALGORITHM, why);
        let algorithm = self.algorithm(header);
        let algorithm = algorithm.ok_or_else(|| broken(reason::ALGORITHM))?;
        let certificate = leaf(header).map_err(|why| Finding::fail(rules::KEY, why))?;
        let chain = self.policy.judge(&certificate, self.policy.time());
        self.findings.push(Finding::of_chain(rules::KEY, &chain));
        for ignored in ["jwk", "jku", "x5u"]
            .into_iter()
            .filter(|name| header.contains_key(*name))
        {
            let verdict = Verdict::Warn(reason::KEY_IGNORED);
            self.findings
                .push(Finding::new(rules::KEY, verdict).with("header", ignored));
        }
        self.signature.chain = Some(chain);
        self.signature.certificate = Some(certificate.clone());
        if !algorithm.fits(certificate.key_algorithm()) {
            return Err(broken(reason::ALGORITHM_KEY));
        }
        let pass = Finding::pass(rules::ALGORITHM).with("algorithm", algorithm.name());
        self.findings.push(pass);
        Ok(Named {
            algorithm,
            certificate,
        })
    }

    /// Without the content nothing is known of the signature.
    fn content_absent(&mut self) -> Finding {
        self.findings
            .retain(|one| ![rules::ENCODING, rules::SIGNATURE].contains(&one.rule));
        Finding::fail(rules::ENCODING, reason::CONTENT_ABSENT)
    }

    /// Rule J7; tells whether it was kept.
    fn signature(&mut self, named: &Named, digest: &Digest, signature: Vec<u8>) -> bool {
        let signature = Signature::new(named.algorithm.0.kind, signature);
        let right = named
            .certificate
            .public_key()
            .verify_digest(digest, &signature)
            .is_ok();
        let verdict = if right {
            Verdict::Pass
        } else {
            Verdict::Fail(reason::SIGNATURE_WRONG)
        };
        self.findings.push(Finding::new(rules::SIGNATURE, verdict));
        right
    }

    fn typ(&mut self, header: &Map<String, Value>) {
        if let Some(typ) = self.expected.typ {
            let same = header.get("typ").and_then(Value::as_str) == Some(typ);
            let verdict = if same {
                Verdict::Pass
            } else {
                Verdict::Fail(reason::TYPE)
            };
            self.findings.push(Finding::new(rules::CLAIMS, verdict));
        }
    }

    /// Rule J5.
    fn claims(&mut self, header: &Map<String, Value>, payload: &[u8]) {
        self.typ(header);
        if let Some(claims) = &self.expected.claims {
            let verdict = self.claims_verdict(claims, payload);
            let verdict = verdict.map_or_else(Verdict::Fail, |()| Verdict::Pass);
            self.findings.push(Finding::new(rules::CLAIMS, verdict));
        }
    }

    fn claims_verdict(&self, expected: &Claims<'_>, payload: &[u8]) -> Result<(), Reason> {
        fn held(holds: bool, why: Reason) -> Result<(), Reason> {
            if holds { Ok(()) } else { Err(why) }
        }
        let claims = json::object(payload).ok_or(reason::JSON)?;
        let text = |name| claims.get(name).and_then(Value::as_str);
        let now = self.policy.now.unix();
        let number = |name| claims.get(name).map(|value| value.as_i64());
        let until = number("exp").flatten();
        held(
            until.is_some_and(|end| now < end.saturating_add(SKEW)),
            reason::EXPIRED,
        )?;
        for name in ["nbf", "iat"] {
            let begun = number(name)
                .is_none_or(|start| start.is_some_and(|start| start <= now.saturating_add(SKEW)));
            held(begun, reason::NOT_YET_VALID)?;
        }
        let meant = match claims.get("aud") {
            Some(Value::Array(list)) => list.iter().any(|one| one == expected.audience),
            Some(one) => one == expected.audience,
            None => false,
        };
        held(meant, reason::AUDIENCE)?;
        let same =
            |name, wanted: Option<&str>| wanted.is_none_or(|text_| text(name) == Some(text_));
        held(same("iss", expected.issuer), reason::ISSUER)?;
        held(same("nonce", expected.nonce), reason::NONCE)?;
        let believed = !self
            .findings
            .iter()
            .any(|one| matches!(one.verdict, Verdict::Fail(_)));
        match expected.fresh {
            // Asked last and only for a right token: asking uses the number up.
            Some(fresh) if believed => held(text("jti").is_some_and(fresh), reason::REPLAYED),
            _ => Ok(()),
        }
    }
}

/// The certificate that signed: the first of `x5c`; all of the list has to be readable.
fn leaf(header: &Map<String, Value>) -> Result<Certificate, Reason> {
    let list = header.get("x5c").ok_or(reason::NO_CERTIFICATE)?;
    let list = list.as_array().ok_or(reason::CERTIFICATE_MALFORMED)?;
    let certificates = list.iter().map(|text| {
        let der = BASE64_STANDARD.decode(text.as_str()?).ok()?;
        Certificate::parse_exact(&der).ok()
    });
    let certificates: Option<Vec<Certificate>> = certificates.collect();
    let certificates = certificates.ok_or(reason::CERTIFICATE_MALFORMED)?;
    certificates
        .into_iter()
        .next()
        .ok_or(reason::NO_CERTIFICATE)
}

/// A byte order mark and a line end, and one byte that tells that there is more.
const AROUND_TOKEN: usize = 6;
/// Header or signature, with every certificate.
const MAX_AROUND: usize = 1 << 20;
