//! Roots: the six of JPKI, those of J-LIS test cards, and those that the caller brings.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::certificate::{Certificate, CertificateError, Environment, KeyAlgorithm, Purpose};
use crate::digest::{Digest, HashAlgorithm};

/// All trusted roots, separated by purpose.
#[derive(Clone, Debug)]
pub struct Trust {
    source: TrustSource,
    authentication: TrustStore,
    signature: TrustStore,
    time_stamp: TrustStore,
    skipped: Vec<Skipped>,
}

impl Trust {
    /// The six roots of JPKI (公的個人認証サービス): three generations for each purpose.
    ///
    /// Published by J-LIS; the first generation has expired and is kept for archived signatures.
    #[must_use]
    pub fn production() -> Trust {
        Trust::compiled_in(TrustSource::Production, PRODUCTION)
    }

    /// The roots of the cards that J-LIS makes for tests. Anyone may own such a card.
    #[must_use]
    pub fn jlis_test() -> Trust {
        Trust::compiled_in(TrustSource::JlisTest, JLIS_TEST)
    }

    /// Roots from DER that the caller has: the simulator's, or a service's own list.
    ///
    /// # Errors
    ///
    /// `trust.root` for the first that is no root, `trust.empty` if there is none.
    pub fn from_der<'a>(
        source: TrustSource,
        roots: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Trust, TrustError> {
        let mut trust = Trust::empty(source);
        for der in roots {
            let root = Root::parse(der).map_err(|problem| TrustError::Root {
                file: None,
                problem,
            })?;
            trust.add(root);
        }
        trust.ready(None)
    }

    /// Roots from a folder: every file with certificates in DER or PEM, subfolders left alone.
    ///
    /// Files without a certificate are passed over; certificates that are no authority's are
    /// listed by [`Trust::skipped`] and trusted for nothing.
    ///
    /// # Errors
    ///
    /// `trust.unreadable`, `trust.root` for a file with a certificate that cannot be read or an
    /// authority whose key is too weak, `trust.empty` if no root was found.
    pub fn folder(path: &Path) -> Result<Trust, TrustError> {
        let unreadable = |path: &Path| {
            let file = path.to_owned();
            move |error: io::Error| TrustError::Unreadable {
                file,
                kind: error.kind(),
            }
        };
        let mut trust = Trust::empty(TrustSource::Folder);
        let mut files = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable(path))? {
            files.push(entry.map_err(unreadable(path))?.path());
        }
        files.sort();
        for file in files.into_iter().filter(|file| file.is_file()) {
            let mut bytes = Vec::new();
            let opened = fs::File::open(&file).map_err(unreadable(&file))?;
            opened
                .take(LARGEST_FILE)
                .read_to_end(&mut bytes)
                .map_err(unreadable(&file))?;
            let refused = |problem| TrustError::Root {
                file: Some(file.clone()),
                problem,
            };
            for certificate in certificates(&bytes).map_err(|problem| refused(problem.into()))? {
                match Root::new(certificate) {
                    Ok(root) => trust.add(root),
                    Err(problem @ RootProblem::NoAuthority) => trust.skipped.push(Skipped {
                        file: file.clone(),
                        problem,
                    }),
                    Err(problem) => return Err(refused(problem)),
                }
            }
        }
        trust.ready(Some(path))
    }

    fn empty(source: TrustSource) -> Trust {
        let store = |role| TrustStore {
            role,
            source,
            roots: Vec::new(),
        };
        Trust {
            source,
            authentication: store(Role::Authentication),
            signature: store(Role::Signature),
            time_stamp: store(Role::TimeStamp),
            skipped: Vec::new(),
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "compiled in; a test reads every one of them"
    )]
    fn compiled_in(source: TrustSource, roots: &[&[u8]]) -> Trust {
        Trust::from_der(source, roots.iter().copied()).expect("roots of this crate can be read")
    }

    fn add(&mut self, root: Root) {
        let store = match root.role {
            Role::Authentication => &mut self.authentication,
            Role::Signature => &mut self.signature,
            Role::TimeStamp => &mut self.time_stamp,
        };
        if !store.roots.contains(&root) {
            store.roots.push(root);
        }
    }

    fn ready(mut self, folder: Option<&Path>) -> Result<Trust, TrustError> {
        for store in [
            &mut self.authentication,
            &mut self.signature,
            &mut self.time_stamp,
        ] {
            store.number();
        }
        if self.roots().next().is_none() {
            return Err(TrustError::Empty {
                folder: folder.map(Path::to_owned),
            });
        }
        Ok(self)
    }

    /// The roots for one role. Empty if none was given.
    #[must_use]
    pub const fn store(&self, role: Role) -> &TrustStore {
        match role {
            Role::Authentication => &self.authentication,
            Role::Signature => &self.signature,
            Role::TimeStamp => &self.time_stamp,
        }
    }

    /// The store that answers for a certificate, by the name of its issuer.
    ///
    /// For callers who have a certificate and no purpose of their own. A login or a signature has
    /// one: take [`Trust::store`] there.
    #[must_use]
    pub fn store_for(&self, certificate: &Certificate) -> &TrustStore {
        self.store(certificate.purpose().map_or(Role::TimeStamp, Role::from))
    }

    /// Every root of every store.
    pub fn roots(&self) -> impl Iterator<Item = &Root> {
        let stores = [&self.authentication, &self.signature, &self.time_stamp];
        stores.into_iter().flat_map(|store| &store.roots)
    }

    /// Where the roots came from.
    #[must_use]
    pub const fn source(&self) -> TrustSource {
        self.source
    }

    /// Certificates in a folder that are no authority's, and so were left out.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }
}

