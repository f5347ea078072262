//! The service's side: is this token an answer to that challenge, from whom?

use std::fmt;

use thiserror::Error;

use super::identity::{Identity, IdentityKey};
use super::nonce::{Nonce, NonceProblem, NonceStore};
use super::origin::Origin;
use super::token::Token;
use crate::domain::date::UtcTime;
use crate::trust::{
    KnownCertificates, NoRevocation, Reason, RevocationChecker, Role, Trust, TrustStore,
    VerifyReport,
};

/// Checks tokens for one site.
///
/// The origin is a constant of the service and never taken from a request.
///
/// ```
/// use card_core::login::{MemoryNonces, NonceStore, Origin, Verifier};
/// use card_core::trust::Trust;
/// use card_core::domain::date::UtcTime;
///
/// let (trust, nonces) = (Trust::production(), MemoryNonces::new(100_000));
/// let origin = Origin::parse("https://example.org")?;
/// let verifier = Verifier::new(origin, &trust, &nonces);
///
/// let nonce = nonces.issue(UtcTime::now())?;  // sent to the browser, kept in its session
/// let token = b"what the browser sent back";
/// let report = verifier.verify(token, nonce.as_str(), UtcTime::now());
/// assert_eq!(report.reason().unwrap().code(), "token.length");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier<'a> {
    origin: Origin,
    store: &'a TrustStore,
    nonces: Option<&'a (dyn NonceStore + Sync)>,
    revocation: &'a (dyn RevocationChecker + Sync),
    identity: Option<&'a IdentityKey>,
    known: Option<&'a KnownCertificates>,
}

impl<'a> Verifier<'a> {
    /// A verifier that trusts these roots and takes only nonces of this store, each once. It checks
    /// no revocation and tells no identity.
    #[must_use]
    pub fn new(origin: Origin, trust: &'a Trust, nonces: &'a (dyn NonceStore + Sync)) -> Self {
        Self {
            nonces: Some(nonces),
            ..Self::danger_accepting_replays(origin, trust)
        }
    }

    /// A verifier without a store of nonces: it accepts the same token again and again.
    ///
    /// Only for callers that hold each nonce themselves and forget it with the first answer, and for
    /// looking at a token after the fact. [`LoginRule::Nonce`] is then not checked.
    #[must_use]
    pub fn danger_accepting_replays(origin: Origin, trust: &'a Trust) -> Self {
        Self {
            origin,
            store: trust.store(Role::Authentication),
            nonces: None,
            revocation: &NoRevocation,
            identity: None,
            known: None,
        }
    }

    /// Remembers whose certificates a root signed: holders who come back cost half the computing.
    #[must_use]
    pub fn remembering(self, known: &'a KnownCertificates) -> Self {
        Self {
            known: Some(known),
            ..self
        }
    }

    /// Asks about revocation.
    #[must_use]
    pub fn revocation(self, revocation: &'a (dyn RevocationChecker + Sync)) -> Self {
        Self { revocation, ..self }
    }

    /// Tells who logged in, by this service's key.
    #[must_use]
    pub fn identity(self, key: &'a IdentityKey) -> Self {
        Self {
            identity: Some(key),
            ..self
        }
    }

    /// Checks a token against the challenge that the caller knows it should answer.
    ///
    /// A token does not say which challenge it answers: the nonce comes from the session. It is
    /// consumed before the token is opened, so a failed attempt burns it too.
    pub fn verify(&self, token: &[u8], nonce: &str, now: UtcTime) -> LoginReport {
        let Ok(nonce) = Nonce::parse(nonce) else {
            return LoginReport::without_nonce();
        };
        let consumed = self.nonces.map(|nonces| nonces.consume(&nonce, now));
        self.judge(token, &nonce, consumed, now)
    }

