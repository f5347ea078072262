//! Checking tokens.

use std::io::{self, Read};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::{Digest, Hasher};
use card_core::signature::Signature;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::json;
use super::rules::{self, reason};
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
    let payload = check.compact(token).unwrap_or_else(|broken| {
        check.findings.push(broken);
        None
    });
    let report = check.report();
    let payload = payload.filter(|_| report.is_accepted());
    (report, payload)
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
struct Parts<'t> {
    header_text: &'t str,
    header: Map<String, Value>,
    payload_text: &'t str,
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

    fn compact(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Finding> {
        let parts = self.parts(token)?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(parts.payload_text);
        let payload = payload.map_err(|_| Finding::fail(rules::ENCODING, reason::BASE64))?;
        self.findings.push(Finding::pass(rules::ENCODING));
        if payload.is_empty() && parts.header.get("b64") == Some(&Value::Bool(false)) {
            return Err(self.content_absent());
        }
        self.critical(&parts.header, false)?;
        let named = self.named(&parts.header)?;
        let input = format!("{}.{}", parts.header_text, parts.payload_text);
        let digest = Digest::of(named.algorithm.0.hash, input.as_bytes());
        let right = self.signature(&named, &digest, parts.signature);
        // Nothing at all can be signed; else what was signed is elsewhere.
        if payload.is_empty() && !right {
            return Err(self.content_absent());
        }
        self.claims(&parts.header, &payload);
        Ok(Some(payload))
    }

    fn detached(
        &mut self,
        token: &[u8],
        payload: &mut dyn Read,
    ) -> io::Result<Result<(), Finding>> {
        let parts = match self.parts(token) {
            Ok(parts) => parts,
            Err(broken) => return Ok(Err(broken)),
        };
        if !parts.payload_text.is_empty() {
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
        hasher.update(format!("{}.", parts.header_text).as_bytes());
        let encoded = parts.header.get("b64") != Some(&Value::Bool(false));
        let mut start = vec![0; PIECE];
        loop {
            let read = fill(payload, &mut start)?;
            let piece = start.get(..read).unwrap_or_default();
            match encoded {
                true => hasher.update(BASE64_URL_SAFE_NO_PAD.encode(piece).as_bytes()),
                false => hasher.update(piece),
            }
            if read < PIECE {
                break;
            }
        }
        self.signature(&named, &hasher.finish(), parts.signature);
        self.typ(&parts.header);
        Ok(Ok(()))
    }

    /// Rules J6 and J1, but for the payload.
    fn parts<'t>(&mut self, token: &'t [u8]) -> Result<Parts<'t>, Finding> {
        // Editors and shells end files with a line end, and some begin them with a mark; neither is
        // part of the token.
        let token = token.strip_prefix(BYTE_ORDER_MARK).unwrap_or(token);
        let token = token.strip_suffix(b"\n").unwrap_or(token);
        let token = token.strip_suffix(b"\r").unwrap_or(token);
        if token.len() > self.expected.size {
            return Err(Finding::fail(rules::LIMITS, reason::SIZE).with("length", token.len()));
        }
        self.findings.push(Finding::pass(rules::LIMITS));
        let broken = |why| Finding::fail(rules::ENCODING, why);
        let text = std::str::from_utf8(token).map_err(|_| broken(reason::BASE64))?;
        let parts: Vec<&str> = text.split('.').collect();
        let [header_text, payload_text, signature] = *parts.as_slice() else {
            return Err(broken(reason::PARTS));
        };
        let decode = |text| {
            BASE64_URL_SAFE_NO_PAD
                .decode(text)
                .map_err(|_| broken(reason::BASE64))
        };
        let header = json::object(&decode(header_text)?).ok_or_else(|| broken(reason::JSON))?;
        Ok(Parts {
            header_text,
            header,
            payload_text,
            signature: decode(signature)?,
        })
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
        let name = header.get("alg").and_then(Value::as_str);
        let allowed = self.expected.algorithms.iter();
        let algorithm = allowed
            .copied()
            .find(|allowed| Some(allowed.name()) == name);
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

/// A multiple of three: Base64 of the pieces is Base64 of the whole.
const PIECE: usize = 48 * 1024;

/// Reads until the buffer is full or the reader ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