/// The roots for one role. Stores of different roles cannot be put together.
#[derive(Clone, Debug)]
pub struct TrustStore {
    role: Role,
    source: TrustSource,
    roots: Vec<Root>,
}

impl TrustStore {
    /// What certificates under these roots may be used for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Where the roots came from.
    #[must_use]
    pub const fn source(&self) -> TrustSource {
        self.source
    }

    /// The roots, older ones first.
    #[must_use]
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The same store with more authorities.
    pub(super) fn with(&self, more: impl IntoIterator<Item = Root>) -> TrustStore {
        let mut store = self.clone();
        store.roots.extend(more);
        store
    }

    /// Counts the generations of each name.
    fn number(&mut self) {
        self.roots
            .sort_by_key(|root| root.certificate.validity().not_before);
        let mut earlier: Vec<(Vec<u8>, u8)> = Vec::new();
        for root in &mut self.roots {
            let name = root.certificate.subject().der();
            match earlier.iter_mut().find(|(known, _)| known == name) {
                Some((_, generation)) => {
                    *generation = generation.saturating_add(1);
                    root.anchor.generation = *generation;
                }
                None => earlier.push((name.to_vec(), 1)),
            }
        }
    }
}

/// The certificate of an authority that is trusted as it is (認証局の自己署名証明書).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    certificate: Certificate,
    role: Role,
    anchor: Anchor,
}

impl Root {
    /// Reads a root from DER.
    ///
    /// # Errors
    ///
    /// As [`Root::new`], or the bytes are no certificate.
    pub fn parse(der: &[u8]) -> Result<Root, RootProblem> {
        Root::new(Certificate::parse_exact(der)?)
    }