    /// Everything but the store: what it said of the nonce comes as an argument.
    pub(super) fn judge(
        &self,
        token: &[u8],
        nonce: &Nonce,
        consumed: Option<Result<(), NonceProblem>>,
        now: UtcTime,
    ) -> LoginReport {
        let mut report = LoginReport::default();
        match consumed {
            Some(Err(problem)) => {
                report.set(LoginRule::Nonce, Err(LoginReason::Nonce(problem)));
                return report;
            }
            Some(Ok(())) => report.set(LoginRule::Nonce, Ok(())),
            None => {}
        }
        let token = match Token::parse(token) {
            Ok(token) => token,
            Err(reason) => {
                report.set(LoginRule::Token, Err(reason));
                return report;
            }
        };
        report.set(LoginRule::Token, Ok(()));
        let (chain, certificate) =
            self.store
                .examine(token.certificate(), now, self.revocation, self.known);
        let refused = chain.reason().map(LoginReason::Certificate);
        report.set(LoginRule::Certificate, refused.map_or(Ok(()), Err));
        let anchor = chain.anchor().copied();
        report.certificate = Some(chain);
        let (None, Some(anchor), Some(certificate)) = (refused, anchor, certificate) else {
            return report;
        };
        let algorithm = token.algorithm();
        if !algorithm.fits(certificate.key_algorithm()) {
            report.set(LoginRule::Signature, Err(LoginReason::TokenAlgorithm));
            return report;
        }
        let digest = super::challenge(algorithm.hash(), &self.origin, nonce);
        let signed = certificate
            .public_key()
            .verify_digest(&digest, token.signature());
        report.set(
            LoginRule::Signature,
            signed.map_err(|_| LoginReason::TokenSignature),
        );
        if signed.is_ok() {
            report.identity = self
                .identity
                .map(|key| key.identity(&anchor, certificate.serial()));
        }
        report
    }
}

impl fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Verifier({}, {})",
            self.origin,
            self.store.source().name()
        )
    }
}

/// What came out of checking a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct LoginReport {
    verdicts: [LoginVerdict; LoginRule::ALL.len()],
    certificate: Option<VerifyReport>,
    identity: Option<Identity>,
}

impl LoginReport {
    /// The report of a token whose challenge is no nonce.
    pub(super) fn without_nonce() -> Self {
        let mut report = Self::default();
        report.set(LoginRule::Nonce, Err(LoginReason::NonceInvalid));
        report
    }

    fn set(&mut self, rule: LoginRule, result: Result<(), LoginReason>) {
        if let Some(place) = self.verdicts.get_mut(rule as usize) {
            *place = result.map_or_else(LoginVerdict::Fail, |()| LoginVerdict::Pass);
        }
    }

    /// Whether the holder of the certificate has answered this challenge for this site.
    ///
    /// With a store of nonces: just now, and once. What is known of revocation stands in
    /// [`LoginReport::certificate`].
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.verdict(LoginRule::Signature) == LoginVerdict::Pass && self.reason().is_none()
    }

    /// Why the token is refused.
    #[must_use]
    pub fn reason(&self) -> Option<LoginReason> {
        self.verdicts.iter().find_map(|verdict| verdict.broken())
    }

    /// Every rule with its verdict, in order.
    pub fn rules(&self) -> impl Iterator<Item = (LoginRule, LoginVerdict)> {
        LoginRule::ALL.into_iter().zip(self.verdicts)
    }

    /// The verdict of one rule.
    #[must_use]
    pub fn verdict(&self, rule: LoginRule) -> LoginVerdict {
        self.verdicts
            .get(rule as usize)
            .copied()
            .unwrap_or_default()
    }

    /// What came out of checking the certificate, if the token could be read.
    #[must_use]
    pub const fn certificate(&self) -> Option<&VerifyReport> {
        self.certificate.as_ref()
    }

    /// Who logged in; only of an accepted token, and only where the verifier has a key for it.
    #[must_use]
    pub const fn identity(&self) -> Option<Identity> {
        self.identity
    }
}

/// A rule for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginRule {
    /// The nonce was issued here, is current, and was not used before.
    Nonce,
    /// The token is one.
    Token,
    /// Its certificate is one for logging in, under a trusted root, and in its time.
    Certificate,
    /// Its key signed this origin and this nonce.
    Signature,
}

impl LoginRule {
    /// All rules, in order.
    pub const ALL: [LoginRule; 4] = [
        LoginRule::Nonce,
        LoginRule::Token,
        LoginRule::Certificate,
        LoginRule::Signature,
    ];

    /// A stable word for scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LoginRule::Nonce => "nonce",
            LoginRule::Token => "token",
            LoginRule::Certificate => "certificate",
            LoginRule::Signature => "signature",
        }
    }
}

