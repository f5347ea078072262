//! Checking signatures: each rule on its own, so that a report says all that is wrong.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use card_core::certificate::Certificate;
use card_core::digest::Digest;
use card_core::domain::date::UtcTime;
use card_core::trust::{NoRevocation, RevocationChecker, Role, Trust};

use super::document::{Apex, DS, Node, Tree, decode, normalized};
use super::files::{self, Files};
use super::parts::{Parts, Reference, Transforms, base64};
use super::rules::{self, reason};
use super::xades::{self, Properties};
use super::{algorithm, egov};
use crate::report::{Fact, Finding, Format, Reason, Report, Rule, SignatureReport, Value, Verdict};
use crate::signer::SigningAlgorithm;

/// What the caller demands. The file never chooses any of it.
#[derive(Clone, Copy)]
pub struct Policy<'a> {
    /// The roots that are believed.
    pub trust: &'a Trust,
    /// Who knows about revocation.
    pub revocation: &'a dyn RevocationChecker,
    /// What the signer's certificate has to be for.
    pub role: Role,
    /// The time at which this check happens.
    pub now: UtcTime,
    /// The time for which certificates are judged instead of now. A claimed signing time never is.
    pub at: Option<UtcTime>,
    /// What has to be signed.
    pub covers: Covers<'a>,
    /// The path of the element that the signature has to stand in. `None`: it stands directly in
    /// the document element, or is the document element.
    pub place: Option<Path<'a>>,
    /// The attributes without namespace that identify elements; upper and lower case differ.
    pub identifiers: &'a [&'a str],
    /// Whether there may be more than one signature. Each of them has to cover what has to be signed.
    pub several: bool,
    /// Which properties have to be there.
    pub profile: Profile,
    /// The files that references may name.
    pub files: &'a Files,
}

/// The way to an element from the document element down: names as `local` or `{namespace}local`.
pub type Path<'a> = &'a [&'a str];

/// What has to be signed. A signature over something else in the same file proves nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers<'a> {
    /// The whole document but the signature.
    Document,
    /// The only element at this path.
    Element(Path<'a>),
    /// Something inside the signature (enveloping).
    Object,
    /// Every file that the caller supplied.
    Files,
}

/// Which properties have to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Those without which nothing is proven.
    Any,
    /// XAdES-B-B: signing time, signing certificate and format as well.
    Xades,
    /// The shape of e-Gov; see [`Policy::egov`].
    Egov,
}

impl<'a> Policy<'a> {
    /// The strict policy for documents: one signature over all, by a signature certificate, judged
    /// now.
    pub fn new(trust: &'a Trust, now: UtcTime) -> Policy<'a> {
        static NONE: Files = Files::new();
        Policy {
            trust,
            revocation: &NoRevocation,
            role: Role::Signature,
            now,
            at: None,
            covers: Covers::Document,
            place: None,
            identifiers: &["Id"],
            several: false,
            profile: Profile::Any,
            files: &NONE,
        }
    }
}

/// What a check found, and what was signed.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Rule by rule.
    pub report: Report,
    signed: Vec<Signed>,
}

/// Something that a signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Which signature, counted from 0 in the order of the file.
    pub signature: usize,
    /// What it covers.
    pub content: Content,
}

/// What a reference covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The canonical form that was hashed.
    Octets(Vec<u8>),
    /// The file of this name, byte for byte.
    File(String),
}

impl Verified {
    /// What was signed, in the order of the references; nothing unless the report is accepted.
    ///
    /// Whoever acts on a document takes it from here and not from the file: only this was signed.
    pub fn signed(&self) -> &[Signed] {
        if self.report.is_accepted() {
            &self.signed
        } else {
            &[]
        }
    }
}

/// Checks the signatures in an XML document.
///
/// Everything that is wrong with the file is in the report. Nothing outside the document and the
/// files in the policy is read.
pub fn verify(document: &[u8], policy: &Policy<'_>) -> Verified {
    let mut report = Report::new(Format::Xml);
    let mut signed = Vec::new();
    let text = decode(document).and_then(|text| normalized(&text));
    let tree = text
        .as_ref()
        .map_err(|reason| *reason)
        .and_then(|text| Tree::parse(text));
    match tree {
        Err(reason) => report.document.push(Finding::fail(rules::DOCUMENT, reason)),
        Ok(mut tree) => judge_tree(&mut tree, policy, &mut report, &mut signed),
    }
    Verified { report, signed }
}