    /// Takes a certificate as a root. Its own name says for which role.
    ///
    /// OU decides the purpose, O between persons and tests; an authority of any other name is one
    /// for time stamps and serves for nothing else. A self-signature proves nothing and is not
    /// looked at: the caller says that this key is to be trusted.
    ///
    /// # Errors
    ///
    /// [`RootProblem::NoAuthority`], [`RootProblem::Key`].
    pub fn new(certificate: Certificate) -> Result<Root, RootProblem> {
        let authority = certificate
            .basic_constraints()
            .is_some_and(|basic| basic.ca)
            && certificate
                .key_usage()
                .is_some_and(|usage| usage.key_cert_sign())
            && certificate.duplicate_extensions().is_empty();
        if !authority {
            return Err(RootProblem::NoAuthority);
        }
        match certificate.key_algorithm() {
            KeyAlgorithm::Rsa { bits: 2048..=8192 } => {
                let exponent = certificate.public_key().rsa_numbers().map(|(_, e)| e);
                if exponent != Some(F4) {
                    return Err(RootProblem::Key);
                }
            }
            KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 => {}
            KeyAlgorithm::Rsa { .. } | KeyAlgorithm::Other => return Err(RootProblem::Key),
        }
        let environment = match certificate.subject().values("O").next() {
            Some("JPKI") => Some(Environment::Production),
            Some("JPKI-TEST") => Some(Environment::Test),
            _ => None,
        };
        let purpose = certificate.subject().values("OU").find_map(purpose_of_unit);
        let (role, environment) = match (purpose, environment) {
            (Some(purpose), Some(environment)) => (purpose.into(), Some(environment)),
            _ => (Role::TimeStamp, None),
        };
        let anchor = Anchor {
            fingerprint: certificate.fingerprint(),
            key: Digest::of(HashAlgorithm::Sha256, certificate.public_key().spki()),
            generation: 1,
            environment,
        };
        Ok(Root {
            certificate,
            role,
            anchor,
        })
    }

    /// A time-stamp authority's CA that a root stands behind; reports name that root.
    pub(super) fn below(certificate: Certificate, anchor: Anchor) -> Option<Root> {
        let root = Root::new(certificate).ok();
        root.filter(|root| root.role == Role::TimeStamp)
            .map(|root| Root { anchor, ..root })
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What certificates under it may be used for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// How reports name it.
    #[must_use]
    pub const fn anchor(&self) -> &Anchor {
        &self.anchor
    }
}

/// How a report names a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// SHA-256 of the root's DER, as J-LIS publishes it (フィンガープリント).
    pub fingerprint: Digest,
    /// SHA-256 of its SubjectPublicKeyInfo: the same for every certificate of this key.
    pub key: Digest,
    /// The how-manieth of its name in its store, from 1.
    pub generation: u8,
    /// Whether it certifies persons; `None` for time-stamp roots.
    pub environment: Option<Environment>,
}

/// What a certificate may be used for: the one thing that a store is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// 利用者証明用: to log in.
    Authentication,
    /// 署名用: to sign documents.
    Signature,
    /// To sign time stamps; never a JPKI authority.
    TimeStamp,
}

impl Role {
    /// A stable word for scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Authentication => "authentication",
            Role::Signature => "signature",
            Role::TimeStamp => "time-stamp",
        }
    }
}

impl From<Purpose> for Role {
    fn from(purpose: Purpose) -> Role {
        match purpose {
            Purpose::Authentication => Role::Authentication,
            Purpose::Signature => Role::Signature,
        }
    }
}

/// Where roots came from; a report says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrustSource {
    /// J-LIS, for persons.
    Production,
    /// J-LIS, for test cards.
    JlisTest,
    /// This project's simulated cards.
    Simulator,
    /// A folder or list chosen by the caller.
    Folder,
}

impl TrustSource {
    /// A stable word for scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TrustSource::Production => "production",
            TrustSource::JlisTest => "jlis-test",
            TrustSource::Simulator => "sim",
            TrustSource::Folder => "folder",
        }
    }
}

/// A certificate that was found beside roots and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where.
    pub file: PathBuf,
    /// Why it is no root.
    pub problem: RootProblem,
}

/// Why a certificate is no root.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RootProblem {
    /// It cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// It may not issue certificates.
    #[error("not the certificate of an authority")]
    NoAuthority,
    /// Its key is none that these rules trust: RSA from 2048 bits with 65537, P-256, P-384.
    #[error("the authority's key is of an unknown kind or too weak")]
    Key,
}

