//! Web eID authentication tokens, read strictly and written in one way.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::verifier::LoginReason;
use crate::certificate::{Certificate, KeyAlgorithm};
use crate::digest::HashAlgorithm;
use crate::signature::{Signature, SignatureKind};

/// A Web eID authentication token (認証トークン).
///
/// Holds the holder's authentication certificate, which has no name but whose serial number is
/// one person's in the whole country; `Debug` shows none of it. Says neither for which site nor
/// for which challenge it is: both only come out by checking the signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    certificate: Vec<u8>,
    algorithm: TokenAlgorithm,
    signature: Signature,
    app_version: Option<String>,
}

impl Token {
    /// The shortest and the longest token, in characters.
    pub const LENGTH: std::ops::RangeInclusive<usize> = 100..=10_000;

    pub(super) fn new(
        certificate: &Certificate,
        algorithm: TokenAlgorithm,
        signature: &Signature,
    ) -> Token {
        Token::with(certificate.to_der().to_vec(), algorithm, signature.clone())
    }

    pub(super) fn with(
        certificate: Vec<u8>,
        algorithm: TokenAlgorithm,
        signature: Signature,
    ) -> Token {
        let app_version = Some(APP_VERSION.to_owned());
        Token {
            certificate,
            algorithm,
            signature,
            app_version,
        }
    }

    /// Reads a token from JSON: one object, each member once, each known one a text of its length.
    ///
    /// Members that are not known here are passed over: later minor versions of the format have
    /// more of them.
    ///
    /// # Errors
    ///
    /// [`LoginReason::TokenLength`], [`LoginReason::TokenMalformed`],
    /// [`LoginReason::TokenFormat`], [`LoginReason::TokenAlgorithm`]. Neither certificate nor
    /// signature is looked at here.
    pub fn parse(json: &[u8]) -> Result<Token, LoginReason> {
        let json = json.trim_ascii();
        if !Token::LENGTH.contains(&json.len()) {
            return Err(LoginReason::TokenLength);
        }
        let wire: Wire<'_> =
            serde_json::from_slice(json).map_err(|_| LoginReason::TokenMalformed)?;
        let fits = wire.unverified_certificate.len() <= 6_000
            && wire.signature.len() <= 1_400
            && wire
                .app_version
                .as_ref()
                .is_none_or(|version| version.len() <= 512);
        if !fits {
            return Err(LoginReason::TokenMalformed);
        }
        if !is_format_1(&wire.format) {
            return Err(LoginReason::TokenFormat);
        }
        let algorithm =
            TokenAlgorithm::parse(&wire.algorithm).ok_or(LoginReason::TokenAlgorithm)?;
        let decode = |text: &str| {
            BASE64_STANDARD
                .decode(text)
                .map_err(|_| LoginReason::TokenMalformed)
        };
        Ok(Token {
            certificate: decode(&wire.unverified_certificate)?,
            algorithm,
            signature: Signature::new(algorithm.kind(), decode(&wire.signature)?),
            app_version: wire.app_version.map(Cow::into_owned),
        })
    }

    /// The token as one JSON object, without line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let wire = Wire {
            unverified_certificate: BASE64_STANDARD.encode(&self.certificate).into(),
            algorithm: self.algorithm.name().into(),
            signature: BASE64_STANDARD.encode(self.signature.as_bytes()).into(),
            format: FORMAT.into(),
            app_version: self.app_version.as_deref().map(Cow::Borrowed),
        };
        #[expect(clippy::expect_used, reason = "five texts; serde_json fails on none")]
        serde_json::to_string(&wire).expect("texts can be written")
    }

    /// The certificate in DER, as it came: not yet checked.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// How it says it was signed.
    #[must_use]
    pub const fn algorithm(&self) -> TokenAlgorithm {
        self.algorithm
    }

    /// The signature; ECDSA as r and s, one behind the other.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Which program made it, if it says so. Nothing signs this.
    #[must_use]
    pub fn app_version(&self) -> Option<&str> {
        self.app_version.as_deref()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.algorithm.name())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    unverified_certificate: Cow<'a, str>,
    algorithm: Cow<'a, str>,
    signature: Cow<'a, str>,
    format: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<Cow<'a, str>>,
}

/// Not derived: a derived reader passes over an unknown member that stands twice.
impl<'de> Deserialize<'de> for Wire<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Wire<'de>, D::Error> {
        deserializer.deserialize_map(WireVisitor)
    }
}

struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object in which no key stands twice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Wire<'de>, A::Error> {
        const KNOWN: [&str; 5] = [
            "unverifiedCertificate",
            "algorithm",
            "signature",
            "format",
            "appVersion",
        ];
        let mut seen = BTreeSet::new();
        let mut texts: [Option<Cow<'de, str>>; KNOWN.len()] = Default::default();
        while let Some(Text(key)) = access.next_key()? {
            let place = KNOWN.iter().position(|known| *known == key);
            match place.and_then(|place| texts.get_mut(place)) {
                Some(text) => *text = Some(access.next_value::<Text<'de>>()?.0),
                None => _ = access.next_value::<IgnoredAny>()?,
            }
            if !seen.insert(key) {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        let [certificate, algorithm, signature, format, app_version] = texts;
        let missing = || A::Error::custom("a member is missing");
        Ok(Wire {
            unverified_certificate: certificate.ok_or_else(missing)?,
            algorithm: algorithm.ok_or_else(missing)?,
            signature: signature.ok_or_else(missing)?,
            format: format.ok_or_else(missing)?,
            app_version,
        })
    }
}

/// A text that is borrowed where it can be.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// How a token is signed, by its name in JSON Web Algorithms (RFC 7518).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenAlgorithm {
    /// RS256, RS384, RS512: RSA with PKCS #1 v1.5. RS256 is what cards of today give.
    Rs(HashAlgorithm),
    /// PS256, PS384, PS512: RSA with PSS.
    Ps(HashAlgorithm),
    /// ES256, ES384: ECDSA on the curve of that size.
    Es(HashAlgorithm),
}

impl TokenAlgorithm {
    const ALL: [(&'static str, TokenAlgorithm); 8] = {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        [
            ("RS256", TokenAlgorithm::Rs(Sha256)),
            ("RS384", TokenAlgorithm::Rs(Sha384)),
            ("RS512", TokenAlgorithm::Rs(Sha512)),
            ("PS256", TokenAlgorithm::Ps(Sha256)),
            ("PS384", TokenAlgorithm::Ps(Sha384)),
            ("PS512", TokenAlgorithm::Ps(Sha512)),
            ("ES256", TokenAlgorithm::Es(Sha256)),
            ("ES384", TokenAlgorithm::Es(Sha384)),
        ]
    };

    /// What a card with such a key signs with; `None` for a key that no token is made with.
    #[must_use]
    pub const fn of(key: KeyAlgorithm) -> Option<TokenAlgorithm> {
        match key {
            KeyAlgorithm::Rsa { .. } => Some(TokenAlgorithm::Rs(HashAlgorithm::Sha256)),
            KeyAlgorithm::EcP256 => Some(TokenAlgorithm::Es(HashAlgorithm::Sha256)),
            KeyAlgorithm::EcP384 => Some(TokenAlgorithm::Es(HashAlgorithm::Sha384)),
            KeyAlgorithm::Other => None,
        }
    }

    fn parse(name: &str) -> Option<TokenAlgorithm> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, algorithm)| *algorithm)
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, algorithm)| *algorithm == self);
        known.map_or("none", |(name, _)| name)
    }

    /// The hash of origin, nonce and both.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            TokenAlgorithm::Rs(hash) | TokenAlgorithm::Ps(hash) | TokenAlgorithm::Es(hash) => hash,
        }
    }

    const fn kind(self) -> SignatureKind {
        match self {
            TokenAlgorithm::Rs(_) => SignatureKind::RsaPkcs1v15,
            TokenAlgorithm::Ps(_) => SignatureKind::RsaPss,
            TokenAlgorithm::Es(_) => SignatureKind::EcdsaRaw,
        }
    }

    /// Whether a key makes such signatures. RFC 7518 binds each ES to one curve.
    pub(super) const fn fits(self, key: KeyAlgorithm) -> bool {
        use HashAlgorithm::{Sha256, Sha384};
        matches!(
            (self, key),
            (
                TokenAlgorithm::Rs(_) | TokenAlgorithm::Ps(_),
                KeyAlgorithm::Rsa { .. }
            ) | (TokenAlgorithm::Es(Sha256), KeyAlgorithm::EcP256)
                | (TokenAlgorithm::Es(Sha384), KeyAlgorithm::EcP384)
        )
    }
}

/// `web-eid:1`, alone or with a minor version. `web-eid:10` is another format.
fn is_format_1(format: &str) -> bool {
    format
        .strip_prefix("web-eid:1")
        .is_some_and(|rest| match rest.strip_prefix('.') {
            Some(minor) => {
                (1..=3).contains(&minor.len()) && minor.bytes().all(|byte| byte.is_ascii_digit())
            }
            None => rest.is_empty(),
        })
}