fn judge_tree(
    tree: &mut Tree<'_>,
    policy: &Policy<'_>,
    report: &mut Report,
    signed: &mut Vec<Signed>,
) {
    let found: Vec<Node> = tree
        .elements(tree.root())
        .filter(|node| tree.is(*node, DS, "Signature"))
        .collect();
    let count = match found.len() {
        0 => Err(reason::NO_SIGNATURE),
        1 => Ok(()),
        MANY.. => Err(reason::MANY_SIGNATURES),
        _ if policy.several => Ok(()),
        _ => Err(reason::SEVERAL_SIGNATURES),
    };
    let mut notes = Notes::default();
    notes.rule(rules::DOCUMENT, Ok(()));
    notes.rule(rules::IDENTIFIERS, unique(tree, policy.identifiers));
    notes.rule(rules::SIGNATURES, count);
    notes.fact(rules::SIGNATURES, "signatures", found.len());
    report.document = notes.finish(&[]);
    if found.len() >= MANY {
        return;
    }
    for (number, node) in found.into_iter().enumerate() {
        let subject = Subject {
            policy,
            number,
            node,
        };
        report.signatures.push(subject.judge(tree, signed));
    }
}

/// Rule X4 for the document as a whole: no identifier stands twice.
fn unique(tree: &Tree<'_>, identifiers: &[&str]) -> Result<(), Reason> {
    let mut seen = std::collections::HashSet::new();
    for node in tree.elements(tree.root()) {
        let allowed = identifiers_of(tree, node, identifiers);
        let own: Vec<&str> = tree
            .identifiers(node, allowed)
            .filter(|(_, right)| *right)
            .map(|(id, _)| id)
            .collect();
        if !own.into_iter().all(|id| seen.insert(id)) {
            return Err(reason::ID_TWICE);
        }
    }
    Ok(())
}

/// The elements of signatures bring their own identifiers; all others have those of the policy.
fn identifiers_of<'i>(tree: &Tree<'_>, node: Node, identifiers: &'i [&'i str]) -> &'i [&'i str] {
    let own = [DS, xades::NAMESPACE]
        .iter()
        .any(|uri| tree.local(node, uri).is_some());
    if own { &["Id"] } else { identifiers }
}

/// The element that an identifier names (rule X4).
///
/// The value may stand in no other attribute that any program could take for an identifier.
pub(super) fn identified(tree: &Tree<'_>, id: &str, identifiers: &[&str]) -> Result<Node, Reason> {
    let mut found = Err(reason::ID_ABSENT);
    for node in tree.elements(tree.root()) {
        let allowed = identifiers_of(tree, node, identifiers);
        for (_, right) in tree
            .identifiers(node, allowed)
            .filter(|(value, _)| *value == id)
        {
            found = match found {
                Err(reason::ID_ABSENT) if right => Ok(node),
                Err(reason::ID_ABSENT) => Err(reason::ID_FOREIGN),
                _ => return Err(reason::ID_TWICE),
            };
        }
    }
    found
}

/// The octets that a Reference in this signature hashes (rules X2, X6, X10).
pub(super) fn octets(
    tree: &mut Tree<'_>,
    signature: Node,
    apex: Apex,
    transforms: &Transforms,
) -> Result<Vec<u8>, Reason> {
    let top = match apex {
        Apex::Document => tree.root(),
        Apex::Element(node) => node,
    };
    if transforms.enveloped && top == signature {
        return Err(reason::EMPTY);
    }
    if transforms.enveloped && !tree.is_within(signature, top) {
        return Err(reason::NOT_ENVELOPED);
    }
    let without = transforms.enveloped.then_some(signature);
    let (form, prefixes) = match &transforms.form {
        Some((form, prefixes)) => (*form, prefixes.as_slice()),
        None => (algorithm::Canonical::Inclusive, &[][..]),
    };
    bound(tree, top, prefixes)?;
    tree.canonical(apex, without, form, prefixes)
}

/// Rule X10: a prefix in a list is bound somewhere, or the list was made for another document.
fn bound(tree: &Tree<'_>, apex: Node, prefixes: &[String]) -> Result<(), Reason> {
    let known = |prefix: &String| prefix == "#default" || tree.binds(apex, prefix);
    prefixes
        .iter()
        .all(known)
        .then_some(())
        .ok_or(reason::PREFIX_LIST)
}

