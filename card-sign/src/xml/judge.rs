//! Checking one signature: each rule on its own, so that a report says all that is wrong.

use card_core::certificate::Certificate;
use card_core::digest::Digest;

use super::certificate::certificate;
use super::document::{Apex, Node, Tree};
use super::notes::{Notes, rule_of};
use super::parts::{Parts, Reference, base64};
use super::reference::{Identifiers, Target, octets, signed_info};
use super::rules::{self, reason};
use super::verify::{Content, Covers, Expected, Profile, Signed};
use super::xades::{self, Properties};
use super::{algorithm, coverage, egov, files};
use crate::cms::{self, timestamp};
use crate::policy::Policy;
use crate::report::{Finding, Reason, Rule, SignatureReport, Verdict};
use crate::signer::SigningAlgorithm;

/// One signature in its document.
pub(super) struct Subject<'p> {
    pub(super) expected: &'p Expected<'p>,
    pub(super) policy: &'p Policy<'p>,
    pub(super) identifiers: &'p Identifiers,
    /// Counted from 0.
    pub(super) number: usize,
    pub(super) node: Node,
}

impl Subject<'_> {
    pub(super) fn judge(&self, tree: &mut Tree<'_>, signed: &mut Vec<Signed>) -> SignatureReport {
        let mut notes = Notes::default();
        let mut report = SignatureReport::default();
        let mut stamps = Vec::new();
        let placed = notes.rule(rules::SIGNATURES, self.place(tree)).is_some();
        if let Some(parts) = notes.rule(rules::STRUCTURE, Parts::read(tree, self.node)) {
            let (targets, reached) = self.references(tree, &parts, &mut notes, signed);
            let covered = self.covers(tree, &parts, &targets);
            // What a signature in a wrong place leaves open follows from the place.
            let covered = covered.and_then(|()| match placed {
                true => coverage::closed(tree, &parts, &targets, self.expected),
                false => Ok(()),
            });
            match covered {
                Ok(()) if !placed => notes.not_reached(rules::COVERAGE),
                Err(_) if !reached => {}
                covered => _ = notes.rule(rules::COVERAGE, covered),
            }
            if tree.has_split_text() {
                let warning = Verdict::Warn(reason::COMMENT_IN_TEXT);
                notes.add(Finding::new(rules::COVERAGE, warning));
            }
            let names: Vec<String> = targets
                .iter()
                .map(|one| coverage::name(tree, one))
                .collect();
            if !names.is_empty() {
                notes.fact(rules::COVERAGE, "covered", names.join(", "));
            }
            let certificate = notes.rule(
                rules::CERTIFICATE,
                certificate(tree, &parts, self.policy.certificates),
            );
            let algorithm = notes.rule(rules::ALGORITHMS, parts.algorithm(tree));
            notes.fact(rules::ALGORITHMS, "signature", method(tree, &parts));
            if let Some((algorithm, certificate)) = algorithm.zip(certificate.as_ref()) {
                notes.rule(
                    rules::SIGNATURE,
                    signature(tree, &parts, algorithm, certificate),
                );
            }
            stamps = self.properties(tree, &parts, certificate.as_ref(), &mut notes, &mut report);
            if self.expected.profile == Profile::Egov {
                egov::judge(tree, &parts, &targets, self.expected.files, &mut notes);
            }
            if let Some(certificate) = certificate {
                self.trust(&mut notes, &mut report, certificate);
            }
        }
        report.findings = notes.finish(&ALWAYS);
        report.findings.extend(stamps);
        report
    }

    /// Rule X3.
    fn place(&self, tree: &Tree<'_>) -> Result<(), Reason> {
        let parent = tree.parent(self.node);
        let right = match self.expected.place {
            Some(path) => parent.is_some() && parent == tree.at_path(path),
            None => parent.is_none_or(|parent| parent == tree.root()),
        };
        right.then_some(()).ok_or(reason::PLACE)
    }

    /// Rules X4 to X8 and X13 for every Reference; tells what they name, and whether that is known
    /// of all of them.
    fn references(
        &self,
        tree: &mut Tree<'_>,
        parts: &Parts,
        notes: &mut Notes,
        signed: &mut Vec<Signed>,
    ) -> (Vec<Target>, bool) {
        let count = match parts.references.len() {
            0 => Err(reason::NO_REFERENCE),
            1..=MAX_REFERENCES => Ok(()),
            _ => Err(reason::MANY_REFERENCES),
        };
        let mut targets = Vec::new();
        if notes.rule(rules::REFERENCES, count).is_none() {
            return (targets, true);
        }
        let mut reached = Step::Digest;
        let mut elsewhere = false;
        for reference in &parts.references {
            let uri = reference.uri.as_deref().unwrap_or_default();
            let mut step = Step::Start;
            let result = self.reference(tree, parts, reference, &mut targets, &mut step);
            let failed = result.as_ref().err().copied().map(rule_of);
            if let Some(content) = notes.rule(rules::REFERENCES, result) {
                signed.push(Signed {
                    signature: self.number,
                    content,
                });
            }
            notes.fact(failed.unwrap_or(rules::REFERENCES), "uri", uri);
            reached = reached.min(step);
            elsewhere |= failed.is_some_and(|rule| rule != rules::REFERENCES);
        }
        for (step, rule) in [
            (Step::Transforms, rules::TRANSFORMS),
            (Step::Target, rules::ADDRESSES),
            (Step::Target, rules::IDENTIFIERS),
            (Step::Digest, rules::BASE64),
        ] {
            if step <= reached {
                notes.rule(rule, Ok(()));
            }
        }
        // What broke an earlier rule has no digest that was compared.
        if elsewhere {
            notes.not_reached(rules::REFERENCES);
        }
        (targets, reached >= Step::Target)
    }

    fn reference(
        &self,
        tree: &mut Tree<'_>,
        parts: &Parts,
        reference: &Reference,
        targets: &mut Vec<Target>,
        step: &mut Step,
    ) -> Result<Content, Reason> {
        if reference.kind.as_deref() == Some(MANIFEST) {
            return Err(reason::MANIFEST);
        }
        let hash = reference.hash(tree)?;
        let transforms = reference.transforms(tree)?;
        *step = Step::Transforms;
        let target = self.target(reference)?;
        *step = Step::Target;
        targets.push(target.clone());
        let (content, digest) = match target {
            Target::File(_) if transforms.enveloped.is_some() || transforms.form.is_some() => {
                return Err(reason::FILE_TRANSFORM);
            }
            Target::File(name) => {
                let digest = *self
                    .expected
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
        *step = Step::Digest;
        (stated == digest.as_bytes())
            .then_some(content)
            .ok_or(reason::DIGEST_DIFFERS)
    }

    /// What a Reference names (rules X4, X5, X13).
    fn target(&self, reference: &Reference) -> Result<Target, Reason> {
        let uri = reference.uri.as_deref().ok_or(reason::NO_ADDRESS)?;
        let expected = self.expected;
        match uri.strip_prefix('#') {
            _ if uri.is_empty() => Ok(Target::Document),
            Some(fragment) if fragment.contains('(') => Err(reason::XPOINTER),
            Some(fragment) => {
                let unescaped = files::unescape(fragment);
                // Only e-Gov is known to escape; elsewhere a percent sign is one.
                let id = match expected.profile {
                    Profile::Egov => unescaped.as_deref().ok_or(reason::ID_ABSENT)?,
                    Profile::Any | Profile::Xades => fragment,
                };
                self.identifiers.find(id).map(Target::Element)
            }
            None if expected.files.names().next().is_none() || uri.contains(':') => {
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
        let covered = match self.expected.covers {
            Covers::Document => within(tree.root()) && tree.root() != parts.node,
            Covers::Element(path) => {
                let node = tree.at_path(path).ok_or(reason::NO_SUCH_ELEMENT)?;
                within(node) && !tree.is_in_signature(node)
            }
            Covers::Object => targets.iter().any(|target| match target {
                Target::Element(node) => parts.objects.iter().any(|object| {
                    tree.is_within(*node, *object) && !xades::is_in_properties(tree, *node)
                }),
                Target::Document | Target::File(_) => false,
            }),
            Covers::Files => {
                let mut names = self.expected.files.names().peekable();
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

    /// Rules X11 and X16; gives the findings about time stamps.
    fn properties(
        &self,
        tree: &mut Tree<'_>,
        parts: &Parts,
        certificate: Option<&Certificate>,
        notes: &mut Notes,
        report: &mut SignatureReport,
    ) -> Vec<Finding> {
        let demanded = self.expected.profile == Profile::Xades;
        if !demanded && !xades::is_present(tree, parts) {
            return Vec::new();
        }
        let properties = Properties::read(tree, parts);
        let Some(properties) = notes.rule(rules::PROPERTIES, properties) else {
            return Vec::new();
        };
        if let Some(certificate) = certificate {
            let named = properties.check_certificate(tree, certificate, demanded);
            notes.rule(rules::PROPERTIES, named);
        } else {
            notes.not_reached(rules::PROPERTIES);
        }
        notes.rule(
            rules::PROPERTIES,
            properties.check_formats(tree, parts, demanded),
        );
        for name in properties.unsigned(tree) {
            let warning = Verdict::Warn(reason::UNSIGNED_PROPERTIES);
            notes.add(Finding::new(rules::PROPERTIES, warning).with("property", name));
        }
        let mut stamps = self.time_stamps(tree, parts, &properties, report);
        let time = match properties.signing_time(tree) {
            None if demanded => Err(reason::NO_SIGNING_TIME),
            None => return stamps,
            Some(time) => time.ok_or(reason::SIGNING_TIME_MALFORMED),
        };
        let Some(time) = notes.rule(rules::SIGNING_TIME, time) else {
            return stamps;
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
        if let Some(proven) = report.proven_time
            && time.unix().saturating_sub(proven.unix()) > SKEW
        {
            // As in CMS: what existed before it was signed was not signed then.
            report.proven_time = None;
            let early = Verdict::Warn(cms::reason::STAMP_EARLY);
            stamps.push(Finding::new(cms::rules::STAMP_TIME, early));
        }
        stamps
    }

    /// Rules T1 to T6 for the time stamps over the signature value, as CMS has them.
    fn time_stamps(
        &self,
        tree: &mut Tree<'_>,
        parts: &Parts,
        properties: &Properties,
        report: &mut SignatureReport,
    ) -> Vec<Finding> {
        let found = properties.time_stamps(tree);
        if found.len() > MAX_STAMPS {
            let many = cms::reason::MANY_ATTRIBUTES;
            return vec![Finding::fail(cms::rules::LIMITS, many)];
        }
        let mut findings = Vec::new();
        for stamp in found {
            let octets = stamp.and_then(|((form, prefixes), token)| {
                let value = Apex::Element(parts.value);
                let octets = tree.canonical(value, &[], form, &prefixes).ok()?;
                Some((octets, token))
            });
            let Some((octets, token)) = octets else {
                let malformed = cms::reason::STAMP_MALFORMED;
                findings.push(Finding::fail(cms::rules::STAMP_ANSWERS, malformed));
                continue;
            };
            let covered = |hash| Some(Digest::of(hash, &octets));
            let stamp = timestamp::judge_token(&token, &covered, self.policy);
            let proven = stamp.proven_time();
            findings.extend(stamp.findings.into_iter().map(timestamp::in_document));
            // Of several right ones the earliest proves the most.
            report.proven_time = match (report.proven_time, proven) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        findings
    }

    /// Rule X15.
    fn trust(&self, notes: &mut Notes, report: &mut SignatureReport, certificate: Certificate) {
        let at = report.proven_time.unwrap_or(self.policy.time());
        let chain = self.policy.judge(&certificate, at);
        notes.add(Finding::of_chain(rules::TRUST, &chain));
        report.chain = Some(chain);
        report.certificate = Some(certificate);
    }
}

/// How far the check of a Reference came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Start,
    Transforms,
    Target,
    Digest,
}

fn method<'t>(tree: &'t Tree<'_>, parts: &Parts) -> &'t str {
    tree.attribute(parts.method, "Algorithm")
        .unwrap_or_default()
}

/// Rule X14, and X7, X10 and X12 for the signature value.
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

const MANIFEST: &str = "http://www.w3.org/2000/09/xmldsig#Manifest";
const MAX_REFERENCES: usize = 30;
const MAX_STAMPS: usize = 64;
/// How far clocks may differ, in seconds.
const SKEW: i64 = 300;
