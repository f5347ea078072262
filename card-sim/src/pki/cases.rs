//! The cases, each beside what it breaks.

use der::{DateTime, Encode};

use super::draft::{
    DAY, Draft, ListDraft, SHA1_WITH_RSA, SHA384_WITH_RSA, answer, extension, put, sequence,
};
use super::{key, root};
use crate::persona::issue::{Authority, Generation, IssueError, Leaf, Purpose};
use crate::persona::{Persona, PrivateKey};

/// One thing to give to a verifier, and what it should say.
#[derive(Clone, Debug)]
pub struct Case {
    /// Stem of its files.
    pub name: &'static str,
    /// What it breaks, Japanese.
    pub about_ja: &'static str,
    /// What it breaks, English.
    pub about_en: &'static str,
    /// A certificate in DER, or whatever stands in its place.
    pub certificate: Vec<u8>,
    /// A revocation list in DER, to be given with it.
    pub list: Option<Vec<u8>>,
    /// An OCSP answer in DER, as a responder would send it to whatever question.
    pub answer: Option<Vec<u8>>,
    /// Why it has to be refused; `None` if it has to be accepted.
    pub refused: Option<&'static str>,
    /// What is known of revocation: `good`, `revoked`, `unknown` or `not-checked`.
    pub revocation: &'static str,
    /// Why revocation is unknown.
    pub unknown: Option<&'static str>,
}

/// All cases, for a moment in seconds after 1970: that is when they should be tried.
///
/// # Errors
///
/// [`IssueError`] for a moment that certificates cannot be written for.
pub fn cases(now: i64) -> Result<Vec<Case>, IssueError> {
    let bench = Bench::new(now)?;
    let mut cases = certificates(&bench)?;
    cases.extend(revocations(&bench)?);
    Ok(cases)
}

/// Who issues, and to whom.
struct Bench {
    now: i64,
    /// A holder's key: that of a shipped resident.
    holder: PrivateKey,
    persona: Persona,
}

const CURRENT: Authority = Authority {
    purpose: Purpose::Authentication,
    generation: Generation::Y2023,
};
const OLDER: Authority = Authority {
    purpose: Purpose::Authentication,
    generation: Generation::Y2019,
};
const SIGNING: Authority = Authority {
    purpose: Purpose::Signature,
    generation: Generation::Y2023,
};
const ELLIPTIC: Authority = Authority {
    purpose: Purpose::Authentication,
    generation: Generation::Invented,
};

impl Bench {
    #[expect(clippy::expect_used, reason = "hanako is shipped and has this key")]
    fn new(now: i64) -> Result<Self, IssueError> {
        let persona = Persona::shipped("hanako").expect("hanako is shipped");
        let credential = persona.authentication.clone();
        Ok(Self {
            now,
            holder: credential.expect("hanako can log in").key,
            persona,
        })
    }

    /// A certificate that keeps every rule, before it is signed.
    fn leaf(&self, of: Authority, number: u32) -> Result<Draft, IssueError> {
        let holder = match of.generation {
            Generation::Invented => &key(of),
            _ => &self.holder,
        };
        let any = DateTime::new(2026, 4, 1, 0, 0, 0)?;
        let leaf = Leaf {
            serial: SERIALS + number,
            common_name: match of.purpose {
                Purpose::Authentication => "0000000SAMPLE0133333003A",
                Purpose::Signature => "202604010000000000133333003A",
            },
            prefecture: "Mihon-ken",
            municipality: "Mihon-shi",
            not_before: any,
            not_after: any,
            holder: &self.persona.holder,
        };
        let certificate = of.issue(&key(of), holder, &leaf)?;
        // Not before the youngest authority was made, not after today's end.
        Draft::of(&certificate, [self.now - 30 * DAY, self.now + 365 * DAY])
    }

    /// A list of an authority for the part of the country that its leaves name.
    fn list(&self, of: Authority, town: &str) -> Result<ListDraft, IssueError> {
        let issuer = Draft::of(root(of), [0, 0])?.subject;
        let point = put(0xA0, &[&put(0xA0, &[&partition(town)])]);
        Ok(ListDraft {
            issuer,
            this_update: self.now - DAY,
            next_update: self.now + 7 * DAY,
            revoked: vec![vec![0x09]],
            extensions: vec![
                extension(CRL_NUMBER, false, &[2, 1, 9]),
                extension(ISSUING_POINT, true, &sequence(&[&point])),
            ],
        })
    }
}