/// What a Reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Document,
    Element(Node),
    File(String),
}

/// One signature in its document.
struct Subject<'p> {
    policy: &'p Policy<'p>,
    number: usize,
    node: Node,
}

impl Subject<'_> {
    fn judge(&self, tree: &mut Tree<'_>, signed: &mut Vec<Signed>) -> SignatureReport {
        let mut notes = Notes::default();
        let mut report = SignatureReport::default();
        notes.rule(rules::SIGNATURES, self.place(tree));
        if let Some(parts) = notes.rule(rules::STRUCTURE, Parts::read(tree, self.node)) {
            let targets = self.references(tree, &parts, &mut notes, signed);
            notes.rule(rules::COVERAGE, self.covers(tree, &parts, &targets));
            let certificate = notes.rule(rules::CERTIFICATE, certificate(tree, &parts));
            let algorithm = algorithm::signature(method(tree, &parts));
            let algorithm = notes.rule(rules::ALGORITHMS, algorithm);
            notes.fact(rules::ALGORITHMS, "signature", method(tree, &parts));
            if let Some((algorithm, certificate)) = algorithm.zip(certificate.as_ref()) {
                notes.rule(
                    rules::SIGNATURE,
                    signature(tree, &parts, algorithm, certificate),
                );
            }
            self.properties(tree, &parts, certificate.as_ref(), &mut notes, &mut report);
            if self.policy.profile == Profile::Egov {
                egov::judge(tree, &parts, &targets, self.policy.files, &mut notes);
            }
            if let Some(certificate) = certificate {
                self.trust(&mut notes, &mut report, certificate);
            }
        }
        report.findings = notes.finish(&ALWAYS);
        report
    }

    /// Rule X3.
    fn place(&self, tree: &Tree<'_>) -> Result<(), Reason> {
        let parent = tree.parent(self.node);
        let right = match self.policy.place {
            Some(path) => parent.is_some() && parent == tree.at_path(path),
            None => parent.is_none_or(|parent| parent == tree.root()),
        };
        right.then_some(()).ok_or(reason::PLACE)
    }

    /// Rules X4 to X8 and X13 for every Reference; tells what they name.
    fn references(
        &self,
        tree: &mut Tree<'_>,
        parts: &Parts,
        notes: &mut Notes,
        signed: &mut Vec<Signed>,
    ) -> Vec<Target> {
        let count = match parts.references.len() {
            0 => Err(reason::NO_REFERENCE),
            1..=MAX_REFERENCES => Ok(()),
            _ => Err(reason::MANY_REFERENCES),
        };
        let mut targets = Vec::new();
        if notes.rule(rules::REFERENCES, count).is_none() {
            return targets;
        }
        for reference in &parts.references {
            let uri = reference.uri.as_deref().unwrap_or_default();
            let result = self.reference(tree, parts, reference, &mut targets);
            let failed = result.as_ref().err().copied();
            if let Some(content) = notes.rule(rules::REFERENCES, result) {
                signed.push(Signed {
                    signature: self.number,
                    content,
                });
            }
            notes.fact(failed.map_or(rules::REFERENCES, rule_of), "uri", uri);
        }
        let reached = [
            rules::ADDRESSES,
            rules::IDENTIFIERS,
            rules::TRANSFORMS,
            rules::BASE64,
        ];
        reached
            .into_iter()
            .for_each(|rule| _ = notes.rule(rule, Ok(())));
        targets
    }

    fn reference(
        &self,
        tree: &mut Tree<'_>,
        parts: &Parts,
        reference: &Reference,
        targets: &mut Vec<Target>,
    ) -> Result<Content, Reason> {
        if reference.kind.as_deref() == Some(MANIFEST) {
            return Err(reason::MANIFEST);
        }
        let hash = reference.hash(tree)?;
        let transforms = reference.transforms(tree)?;
        let target = self.target(tree, reference)?;
        targets.push(target.clone());
        let (content, digest) = match target {
            Target::File(_) if transforms.enveloped || transforms.form.is_some() => {
                return Err(reason::FILE_TRANSFORM);
            }
            Target::File(name) => {
                let digest = *self
                    .policy
                    .files
                    .digest(&name, hash)
                    .ok_or(reason::FILE_ABSENT)?;
                (Content::File(name), digest)
            }
            Target::Document | Target::Element(_) => {
                let apex = match target {
                    Target::Element(node) => Apex::Element(node),
                    _ => Apex::Document,
                };
                let octets = octets(tree, parts.node, apex, &transforms)?;
                let digest = Digest::of(hash, &octets);
                (Content::Octets(octets), digest)
            }
        };
        let stated = reference.digest(tree, hash)?;
        (stated == digest.as_bytes())
            .then_some(content)
            .ok_or(reason::DIGEST_DIFFERS)
    }

    /// What a Reference names (rules X4, X5, X13).
    fn target(&self, tree: &Tree<'_>, reference: &Reference) -> Result<Target, Reason> {
        let uri = reference.uri.as_deref().ok_or(reason::NO_ADDRESS)?;
        let policy = self.policy;
        match uri.strip_prefix('#') {
            _ if uri.is_empty() => Ok(Target::Document),
            Some(fragment) if fragment.contains('(') => Err(reason::XPOINTER),
            Some(fragment) => {
                let unescaped = files::unescape(fragment);
                // Only e-Gov is known to escape; elsewhere a percent sign is one.
                let id = match policy.profile {
                    Profile::Egov => unescaped.as_deref().ok_or(reason::ID_ABSENT)?,
                    Profile::Any | Profile::Xades => fragment,
                };
                identified(tree, id, policy.identifiers).map(Target::Element)
            }
            None if policy.files.names().next().is_none() || uri.contains(':') => {
                Err(reason::EXTERNAL)
            }
            None => files::from_uri(uri)
                .map(Target::File)
                .ok_or(reason::FILE_NAME),
        }
    }

    /// Rule X2.
    fn covers(&self, tree: &Tree<'_>, parts: &Parts, targets: &[Target]) -> Result<(), Reason> {
        let within = |node: Node| {
            targets.iter().any(|target| match target {
                Target::Document => true,
                Target::Element(top) => tree.is_within(node, *top),
                Target::File(_) => false,
            })
        };
        let covered = match self.policy.covers {
            Covers::Document => within(tree.root()) && tree.root() != parts.node,
            Covers::Element(path) => {
                let node = tree.at_path(path).ok_or(reason::NO_SUCH_ELEMENT)?;
                within(node) && !tree.is_within(node, parts.node)
            }
            Covers::Object => targets.iter().any(|target| match target {
                Target::Element(node) => parts.objects.iter().any(|object| {
                    tree.is_within(*node, *object) && !xades::is_in_properties(tree, *node)
                }),
                Target::Document | Target::File(_) => false,
            }),
            Covers::Files => {
                let mut names = self.policy.files.names().peekable();
                let named = |name| {
                    targets
                        .iter()
                        .any(|t| matches!(t, Target::File(n) if n == name))
                };
                names.peek().is_some() && names.all(named)
            }
        };
        covered.then_some(()).ok_or(reason::NOT_COVERED)
    }

    /// Rule X11.
    fn properties(
        &self,
        tree: &Tree<'_>,
        parts: &Parts,
        certificate: Option<&Certificate>,
        notes: &mut Notes,
        report: &mut SignatureReport,
    ) {
        let demanded = self.policy.profile == Profile::Xades;
        if !demanded && !xades::is_present(tree, parts) {
            return;
        }
        let properties = Properties::read(tree, parts);
        let Some(properties) = notes.rule(rules::PROPERTIES, properties) else {
            return;
        };
        if let Some(certificate) = certificate {
            let named = properties.check_certificate(tree, certificate, demanded);
            notes.rule(rules::PROPERTIES, named);
        }
        notes.rule(
            rules::PROPERTIES,
            properties.check_formats(tree, parts, demanded),
        );
        for name in properties.unsigned(tree) {
            let warning = Verdict::Warn(reason::UNSIGNED_PROPERTIES);
            notes.add(Finding::new(rules::PROPERTIES, warning).with("property", name));
        }
        let time = match properties.signing_time(tree) {
            None if demanded => Err(reason::NO_SIGNING_TIME),
            None => return,
            Some(time) => time.ok_or(reason::SIGNING_TIME_MALFORMED),
        };
        let Some(time) = notes.rule(rules::SIGNING_TIME, time) else {
            return;
        };
        report.claimed_time = Some(time);
        let outside = certificate.is_some_and(|one| !one.validity().contains(time));
        if outside {
            let warning = Verdict::Warn(reason::SIGNING_TIME_OUTSIDE);
            notes.add(Finding::new(rules::SIGNING_TIME, warning));
        }
        if time.unix().saturating_sub(self.policy.now.unix()) > SKEW {
            let warning = Verdict::Warn(reason::SIGNING_TIME_FUTURE);
            notes.add(Finding::new(rules::SIGNING_TIME, warning));
        }
        notes.fact(rules::SIGNING_TIME, "claimed-time", time);
    }

    /// Rule X9, the second half.
    fn trust(&self, notes: &mut Notes, report: &mut SignatureReport, certificate: Certificate) {
        let at = self.policy.at.unwrap_or(self.policy.now);
        let store = self.policy.trust.store(self.policy.role);
        let chain = store.verify_with(certificate.to_der(), at, self.policy.revocation);
        notes.add(Finding::of_chain(rules::TRUST, &chain));
        report.chain = Some(chain);
        report.certificate = Some(certificate);
    }
}