/// How a rule for a token came out.
pub type LoginVerdict = crate::judgement::Verdict<LoginReason>;

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoginReason {
    /// The nonce that should be answered is none.
    #[error("the nonce has another shape")]
    NonceInvalid,
    /// The nonce is not out, or not any more.
    #[error(transparent)]
    Nonce(NonceProblem),
    /// Shorter or longer than any token.
    #[error("a token has 100 to 10,000 characters")]
    TokenLength,
    /// No JSON object with exactly a token's members.
    #[error("the token cannot be read")]
    TokenMalformed,
    /// A format other than `web-eid:1`.
    #[error("the token has another format")]
    TokenFormat,
    /// An algorithm that is unknown or does not go with the certificate's key.
    #[error("the token is signed another way than its key signs")]
    TokenAlgorithm,
    /// The certificate is refused.
    #[error("the certificate is refused: {0}")]
    Certificate(Reason),
    /// The signature is not by this key over this origin and this nonce. Which of the three is
    /// another one cannot be told.
    #[error("the signature is for another origin, another nonce or by another key")]
    TokenSignature,
}

impl LoginReason {
    /// Every code of tokens and nonces; those of certificates are [`Reason::ALL`]'s.
    pub const CODES: &'static [&'static str] = &[
        "nonce.expired",
        "nonce.full",
        "nonce.invalid",
        "nonce.store",
        "nonce.unknown",
        "random.none",
        "token.algorithm",
        "token.format",
        "token.length",
        "token.malformed",
        "token.signature",
    ];

    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            LoginReason::NonceInvalid => "nonce.invalid",
            LoginReason::Nonce(problem) => problem.code(),
            LoginReason::TokenLength => "token.length",
            LoginReason::TokenMalformed => "token.malformed",
            LoginReason::TokenFormat => "token.format",
            LoginReason::TokenAlgorithm => "token.algorithm",
            LoginReason::Certificate(reason) => reason.code(),
            LoginReason::TokenSignature => "token.signature",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Certificate;
    use crate::login::{MemoryNonces, TokenAlgorithm};
    use crate::signature::{Signature, SignatureKind};
    use crate::trust::tests::workshop::{Draft, Signer, TODAY, Workshop, today};

    const ORIGIN: &str = "https://example.org";

    fn signature(signer: &Signer, origin: &str, nonce: &Nonce) -> (TokenAlgorithm, Signature) {
        use crate::digest::{Digest, HashAlgorithm};
        // The signer hashes once more, as a card does with the message.
        let hash = |hash, text: &str| Digest::of(hash, text.as_bytes()).as_bytes().to_vec();
        let message = |h| [hash(h, origin), hash(h, nonce.as_str())].concat();
        match signer {
            Signer::Rsa(_) => {
                let bytes = signer.sign(&message(HashAlgorithm::Sha256));
                let algorithm = TokenAlgorithm::Rs(HashAlgorithm::Sha256);
                (algorithm, Signature::new(SignatureKind::RsaPkcs1v15, bytes))
            }
            Signer::P384(_) => {
                let bytes = signer.sign(&message(HashAlgorithm::Sha384));
                let algorithm = TokenAlgorithm::Es(HashAlgorithm::Sha384);
                (algorithm, Signature::ecdsa_from_der(&bytes, 48).unwrap())
            }
        }
    }

    /// A token as a card with this key and certificate would give it.
    fn token(certificate: &[u8], signer: &Signer, origin: &str, nonce: &Nonce) -> String {
        let certificate = Certificate::parse_exact(certificate).unwrap();
        let (algorithm, signature) = signature(signer, origin, nonce);
        Token::new(&certificate, algorithm, &signature).to_json()
    }

    struct Service {
        trust: Trust,
        nonces: MemoryNonces,
        key: IdentityKey,
    }

    impl Service {
        fn new() -> Self {
            Self {
                trust: Workshop::open().trust(),
                nonces: MemoryNonces::new(1_000_000),
                key: IdentityKey::new(&[9; 32]).unwrap(),
            }
        }

        fn verifier(&self) -> Verifier<'_> {
            let origin = Origin::parse(ORIGIN).unwrap();
            Verifier::new(origin, &self.trust, &self.nonces).identity(&self.key)
        }

        /// Lets `make` answer a fresh challenge and says why the answer is refused.
        fn reason(&self, make: impl FnOnce(&Nonce) -> String) -> Option<&'static str> {
            let nonce = self.nonces.issue(today()).unwrap();
            let report = self
                .verifier()
                .verify(make(&nonce).as_bytes(), nonce.as_str(), today());
            assert_eq!(report.is_accepted(), report.reason().is_none());
            assert_eq!(report.identity().is_some(), report.is_accepted());
            // Whatever came of it, the nonce is gone.
            let again = self.nonces.consume(&nonce, today());
            assert_eq!(again, Err(NonceProblem::Unknown));
            report.reason().map(LoginReason::code)
        }
    }

    #[test]
    fn a_card_logs_in() {
        let (workshop, service) = (Workshop::open(), Service::new());
        let leaf = workshop.good.clone();
        assert_eq!(
            service.reason(|nonce| token(&leaf, &workshop.holder, ORIGIN, nonce)),
            None
        );
        let elliptic = &workshop.elliptic;
        let next = elliptic.leaf(elliptic.key.spki()).sign(&elliptic.key);
        assert_eq!(
            service.reason(|nonce| token(&next, &elliptic.key, ORIGIN, nonce)),
            None
        );
    }

    #[test]
    fn an_identity_stays_with_the_certificate() {
        let (workshop, service) = (Workshop::open(), Service::new());
        let identity = |draft: Draft| {
            let leaf = draft.sign(&workshop.new.key);
            let nonce = service.nonces.issue(today()).unwrap();
            let token = token(&leaf, &workshop.holder, ORIGIN, &nonce);
            let report = service
                .verifier()
                .verify(token.as_bytes(), nonce.as_str(), today());
            report.identity().unwrap()
        };
        let mut renewed = workshop.leaf();
        renewed.serial = vec![0x02, 0x33, 0xC3];
        assert_eq!(identity(workshop.leaf()), identity(workshop.leaf()));
        assert_ne!(identity(workshop.leaf()), identity(renewed));
    }

    #[test]
    fn every_other_answer_is_refused_for_its_reason() {
        let (workshop, service) = (Workshop::open(), Service::new());
        let holder = &workshop.holder;
        let leaf = workshop.good.clone();
        let changed = |change: fn(&mut Draft)| {
            let mut draft = workshop.leaf();
            change(&mut draft);
            draft.sign(&workshop.new.key)
        };
        for origin in [
            "http://example.org",
            "https://example.org:8443",
            "https://example.org/",
            "https://example.org.",
            "https://EXAMPLE.org",
            "https://ex\u{430}mple.org",
            "https://xn--exmple-4uf.org",
            "https://example.com",
            "",
        ] {
            let found = service.reason(|nonce| token(&leaf, holder, origin, nonce));
            assert_eq!(found, Some("token.signature"), "{origin}");
        }
        let other = Nonce::random().unwrap();
        let found = service.reason(|_| token(&leaf, holder, ORIGIN, &other));
        assert_eq!(found, Some("token.signature"));
        let found = service.reason(|nonce| token(&leaf, &workshop.signing.key, ORIGIN, nonce));
        assert_eq!(found, Some("token.signature"));
        // Another holder's certificate with a signature of one's own, and the reverse.
        let swapped = changed(|draft| draft.spki = Workshop::open().old.key.spki());
        let found = service.reason(|nonce| token(&swapped, holder, ORIGIN, nonce));
        assert_eq!(found, Some("token.signature"));
        let signing = workshop
            .signing
            .leaf(holder.spki())
            .sign(&workshop.signing.key);
        let found = service.reason(|nonce| token(&signing, holder, ORIGIN, nonce));
        assert_eq!(found, Some("issuer.purpose"));
        let own = workshop.leaf().sign(holder);
        let found = service.reason(|nonce| token(&own, holder, ORIGIN, nonce));
        assert_eq!(found, Some("certificate.signature"));
        let expired = changed(|draft| draft.validity[1] = "261124235959Z");
        let found = service.reason(|nonce| token(&expired, holder, ORIGIN, nonce));
        assert_eq!(found, Some("certificate.expired"));

        let renamed =
            |name: &str, nonce: &Nonce| token(&leaf, holder, ORIGIN, nonce).replace("RS256", name);
        assert_eq!(
            service.reason(|nonce| renamed("ES256", nonce)),
            Some("token.algorithm")
        );
        assert_eq!(
            service.reason(|nonce| renamed("RS384", nonce)),
            Some("token.signature")
        );
        assert_eq!(
            service.reason(|nonce| renamed("PS256", nonce)),
            Some("token.signature")
        );
        assert_eq!(
            service.reason(|nonce| renamed("none", nonce)),
            Some("token.algorithm")
        );
        let unreadable = service.reason(|nonce| token(&leaf, holder, ORIGIN, nonce)[1..].into());
        assert_eq!(unreadable, Some("token.malformed"));
        assert_eq!(service.reason(|_| String::new()), Some("token.length"));
    }

    #[test]
    fn a_certificate_with_something_behind_it_is_refused() {
        let (workshop, service) = (Workshop::open(), Service::new());
        let leaf = workshop.good.clone();
        let found = service.reason(|nonce| {
            let json = token(&leaf, &workshop.holder, ORIGIN, nonce);
            let mut token = Token::parse(json.as_bytes()).unwrap();
            let longer = [token.certificate(), &[0]].concat();
            let (algorithm, signature) = (token.algorithm(), token.signature().clone());
            token = Token::with(longer, algorithm, signature);
            token.to_json()
        });
        assert_eq!(found, Some("certificate.trailing-data"));
    }

    #[test]
    fn a_nonce_is_answered_once_and_in_time() {
        let (workshop, service) = (Workshop::open(), Service::new());
        let leaf = workshop.good.clone();
        let at = |second| UtcTime::from_unix(TODAY + second).unwrap();
        let code = |token: &str, nonce: &str, second| {
            let report = service
                .verifier()
                .verify(token.as_bytes(), nonce, at(second));
            report.reason().map(LoginReason::code)
        };
        let nonce = service.nonces.issue(at(0)).unwrap();
        let good = token(&leaf, &workshop.holder, ORIGIN, &nonce);
        assert_eq!(code(&good, nonce.as_str(), 300), None);
        assert_eq!(code(&good, nonce.as_str(), 300), Some("nonce.unknown"));
        let nonce = service.nonces.issue(at(0)).unwrap();
        let late = token(&leaf, &workshop.holder, ORIGIN, &nonce);
        assert_eq!(code(&late, nonce.as_str(), 301), Some("nonce.expired"));
        let foreign = Nonce::random().unwrap();
        let unasked = token(&leaf, &workshop.holder, ORIGIN, &foreign);
        assert_eq!(code(&unasked, foreign.as_str(), 0), Some("nonce.unknown"));
        assert_eq!(code(&unasked, &"A".repeat(43), 0), Some("nonce.invalid"));
        // Without a store nothing is remembered, and the report does not say it was.
        let origin = Origin::parse(ORIGIN).unwrap();
        let forgetful = Verifier::danger_accepting_replays(origin, &service.trust);
        for _ in 0..2 {
            let report = forgetful.verify(unasked.as_bytes(), foreign.as_str(), at(0));
            assert!(report.is_accepted());
            assert_eq!(report.verdict(LoginRule::Nonce), LoginVerdict::NotChecked);
        }
    }

    #[test]
    fn no_flipped_bit_is_accepted_where_something_is_signed() {
        let (workshop, service) = (Workshop::open(), Service::new());
        let leaf = workshop.good.clone();
        let nonce = Nonce::random().unwrap();
        let good = token(&leaf, &workshop.holder, ORIGIN, &nonce);
        let origin = Origin::parse(ORIGIN).unwrap();
        // Without a store, so that the token alone decides.
        let verifier = Verifier::danger_accepting_replays(origin, &service.trust);
        // Nothing signs the minor version of the format and the name of the program, which may have
        // another title; whoever changes them changes nothing.
        let minor = good.find("web-eid:1.").unwrap() + "web-eid:1.".len();
        let program = good.find("\"appVersion\":\"").unwrap() + 1;
        for place in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone().into_bytes();
                bad[place] ^= 1 << bit;
                let accepted = verifier.verify(&bad, nonce.as_str(), today()).is_accepted();
                let unsigned = place == minor || (program..good.len() - 2).contains(&place);
                assert!(!accepted || unsigned, "byte {place} bit {bit}");
            }
        }
    }
}