/// Breaks a certificate and says who signs it.
type Break = fn(&mut Draft, &Bench) -> Result<Authority, IssueError>;

/// Breaks the finished bytes.
type Spoil = fn(Vec<u8>) -> Vec<u8>;

fn certificates(bench: &Bench) -> Result<Vec<Case>, IssueError> {
    let broken: Vec<(&str, &str, &str, Option<&'static str>, Break)> = vec![
        (
            "valid",
            "なし: ログインのための証明書",
            "nothing: a certificate for logging in",
            None,
            |_, _| Ok(CURRENT),
        ),
        (
            "valid-older-generation",
            "なし: 一つ前の世代の認証局による証明書",
            "nothing: issued by the generation before, under the same name",
            None,
            |draft, bench| {
                *draft = bench.leaf(OLDER, 2)?;
                Ok(OLDER)
            },
        ),
        (
            "valid-signing",
            "なし: 署名のための証明書",
            "nothing: a certificate for signing documents",
            None,
            |draft, bench| {
                *draft = bench.leaf(SIGNING, 3)?;
                Ok(SIGNING)
            },
        ),
        (
            "valid-elliptic",
            "なし: 架空の楕円曲線の認証局による証明書",
            "nothing: P-384 under the invented elliptic authority",
            None,
            |draft, bench| {
                *draft = bench.leaf(ELLIPTIC, 4)?;
                Ok(ELLIPTIC)
            },
        ),
        (
            "expired",
            "有効期間が昨日まで",
            "ended yesterday",
            Some("certificate.expired"),
            |draft, bench| {
                draft.validity[1] = bench.now - DAY;
                Ok(CURRENT)
            },
        ),
        (
            "not-yet-valid",
            "有効期間が明日から",
            "begins tomorrow",
            Some("certificate.not-yet-valid"),
            |draft, bench| {
                draft.validity[0] = bench.now + DAY;
                Ok(CURRENT)
            },
        ),
        (
            "older-than-its-root",
            "認証局ができる前に始まる",
            "begins before its authority did",
            Some("issuer.validity"),
            |draft, _| {
                // 2020-01-01.
                draft.validity[0] = 1_577_836_800;
                Ok(CURRENT)
            },
        ),
        (
            "wrong-purpose",
            "ログイン用の認証局から署名用の鍵用途",
            "key usage for signing documents, under the authority for logging in",
            Some("certificate.key-usage"),
            |draft, _| {
                draft.set(KEY_USAGE, true, &[3, 2, 6, 0xC0]);
                Ok(CURRENT)
            },
        ),
        (
            "no-key-usage",
            "鍵用途がない",
            "no key usage",
            Some("certificate.key-usage"),
            |draft, _| {
                draft.unset(KEY_USAGE);
                Ok(CURRENT)
            },
        ),
        (
            "wrong-extended-usage",
            "拡張鍵用途がメール保護",
            "extended key usage for mail",
            Some("certificate.extended-key-usage"),
            |draft, _| {
                let mail = sequence(&[b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"]);
                draft.set(EXTENDED_KEY_USAGE, false, &mail);
                Ok(CURRENT)
            },
        ),
        (
            "wrong-policy",
            "知らないポリシー",
            "a policy that is not of JPKI",
            Some("certificate.policy"),
            |draft, _| {
                let policy = sequence(&[&sequence(&[&put(6, &[UNKNOWN])])]);
                draft.set(POLICIES, true, &policy);
                Ok(CURRENT)
            },
        ),
        (
            "policy-for-persons",
            "試験用の認証局から実在の人のためのポリシー",
            "the policy for real persons, under an authority for tests",
            Some("certificate.policy"),
            |draft, _| {
                let policy = sequence(&[&sequence(&[&put(6, &[PERSONS])])]);
                draft.set(POLICIES, true, &policy);
                Ok(CURRENT)
            },
        ),
        (
            "authority",
            "認証局の印がある",
            "the CA flag is set",
            Some("certificate.authority"),
            |draft, _| {
                draft.set(BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xFF]);
                Ok(CURRENT)
            },
        ),
        (
            "weak-key",
            "1,024ビットの鍵",
            "a key of 1,024 bits",
            Some("key.size"),
            |draft, bench| {
                draft.spki = numbers(bench, 128, &[1, 0, 1])?;
                Ok(CURRENT)
            },
        ),
        (
            "small-exponent",
            "公開指数が3",
            "the public exponent 3",
            Some("key.exponent"),
            |draft, bench| {
                draft.spki = numbers(bench, 256, &[3])?;
                Ok(CURRENT)
            },
        ),
        (
            "elliptic-under-rsa",
            "今日の認証局から楕円曲線の鍵",
            "an elliptic key under an authority of today",
            Some("key.kind"),
            |draft, bench| {
                draft.spki = bench.leaf(ELLIPTIC, 0)?.spki;
                Ok(CURRENT)
            },
        ),
        (
            "unknown-issuer",
            "知らない発行者",
            "an issuer that nobody knows",
            Some("issuer.unknown"),
            |draft, _| {
                // The purpose stays readable, so that one rule is broken and not three.
                draft.issuer = name(&[(10, "JPKI-TEST"), (11, "JPKI for user authentication")]);
                Ok(CURRENT)
            },
        ),
        (
            "wrong-key-identifier",
            "名前は合うが認証局の鍵識別子が違う",
            "the right name with the key identifier of nobody",
            Some("issuer.key-identifier"),
            |draft, _| {
                draft.set(AUTHORITY_KEY, false, &sequence(&[&put(0x80, &[&[7; 20]])]));
                Ok(CURRENT)
            },
        ),
        (
            "wrong-key",
            "鍵識別子は合うが署名した鍵が違う",
            "the right key identifier, signed by another key",
            Some("certificate.signature"),
            |_, _| Ok(SIGNING),
        ),
        (
            "signed-by-older-generation",
            "今の世代を名乗り前の世代の鍵で署名",
            "names today's generation, signed by the one before",
            Some("certificate.signature"),
            |_, _| Ok(OLDER),
        ),
        (
            "critical-extension",
            "知らない重要な拡張",
            "an unknown critical extension",
            Some("certificate.critical-extension"),
            |draft, _| {
                draft.set(UNKNOWN, true, &[5, 0]);
                Ok(CURRENT)
            },
        ),
        (
            "duplicate-extension",
            "同じ拡張が二つ",
            "an extension twice",
            Some("certificate.duplicate-extension"),
            |draft, _| {
                draft.repeat_first();
                Ok(CURRENT)
            },
        ),
        (
            "unreadable-extension",
            "読めない鍵用途",
            "a key usage that cannot be read",
            Some("certificate.extension"),
            |draft, _| {
                draft.set(KEY_USAGE, true, &[3, 2, 1]);
                Ok(CURRENT)
            },
        ),
        (
            "negative-serial",
            "負のシリアル番号",
            "a negative serial number",
            Some("certificate.serial"),
            |draft, _| {
                draft.serial = vec![0x81];
                Ok(CURRENT)
            },
        ),
        (
            "long-serial",
            "21バイトのシリアル番号",
            "a serial number of 21 bytes",
            Some("certificate.serial"),
            |draft, _| {
                draft.serial = vec![1; 21];
                Ok(CURRENT)
            },
        ),
        (
            "version-1",
            "拡張のあるバージョン1",
            "version 1 with extensions",
            Some("certificate.version"),
            |draft, _| {
                draft.version.clear();
                Ok(CURRENT)
            },
        ),
        (
            "sha-1",
            "SHA-1 の署名",
            "signed with SHA-1",
            Some("certificate.algorithm"),
            |draft, _| {
                draft.inner_algorithm = SHA1_WITH_RSA.to_vec();
                draft.outer_algorithm = SHA1_WITH_RSA.to_vec();
                Ok(CURRENT)
            },
        ),
        (
            "two-algorithms",
            "内側と外側のアルゴリズムが違う",
            "another algorithm inside than outside",
            Some("certificate.algorithm-mismatch"),
            |draft, _| {
                draft.inner_algorithm = SHA384_WITH_RSA.to_vec();
                Ok(CURRENT)
            },
        ),
    ];
    let spoiled: Vec<(&str, &str, &str, Option<&'static str>, Spoil)> = vec![
        (
            "trailing-data",
            "証明書の後ろに1バイト",
            "a byte behind the certificate",
            Some("certificate.trailing-data"),
            |mut bytes| {
                bytes.push(0);
                bytes
            },
        ),
        (
            "two-certificates",
            "一つのファイルに証明書が二つ",
            "two certificates in one file",
            Some("certificate.trailing-data"),
            |bytes| [bytes.clone(), bytes].concat(),
        ),
        (
            "truncated",
            "最後の1バイトがない",
            "the last byte is missing",
            Some("certificate.malformed"),
            |mut bytes| {
                bytes.pop();
                bytes
            },
        ),
        (
            "flipped-bit",
            "署名の1ビットが違う",
            "one bit of the signature is another",
            Some("certificate.signature"),
            |mut bytes| {
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                bytes
            },
        ),
    ];
    let mut cases = Vec::new();
    for (place, (name, about_ja, about_en, refused, change)) in broken.into_iter().enumerate() {
        let number = u32::try_from(place).unwrap_or_default() + 1;
        let mut draft = bench.leaf(CURRENT, number)?;
        let signer = change(&mut draft, bench)?;
        let certificate = draft.sign(&key(signer))?;
        cases.push(Case::of(name, about_ja, about_en, certificate, refused));
    }
    for (name, about_ja, about_en, refused, spoil) in spoiled {
        let certificate = spoil(bench.leaf(CURRENT, 50)?.sign(&key(CURRENT))?);
        cases.push(Case::of(name, about_ja, about_en, certificate, refused));
    }
    Ok(cases)
}

fn revocations(bench: &Bench) -> Result<Vec<Case>, IssueError> {
    let now = bench.now;
    let draft = bench.leaf(CURRENT, 60)?;
    let certificate = draft.sign(&key(CURRENT))?;
    let case = |name, about_ja, about_en, revocation, unknown| {
        let refused = (revocation == "revoked").then_some("certificate.revoked");
        Case {
            revocation,
            unknown,
            ..Case::of(name, about_ja, about_en, certificate.clone(), refused)
        }
    };
    let listed = |case: Case, list: ListDraft, signer| -> Result<Case, IssueError> {
        Ok(Case {
            list: Some(list.sign(&key(signer))?),
            ..case
        })
    };
    let here = || bench.list(CURRENT, HERE);
    let with = |change: &dyn Fn(&mut ListDraft)| -> Result<ListDraft, IssueError> {
        let mut list = here()?;
        change(&mut list);
        Ok(list)
    };
    let answered = |case: Case, serial: &[u8], week, revoked| -> Result<Case, IssueError> {
        let answer = answer(&key(CURRENT), &draft.issuer, serial, week, revoked)?;
        Ok(Case {
            answer: Some(answer),
            ..case
        })
    };
    let week = [now - DAY, now + 6 * DAY];
    let mut cases = vec![
        listed(
            case(
                "list-current",
                "なし: 最新の失効リストに載っていない",
                "nothing: not on a current list",
                "good",
                None,
            ),
            here()?,
            CURRENT,
        )?,
        listed(
            case(
                "list-revoked",
                "失効リストに載っている",
                "on the revocation list",
                "revoked",
                None,
            ),
            with(&|list| list.revoked.push(draft.serial.clone()))?,
            CURRENT,
        )?,
        listed(
            case(
                "list-elsewhere",
                "ほかの市区町村の失効リスト",
                "the list of another municipality",
                "unknown",
                Some("revocation.partition"),
            ),
            bench.list(CURRENT, "Yoso-shi CRLDP")?,
            CURRENT,
        )?,
        listed(
            case(
                "list-stale",
                "次の更新が昨日までだった失効リスト",
                "a list whose next one was due yesterday",
                "unknown",
                Some("revocation.stale"),
            ),
            with(&|list| {
                list.this_update = now - 8 * DAY;
                list.next_update = now - DAY;
            })?,
            CURRENT,
        )?,
        listed(
            case(
                "list-future",
                "明日の失効リスト",
                "a list of tomorrow",
                "unknown",
                Some("revocation.future"),
            ),
            with(&|list| list.this_update = now + DAY)?,
            CURRENT,
        )?,
        listed(
            case(
                "list-other-issuer",
                "署名用の認証局の失効リスト",
                "a list of the authority for signing",
                "unknown",
                Some("revocation.issuer"),
            ),
            bench.list(SIGNING, HERE)?,
            SIGNING,
        )?,
        listed(
            case(
                "list-wrong-key",
                "前の世代の鍵で署名された失効リスト",
                "a list signed by the generation before",
                "unknown",
                Some("revocation.signature"),
            ),
            here()?,
            OLDER,
        )?,
        listed(
            case(
                "list-critical-extension",
                "知らない重要な拡張のある失効リスト",
                "a list with an unknown critical extension",
                "unknown",
                Some("revocation.extension"),
            ),
            with(&|list| list.extensions.push(extension(UNKNOWN, true, &[5, 0])))?,
            CURRENT,
        )?,
        answered(
            case(
                "answer-current",
                "なし: OCSP が失効していないと答える",
                "nothing: not revoked, says the OCSP answer",
                "good",
                None,
            ),
            &draft.serial,
            week,
            None,
        )?,
        answered(
            case(
                "answer-revoked",
                "OCSP が失効したと答える",
                "revoked, says the OCSP answer",
                "revoked",
                None,
            ),
            &draft.serial,
            week,
            Some(now - 2 * DAY),
        )?,
        answered(
            case(
                "answer-stale",
                "古い OCSP の答え",
                "an OCSP answer that is too old",
                "unknown",
                Some("revocation.stale"),
            ),
            &draft.serial,
            [now - 8 * DAY, now - DAY],
            None,
        )?,
        answered(
            case(
                "answer-other-certificate",
                "ほかの証明書についての OCSP の答え",
                "an OCSP answer about another certificate",
                "unknown",
                Some("revocation.other-certificate"),
            ),
            &[9],
            week,
            None,
        )?,
    ];
    // What the first of these is under, but answered by a responder without the right to.
    let stranger = Case {
        answer: Some(answer(
            &key(OLDER),
            &draft.issuer,
            &draft.serial,
            week,
            None,
        )?),
        ..case(
            "answer-wrong-responder",
            "答える権限のない者の OCSP の答え",
            "an OCSP answer by somebody who may not give it",
            "unknown",
            Some("revocation.responder"),
        )
    };
    cases.push(stranger);
    Ok(cases)
}

impl Case {
    fn of(
        name: &'static str,
        about_ja: &'static str,
        about_en: &'static str,
        certificate: Vec<u8>,
        refused: Option<&'static str>,
    ) -> Self {
        Self {
            name,
            about_ja,
            about_en,
            certificate,
            list: None,
            answer: None,
            refused,
            revocation: "not-checked",
            unknown: None,
        }
    }
}

/// A public key of so many bytes: the holder's modulus, shortened. Its private half does not exist.
fn numbers(bench: &Bench, size: usize, exponent: &[u8]) -> Result<Vec<u8>, IssueError> {
    let PrivateKey::Rsa(holder) = &bench.holder else {
        return Err(spki::Error::KeyMalformed.into());
    };
    let [whole, _] = holder.public_numbers();
    let modulus = whole.get(whole.len().saturating_sub(size)..);
    let mut modulus = modulus.unwrap_or_default().to_vec();
    if let Some(first) = modulus.first_mut() {
        // As many bits as bytes allow.
        *first |= 0x80;
    }
    let key = sequence(&[&put(2, &[&[0], &modulus]), &put(2, &[exponent])]);
    let algorithm = bench.holder.public_key()?.algorithm.to_der()?;
    Ok(sequence(&[&algorithm, &put(3, &[&[0], &key])]))
}

/// The name of a municipality's list, as the leaves here carry it.
fn partition(town: &str) -> Vec<u8> {
    let name = name(&[
        (6, "JP"),
        (10, "JPKI-TEST"),
        (11, "JPKI for user authentication"),
        (11, "CRL Distribution Points"),
        (11, "Mihon-ken"),
        (3, town),
    ]);
    put(0xA4, &[&name])
}

/// A name of these attributes of X.520: the country (6) is PrintableString, the rest UTF-8.
fn name(parts: &[(u8, &str)]) -> Vec<u8> {
    let parts = parts.iter().map(|(kind, text)| {
        let tag = if *kind == 6 { 0x13 } else { 0x0C };
        let pair = sequence(&[&[6, 3, 0x55, 4, *kind], &put(tag, &[text.as_bytes()])]);
        put(0x31, &[&pair])
    });
    let parts: Vec<Vec<u8>> = parts.collect();
    sequence(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Far from the numbers of residents.
const SERIALS: u32 = 0x00F0_0000;
const HERE: &str = "Mihon-shi CRLDP";

const KEY_USAGE: &[u8] = b"\x55\x1d\x0f";
const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1d\x13";
pub(super) const CRL_NUMBER: &[u8] = b"\x55\x1d\x14";
pub(super) const ISSUING_POINT: &[u8] = b"\x55\x1d\x1c";
const POLICIES: &[u8] = b"\x55\x1d\x20";
const AUTHORITY_KEY: &[u8] = b"\x55\x1d\x23";
const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
/// 1.2.3.4, which has no owner.
const UNKNOWN: &[u8] = b"\x2a\x03\x04";
/// 1.2.392.200149.8.5.1.3.30.
const PERSONS: &[u8] = b"\x2a\x83\x08\x8c\x9b\x55\x08\x05\x01\x03\x1e";