fn method<'t>(tree: &'t Tree<'_>, parts: &Parts) -> &'t str {
    tree.attribute(parts.method, "Algorithm")
        .unwrap_or_default()
}

/// The signer's certificate (rules X5, X9).
///
/// Bare keys are compared, never used: anybody can put a key beside a signature. Of several
/// certificates the one that is no authority's is the signer's.
fn certificate(tree: &Tree<'_>, parts: &Parts) -> Result<Certificate, Reason> {
    let key_info = parts.key_info.ok_or(reason::CERTIFICATE_ABSENT)?;
    let mut found: Vec<Certificate> = Vec::new();
    let mut key_values = Vec::new();
    for child in tree.children(key_info) {
        match tree.local(child, DS) {
            Some("X509Data") => {
                for node in tree
                    .children(child)
                    .filter(|n| tree.is(*n, DS, "X509Certificate"))
                {
                    let der = base64(tree, node)?;
                    let one = Certificate::parse_exact(&der);
                    let one = one.map_err(|_| reason::CERTIFICATE_MALFORMED)?;
                    if !found.iter().any(|other| other.to_der() == one.to_der()) {
                        found.push(one);
                    }
                    if found.len() > MAX_CERTIFICATES {
                        return Err(reason::MANY_CERTIFICATES);
                    }
                }
            }
            Some("RetrievalMethod") => return Err(reason::RETRIEVAL),
            Some("KeyValue") => key_values.push(child),
            _ if tree.is(child, DS11, "KeyInfoReference") => return Err(reason::RETRIEVAL),
            _ => {}
        }
    }
    let authority = |one: &Certificate| one.basic_constraints().is_some_and(|basic| basic.ca);
    if found.len() > 1 {
        found.retain(|one| !authority(one));
    }
    let certificate = match found.len() {
        0 if key_values.is_empty() => return Err(reason::CERTIFICATE_ABSENT),
        0 | 1 => found.pop().ok_or(reason::CERTIFICATE_ABSENT)?,
        _ => return Err(reason::CERTIFICATE_AMBIGUOUS),
    };
    for value in key_values {
        if !is_key_of(tree, value, &certificate)? {
            return Err(reason::KEY_VALUE);
        }
    }
    Ok(certificate)
}

