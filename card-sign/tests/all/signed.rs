//! Signs, and verifies at once: nothing that is signed may be refused. Only here is a resident's key
//! behind the trait that signs, so the tests of every format come through here.

use std::io::{Cursor, Read};

use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::trust::Role;
use card_sign::cms::{self, SignedData};
use card_sign::pdf::{self, PdfError, Prepared, Request};
use card_sign::report::Report;
use card_sign::xml::{self, Draft, Expected};
use card_sign::{CardSigner, DocumentSigner as _, Policy, SignError, asic, jws, raw};
use card_sim::persona::Credential;

use crate::pki;
use crate::told::told;

/// The resident's key behind the trait that a card implements.
fn signer(of: &Credential) -> CardSigner<'_> {
    let ca = Certificate::parse_exact(&of.ca_certificate).unwrap();
    CardSigner::new(pki::certificate(of), vec![ca], |digest| {
        Ok(pki::sign(&of.key, digest))
    })
    .unwrap()
}

/// The policy for what this certificate is for.
fn policy(of: &Credential) -> Policy<'static> {
    let purpose = pki::certificate(of).purpose();
    Policy {
        role: purpose.map_or(Role::Signature, Role::from),
        ..pki::policy()
    }
}

/// The hash function that a resident's key signs with.
pub(crate) fn hash(of: &Credential) -> HashAlgorithm {
    signer(of).algorithm().hash
}

/// A report that has to accept what was signed.
#[track_caller]
fn accepted(report: Report) {
    let report = told(report);
    let findings = report.findings();
    let broken: Vec<_> = findings
        .filter(|one| one.verdict.reason().is_some())
        .collect();
    assert!(report.is_accepted(), "{broken:#?}");
}

/// Adds a signature over a content to those that are there; its number.
#[track_caller]
pub(crate) fn cms(
    data: &mut SignedData,
    of: &Credential,
    content: impl Read + Clone,
) -> Result<usize, SignError> {
    let digest = Digest::of_reader(hash(of), &mut content.clone()).unwrap();
    let number = data.sign(&mut signer(of), &digest, Some(pki::now()))?;
    let signed = data.to_detached();
    let report = cms::verify_detached(&mut &signed[..], &mut content.clone(), &policy(of));
    accepted(report.unwrap());
    Ok(number)
}

/// Signs files in a container.
#[track_caller]
pub(crate) fn asic(files: &[(&str, &[u8])], of: &Credential) -> Result<Vec<u8>, SignError> {
    let mut draft = asic::Draft::new();
    for &(name, content) in files {
        draft.add(name, &mut &content[..])?;
    }
    let container = draft.prepare()?.sign(&mut signer(of), pki::now())?;
    let mut bytes = Vec::new();
    container.write(
        |number| Ok::<_, SignError>(Box::new(files[number].1)),
        &mut bytes,
    )?;
    let report = asic::verify(&mut Cursor::new(&bytes), &policy(of)).unwrap();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    assert_eq!(report.files, names);
    accepted(report);
    Ok(bytes)
}

/// Signs an XML document, for a use that expects this.
#[track_caller]
pub(crate) fn xml(
    draft: &Draft,
    of: &Credential,
    expected: &Expected<'_>,
) -> Result<String, SignError> {
    let signed = draft.sign(&mut signer(of))?;
    accepted(xml::verify(&signed, expected, &policy(of)).report);
    Ok(String::from_utf8(signed).unwrap())
}

/// A token with its payload.
#[track_caller]
pub(crate) fn jws(
    of: &Credential,
    typ: Option<&str>,
    certificates: jws::Certificates,
    payload: &[u8],
) -> Result<String, SignError> {
    let token = jws::sign_compact(&mut signer(of), typ, certificates, payload)?;
    let expected = jws::Expected {
        typ,
        size: jws::MAX_TOKEN,
        ..jws::Expected::default()
    };
    let (report, inside) = jws::verify_compact(token.as_bytes(), &expected, &policy(of));
    accepted(report);
    assert_eq!(inside.as_deref(), Some(payload));
    Ok(token)
}

/// A token whose payload is put in later, here first by this function.
#[track_caller]
pub(crate) fn jws_attached(
    of: &Credential,
    certificates: jws::Certificates,
    payload: &[u8],
) -> Result<jws::Attached, SignError> {
    let attached = jws::sign_attached(&mut signer(of), None, certificates, &mut &payload[..])?;
    let mut token = Vec::new();
    attached.write(&mut &payload[..], &mut token)?;
    let expected = jws::Expected {
        size: jws::MAX_TOKEN,
        ..jws::Expected::default()
    };
    let mut inside = Vec::new();
    let report = jws::verify_attached(&mut &token[..], Some(&mut inside), &expected, &policy(of));
    accepted(report.unwrap());
    assert_eq!(inside, payload);
    Ok(attached)
}

/// A token beside its payload.
#[track_caller]
pub(crate) fn jws_detached(
    of: &Credential,
    certificates: jws::Certificates,
    payload: &[u8],
) -> Result<String, SignError> {
    let token = jws::sign_detached(&mut signer(of), None, certificates, &mut &payload[..])?;
    let expected = jws::Expected::default();
    let report = jws::verify_detached(token.as_bytes(), &mut &payload[..], &expected, &policy(of));
    accepted(report.unwrap());
    Ok(token)
}

/// A bare value over a digest.
#[track_caller]
pub(crate) fn raw(of: &Credential, digest: &Digest) -> Result<Vec<u8>, SignError> {
    let value = raw::sign(&mut signer(of), digest)?;
    accepted(raw::verify(
        &value,
        digest,
        &pki::certificate(of),
        &policy(of),
    ));
    Ok(value)
}

/// A PDF file with its signature, at the moment that the request names.
#[track_caller]
pub(crate) fn pdf(original: &[u8], request: &Request<'_>, of: &Credential) -> Vec<u8> {
    let prepared = pdf::prepare(original, request).unwrap();
    pdf_prepared(original, &prepared, of, request).unwrap().1
}

/// The same from what was prepared: the signature, and the whole file.
#[track_caller]
pub(crate) fn pdf_prepared(
    original: &[u8],
    prepared: &Prepared<'_>,
    of: &Credential,
    request: &Request<'_>,
) -> Result<(SignedData, Vec<u8>), PdfError> {
    let data = prepared.sign(&mut signer(of)).unwrap();
    let bytes = [original, &prepared.assemble(&data)?].concat();
    let policy = Policy::new(pki::roots(), request.time);
    accepted(pdf::verify(&bytes, &policy));
    Ok((data, bytes))
}