/// Why there are no roots to trust.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrustError {
    /// A file or folder cannot be read.
    #[error("{} cannot be read: {kind}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// How the system puts it.
        kind: io::ErrorKind,
    },
    /// A file holds something that should be a root and is none.
    #[error("no root: {problem}")]
    Root {
        /// Which file, if it came from one.
        file: Option<PathBuf>,
        /// Why.
        problem: RootProblem,
    },
    /// There is no root at all.
    #[error("no root was found")]
    Empty {
        /// Where, if in a folder.
        folder: Option<PathBuf>,
    },
}

impl TrustError {
    /// Every code that [`TrustError::code`] can give.
    pub const CODES: &'static [&'static str] = &["trust.empty", "trust.root", "trust.unreadable"];

    /// A stable word for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            TrustError::Unreadable { .. } => "trust.unreadable",
            TrustError::Root { .. } => "trust.root",
            TrustError::Empty { .. } => "trust.empty",
        }
    }
}

/// The certificates of a file; none if it is a file of something else.
fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    match Certificate::parse_pem(bytes) {
        Err(CertificateError::Absent) => {}
        read => return read,
    }
    // Without the marks of PEM only the whole file can tell whether it is a certificate.
    Ok(Certificate::parse_exact(bytes).into_iter().collect())
}

fn purpose_of_unit(unit: &str) -> Option<Purpose> {
    match unit {
        "JPKI for user authentication" => Some(Purpose::Authentication),
        "JPKI for digital signature" => Some(Purpose::Signature),
        _ => None,
    }
}

/// 65537: the only public exponent in use, and the least that these rules trust.
pub(super) const F4: &[u8] = &[1, 0, 1];

/// A folder of roots holds certificates; nothing larger is read to its end.
const LARGEST_FILE: u64 = 1 << 20;

const PRODUCTION: &[&[u8]] = &[
    include_bytes!("../../data/roots/production/authca01.cer"),
    include_bytes!("../../data/roots/production/authca02.cer"),
    include_bytes!("../../data/roots/production/authca03.cer"),
    include_bytes!("../../data/roots/production/signca01.cer"),
    include_bytes!("../../data/roots/production/signca02.cer"),
    include_bytes!("../../data/roots/production/signca03.cer"),
];