/// Whether a KeyValue is the certificate's key; of kinds that are not known here it is not.
fn is_key_of(tree: &Tree<'_>, value: Node, certificate: &Certificate) -> Result<bool, Reason> {
    let children = tree.only_children(value)?;
    let [value] = children.as_slice() else {
        return Ok(false);
    };
    let inside = |namespace, name: &str| {
        let child = tree
            .children(*value)
            .find(|child| tree.is(*child, namespace, name));
        child.map(|child| base64(tree, child)).transpose()
    };
    let key = certificate.public_key();
    if tree.is(*value, DS, "RSAKeyValue") {
        let (modulus, exponent) = (inside(DS, "Modulus")?, inside(DS, "Exponent")?);
        let zeros = |number: Option<Vec<u8>>| {
            let number = number.unwrap_or_default();
            let leading = number.iter().take_while(|byte| **byte == 0).count();
            number.get(leading..).map(<[u8]>::to_vec)
        };
        let own = key
            .rsa_numbers()
            .map(|(n, e)| (Some(n.to_vec()), Some(e.to_vec())));
        return Ok(own == Some((zeros(modulus), zeros(exponent))));
    }
    let point = inside(DS11, "PublicKey")?;
    Ok(tree.is(*value, DS11, "ECKeyValue") && point.is_some() && point == key.ec_point())
}

