//! The shape of signatures in applications to e-Gov (e-Gov電子申請), as far as it is known.
//!
//! **Not confirmed by the receiver.** The shape is that of a public client program and of its
//! archive of 2015, for an interface that ended on 2024-01-31. The one that followed has a signing
//! library of its own, whose output is not published. Every report says so.
//!
//! An application is a folder: `kousei.xml`, the forms, the attachments. The signature covers
//! the element 構成情報 of `kousei.xml` and each form, byte for byte; **attachments are not
//! covered**, and reports list them.

use card_core::digest::HashAlgorithm;
use card_core::signature::SignatureKind;

use super::algorithm::Canonical;
use super::document::{Node, Tree};
use super::files::{self, Files};
use super::notes::Notes;
use super::parts::{Parts, Reference};
use super::reference::Target;
use super::rules::{self, reason};
use super::verify::{Covers, Expected, Profile};
use crate::report::{Finding, Reason, Verdict};
use crate::signer::SigningAlgorithm;

/// The element that is signed, and its identifier.
pub(super) const COMPOSITION: &str = "構成情報";

/// The element that the signature stands in.
pub(super) const SIGNATURES: &str = "署名情報";

pub(super) const DATA_ROOT: &str = "DataRoot";

/// How that element is identified: in upper case, and no DTD says that this is an identifier.
const ID: &str = "ID";

pub(super) const IDENTIFIERS: &[&str] = &[ID];

impl<'a> Expected<'a> {
    /// The `kousei.xml` of an application to e-Gov (構成管理情報).
    ///
    /// `files` are all other files of its folder, forms and attachments: the report names those
    /// that anybody can change without breaking the signature.
    pub fn egov(files: &'a Files) -> Expected<'a> {
        Expected {
            covers: Covers::Element(&[DATA_ROOT, COMPOSITION]),
            place: Some(&[DATA_ROOT, SIGNATURES]),
            identifiers: IDENTIFIERS,
            profile: Profile::Egov,
            files,
            ..Expected::default()
        }
    }
}

/// The element 構成情報, if the document is one of an application.
pub(super) fn composition(tree: &Tree<'_>) -> Result<Node, Reason> {
    let node = tree
        .at_path(&[DATA_ROOT, COMPOSITION])
        .ok_or(reason::EGOV_DOCUMENT)?;
    let identified = tree.attribute(node, ID) == Some(COMPOSITION);
    identified.then_some(node).ok_or(reason::EGOV_DOCUMENT)
}

/// The address of 構成情報: escaped, as receivers know it.
pub(super) fn address() -> String {
    format!("#{}", files::to_uri(COMPOSITION))
}

/// The algorithm of every known file.
pub(super) const ALGORITHM: SigningAlgorithm = SigningAlgorithm {
    kind: SignatureKind::RsaPkcs1v15,
    hash: HashAlgorithm::Sha256,
};

/// Rules E1 and E2.
pub(super) fn judge(
    tree: &Tree<'_>,
    parts: &Parts,
    targets: &[Target],
    files: &Files,
    notes: &mut Notes,
) {
    if notes.rule(rules::EGOV, shape(tree, parts)).is_some() {
        notes.add(Finding::new(
            rules::EGOV,
            Verdict::Warn(reason::EGOV_UNCONFIRMED),
        ));
    }
    let covered = |name: &&str| {
        targets
            .iter()
            .any(|t| matches!(t, Target::File(own) if own == name))
    };
    let mut open = files.names().filter(|name| !covered(name)).peekable();
    if open.peek().is_none() {
        notes.add(Finding::pass(rules::EGOV_FILES));
    }
    let warning = Finding::new(rules::EGOV_FILES, Verdict::Warn(reason::EGOV_UNPROTECTED));
    open.for_each(|name| notes.add(warning.clone().with("file", name)));
}

fn shape(tree: &Tree<'_>, parts: &Parts) -> Result<(), Reason> {
    let composition = composition(tree)?;
    let around = tree.children(tree.root());
    let after = around.skip_while(|node| *node != composition).nth(1);
    if after.is_none_or(|node| !tree.is_named(node, SIGNATURES)) {
        return Err(reason::EGOV_DOCUMENT);
    }
    let plain = Some((Canonical::Inclusive, Vec::new()));
    let (first, forms) = parts
        .references
        .split_first()
        .ok_or(reason::EGOV_SIGNATURE)?;
    let sha256 = |reference: &Reference| reference.hash(tree) == Ok(HashAlgorithm::Sha256);
    let right = parts.form(tree).ok() == plain
        && parts.algorithm(tree) == Ok(ALGORITHM)
        && first.uri.as_deref() == Some(&*address())
        && first
            .transforms(tree)
            .is_ok_and(|own| own.enveloped.is_none() && own.form == plain)
        && forms
            .iter()
            .all(|form| form.uri.as_deref().and_then(files::from_uri).is_some())
        && parts.references.iter().all(sha256);
    right.then_some(()).ok_or(reason::EGOV_SIGNATURE)
}