const JLIS_TEST: &[&[u8]] = &[
    include_bytes!("../../data/roots/jlis-test/authca-test-2019.cer"),
    include_bytes!("../../data/roots/jlis-test/authca-test-2023.cer"),
    include_bytes!("../../data/roots/jlis-test/signca-test-2019.cer"),
    include_bytes!("../../data/roots/jlis-test/signca-test-2024.cer"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::tests::workshop::{Authority, Signer, Workshop};

    /// What J-LIS publishes of its six authorities (`sign_fingerprint.pdf` and its twin), and the
    /// key identifier by which a leaf names each.
    const PUBLISHED: [(Role, u8, &str, &str); 6] = [
        (
            Role::Authentication,
            1,
            "4DCFC4CA0AAF9FB2A3081B3F0C991C320B3ACC008667A341EEAEC5AF1D58CA7D",
            "9567951B5CA70D84A0FFF1D85A87F1AAB1340385",
        ),
        (
            Role::Authentication,
            2,
            "0D98DE47FC11B7F67126874B7028B6026A803D2638D6EDFE53176953961FADE6",
            "8CD5586A891485E559379B7E29D410CFD28B3593",
        ),
        (
            Role::Authentication,
            3,
            "64114F29620C24ED2631D46476A040E7EE740D956089C00B036A6A8118C322B5",
            "1AC100F596A3BC8C4B3DF195E32699249E9E308A",
        ),
        (
            Role::Signature,
            1,
            "19645405A1FE14377434BD55957628AC4038557C542403A2243F21C706FC9355",
            "0D034CBB34D0714F45E45A1CAFD8FD143FAB54A7",
        ),
        (
            Role::Signature,
            2,
            "79679C33E4CC9319440F1AD120A597FF1844E2EF217063ADB176966FD5E6FBEB",
            "4DE017DE4B7F473DCD867A62D38B134ACE83558A",
        ),
        (
            Role::Signature,
            3,
            "D227F6CDE11D35C5252178F106F843D24651944975413B539FA2FB68DBFA365F",
            "D21EA55895617E93ADBF966B941AB4EDF653F08F",
        ),
    ];

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    #[test]
    fn the_six_roots_are_those_that_are_published() {
        let trust = Trust::production();
        assert_eq!(trust.roots().count(), PUBLISHED.len());
        for (role, generation, print, key) in PUBLISHED {
            let mut roots = trust.store(role).roots().iter();
            let root = roots
                .find(|root| root.anchor().generation == generation)
                .unwrap();
            assert_eq!(hex(root.anchor().fingerprint.as_bytes()), print);
            let certificate = root.certificate();
            assert_eq!(hex(certificate.subject_key_identifier().unwrap()), key);
            assert_eq!(root.anchor().environment, Some(Environment::Production));
            // One name for all three, so the key alone chooses: each signed itself, none another.
            for other in trust.store(role).roots() {
                assert_eq!(other.certificate().subject(), certificate.subject());
                let signed = certificate.verify_signed_by(other.certificate().public_key());
                assert_eq!(signed.is_ok(), other == root);
            }
        }
    }

    #[test]
    fn test_roots_are_never_among_those_for_persons() {
        let test = Trust::jlis_test();
        assert_eq!(test.roots().count(), 4);
        for root in test.roots() {
            assert_eq!(root.anchor().environment, Some(Environment::Test));
            assert!(Trust::production().roots().all(|other| other != root));
            let key = root.certificate().public_key();
            assert!(root.certificate().verify_signed_by(key).is_ok());
        }
    }

    #[test]
    fn a_folder_sorts_by_the_names_of_its_authorities() {
        let workshop = Workshop::open();
        let folder = tempfile::tempdir().unwrap();
        let dates = ["230716010104Z", "330715145959Z"];
        let stamp = Authority::new(Role::TimeStamp, Signer::p384(8), 8, dates);
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        assert_eq!(
            Trust::folder(folder.path()).unwrap_err().code(),
            "trust.empty"
        );
        write("readme.txt", b"not a certificate");
        write("issuer.cvkey.toml", b"key-id = '6000023'");
        write("a.cer", &workshop.new.certificate);
        write("again.der", &workshop.new.certificate);
        let pem = |der: &[u8]| Certificate::parse_exact(der).unwrap().to_pem();
        let both = pem(&workshop.old.certificate) + "text\n" + &pem(&workshop.signing.certificate);
        write("b.pem", both.as_bytes());
        write("c", &stamp.certificate);
        write("leaf.der", &workshop.good.clone());
        fs::create_dir(folder.path().join("inner")).unwrap();
        write("inner/d.cer", &workshop.elliptic.certificate);

        let trust = Trust::folder(folder.path()).unwrap();
        let counts = [Role::Authentication, Role::Signature, Role::TimeStamp]
            .map(|role| trust.store(role).roots().len());
        assert_eq!(counts, [2, 1, 1]);
        let [skipped] = trust.skipped() else {
            panic!("the leaf alone is left out")
        };
        assert!(skipped.file.ends_with("leaf.der"));
        assert_eq!(skipped.problem, RootProblem::NoAuthority);

        write(
            "broken.pem",
            b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
        );
        assert_eq!(
            Trust::folder(folder.path()).unwrap_err().code(),
            "trust.root"
        );
        let missing = Trust::folder(&folder.path().join("missing")).unwrap_err();
        assert_eq!(missing.code(), "trust.unreadable");
    }

    #[test]
    fn a_weak_authority_is_no_root() {
        let dates = ["230716010104Z", "330715145959Z"];
        let weak = Authority::new(Role::Signature, Signer::rsa(11, 1024), 9, dates);
        assert_eq!(Root::parse(&weak.certificate), Err(RootProblem::Key));
        let leaf = Workshop::open().good.clone();
        assert_eq!(Root::parse(&leaf), Err(RootProblem::NoAuthority));
    }
}