const FORMAT: &str = "web-eid:1.0";

/// Web eID wants an address that names program and version.
const APP_VERSION: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/releases/",
    env!("CARGO_PKG_VERSION")
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trust::tests::workshop::splices;

    fn json(format: &str, algorithm: &str, more: &str) -> String {
        let certificate = BASE64_STANDARD.encode([0x30; 90]);
        format!(
            r#"{{"unverifiedCertificate":"{certificate}","algorithm":"{algorithm}","signature":"AAAA","format":"{format}"{more}}}"#
        )
    }

    fn reason(json: &str) -> Option<LoginReason> {
        Token::parse(json.as_bytes()).err()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let token = Token::parse(json("web-eid:1.0", "RS256", r#","appVersion":"x""#).as_bytes());
        let token = token.unwrap();
        assert_eq!(token.app_version(), Some("x"));
        assert_eq!(Token::parse(token.to_json().as_bytes()), Ok(token));
    }

    #[test]
    fn only_format_1() {
        for good in ["web-eid:1", "web-eid:1.0", "web-eid:1.1", "web-eid:1.12"] {
            assert_eq!(reason(&json(good, "RS256", "")), None, "{good}");
        }
        for bad in [
            "",
            "web-eid:2.0",
            "web-eid:10",
            "web-eid:1.",
            "web-eid:1.x",
            "WEB-EID:1.0",
        ] {
            assert_eq!(
                reason(&json(bad, "RS256", "")),
                Some(LoginReason::TokenFormat),
                "{bad}"
            );
        }
    }

    #[test]
    fn only_known_algorithms() {
        for (name, _) in TokenAlgorithm::ALL {
            assert_eq!(reason(&json("web-eid:1.0", name, "")), None);
        }
        for bad in ["none", "HS256", "rs256", "RS1", "ES512", "ES256K", ""] {
            let refused = Some(LoginReason::TokenAlgorithm);
            assert_eq!(reason(&json("web-eid:1.0", bad, "")), refused, "{bad}");
        }
    }

    #[test]
    fn one_object_with_each_member_once() {
        let good = json("web-eid:1.0", "RS256", "");
        assert_eq!(reason(&format!("  {good}\n")), None);
        let more = r#","alg":"RS256","more":[{"x":{}}],"even":null"#;
        assert_eq!(reason(&json("web-eid:1.1", "RS256", more)), None);
        let malformed = Some(LoginReason::TokenMalformed);
        for bad in [
            json("web-eid:1.0", "RS256", r#","algorithm":"RS256""#),
            json("web-eid:1.1", "RS256", r#","alg":"RS256","alg":1"#),
            json("web-eid:1.0", "RS256", r#","a\u006cgorithm":"RS256""#),
            json("web-eid:1.0", "RS256", r#","appVersion":1"#),
            json("web-eid:1.0", "RS256", r#","appVersion":null"#),
            json(
                "web-eid:1.0",
                "RS256",
                &format!(r#","appVersion":"{}""#, "x".repeat(513)),
            ),
            format!("{good}{good}"),
            format!("[{good}]"),
            good.replace("AAAA", "AAA"),
            good.replace("AAAA", "AAB="),
            good.replace("AAAA", "AA-_"),
            good.replace("AAAA", " AAAA"),
            good.replace("AAAA", &"A".repeat(1404)),
            good.replace(r#""signature":"AAAA","#, ""),
            good.replace("AAAA", "\u{0}AAA"),
        ] {
            assert_eq!(reason(&bad), malformed, "{bad}");
        }
    }

    #[test]
    fn from_a_hundred_to_ten_thousand_characters() {
        let length = Some(LoginReason::TokenLength);
        assert_eq!(reason(&"x".repeat(99)), length);
        assert_eq!(reason(&"x".repeat(100)), Some(LoginReason::TokenMalformed));
        assert_eq!(
            reason(&"x".repeat(10_000)),
            Some(LoginReason::TokenMalformed)
        );
        assert_eq!(reason(&"x".repeat(10_001)), length);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(splices in splices()) {
            let mut bytes = json("web-eid:1.0", "RS256", "").into_bytes();
            for splice in &splices {
                splice.apply(&mut bytes);
            }
            if let Ok(token) = Token::parse(&bytes) {
                prop_assert_eq!(Token::parse(token.to_json().as_bytes()), Ok(token));
            }
        }
    }
}