/// Rules X7, X8, X10 and X12 for the signature value.
fn signature(
    tree: &mut Tree<'_>,
    parts: &Parts,
    algorithm: SigningAlgorithm,
    certificate: &Certificate,
) -> Result<(), Reason> {
    let key = certificate.public_key();
    let value = base64(tree, parts.value)?;
    let value = algorithm::value(algorithm.kind, key.algorithm(), value)?;
    let digest = Digest::of(algorithm.hash, &signed_info(tree, parts)?);
    key.verify_digest(&digest, &value)
        .map_err(|_| reason::SIGNATURE_WRONG)
}

/// The canonical form of SignedInfo: what the key signs.
pub(super) fn signed_info(tree: &mut Tree<'_>, parts: &Parts) -> Result<Vec<u8>, Reason> {
    let (form, prefixes) = parts.form(tree)?;
    bound(tree, parts.signed_info, &prefixes)?;
    tree.canonical(Apex::Element(parts.signed_info), None, form, &prefixes)
}

/// The digest of some octets, as XML writes it.
pub(super) fn stated(digest: &Digest) -> String {
    BASE64_STANDARD.encode(digest.as_bytes())
}

/// The rule that a reason belongs to: its code begins with the rule's.
fn rule_of(reason: Reason) -> Rule {
    let belongs = |rule: &&Rule| {
        let rest = reason.code().strip_prefix(rule.code());
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let otherwise = if reason.code().starts_with("xades.") {
        rules::PROPERTIES
    } else {
        rules::DOCUMENT
    };
    rules::RULES
        .iter()
        .find(belongs)
        .copied()
        .unwrap_or(otherwise)
}

/// The findings about one signature as they come together.
#[derive(Default)]
pub(super) struct Notes(Vec<Finding>);

impl Notes {
    /// Notes how a rule fared, under the rule that the reason belongs to, and hands on the result.
    pub(super) fn rule<T>(&mut self, rule: Rule, result: Result<T, Reason>) -> Option<T> {
        self.0.push(match &result {
            Ok(_) => Finding::pass(rule),
            Err(reason) => Finding::fail(rule_of(*reason), *reason),
        });
        result.ok()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// A fact for the finding of this rule that was noted last.
    pub(super) fn fact(&mut self, rule: Rule, name: &'static str, value: impl Into<Value>) {
        if let Some(finding) = self.0.iter_mut().rev().find(|finding| finding.rule == rule) {
            finding.facts.push(Fact {
                name,
                value: value.into(),
            });
        }
    }

    /// One finding for each rule in the order of the rules; several only for one that was broken in
    /// several ways. A rule of `always` that nobody reached was not checked.
    fn finish(self, always: &[Rule]) -> Vec<Finding> {
        let mut all = Vec::new();
        for rule in rules::RULES {
            let own = || self.0.iter().filter(|finding| finding.rule == *rule);
            let broken = all.len();
            all.extend(
                own()
                    .filter(|finding| finding.verdict != Verdict::Pass)
                    .cloned(),
            );
            if all.len() > broken {
                continue;
            }
            let facts = own().flat_map(|finding| finding.facts.clone()).collect();
            let verdict = match own().next() {
                Some(_) => Verdict::Pass,
                None if always.contains(rule) => Verdict::NotChecked,
                None => continue,
            };
            all.push(Finding {
                rule: *rule,
                verdict,
                facts,
            });
        }
        all
    }
}

/// The rules that every report about a signature names.
const ALWAYS: [Rule; 12] = [
    rules::COVERAGE,
    rules::SIGNATURES,
    rules::IDENTIFIERS,
    rules::ADDRESSES,
    rules::TRANSFORMS,
    rules::ALGORITHMS,
    rules::REFERENCES,
    rules::SIGNATURE,
    rules::CERTIFICATE,
    rules::TRUST,
    rules::STRUCTURE,
    rules::BASE64,
];

const DS11: &str = "http://www.w3.org/2009/xmldsig11#";
const MANIFEST: &str = "http://www.w3.org/2000/09/xmldsig#Manifest";
const MANY: usize = 17;
const MAX_REFERENCES: usize = 30;
const MAX_CERTIFICATES: usize = 32;
/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;
