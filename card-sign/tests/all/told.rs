//! What holds of every report, whatever the file: the helpers of all formats ask this.

use card_sign::report::{Finding, Format, Rule};
use card_sign::{Report, Verdict, asic, cms, pdf};

/// Hands a report on in which no rule counts as kept that was not reached.
#[track_caller]
pub(crate) fn told(report: Report) -> Report {
    let sums = [cms::rules::SIGNERS, pdf::rules::ALL];
    if !report.is_accepted() {
        let kept =
            |finding: &&Finding| sums.contains(&finding.rule) && finding.verdict == Verdict::Pass;
        assert_eq!(
            report.findings().find(kept),
            None,
            "kept in a refused report"
        );
    }
    let (document, signature): (&[Rule], &[Rule]) = match report.format {
        Format::Pdf => (&PDF_DOCUMENT, &PDF_SIGNATURE),
        Format::Cms => (&CMS_DOCUMENT, &CMS_SIGNER),
        Format::Asic => (asic::rules::RULES, &CMS_SIGNER),
        _ => (&[], &[]),
    };
    let names = |findings: &[Finding], rule: &Rule| findings.iter().any(|one| one.rule == *rule);
    for rule in document {
        assert!(names(&report.document, rule), "{}", rule.id());
    }
    for (one, rule) in report
        .signatures
        .iter()
        .flat_map(|one| signature.iter().map(move |rule| (one, rule)))
    {
        assert!(names(&one.findings, rule), "{}", rule.id());
    }
    report
}

const PDF_DOCUMENT: [Rule; 5] = {
    use pdf::rules::{ALL, DISTINCT, FIELDS, STRUCTURE, WHOLE};
    [STRUCTURE, FIELDS, WHOLE, DISTINCT, ALL]
};
const PDF_SIGNATURE: [Rule; 8] = {
    use pdf::rules::{CHANGES, DICTIONARY, GAP, KIND, PADDING, PERMISSIONS, RANGE, REVISION};
    [
        RANGE,
        GAP,
        PADDING,
        DICTIONARY,
        KIND,
        REVISION,
        CHANGES,
        PERMISSIONS,
    ]
};
const CMS_DOCUMENT: [Rule; 5] = {
    use cms::rules::{ENCODING, EXPECTED, LIMITS, SIGNERS, VERSION};
    [ENCODING, LIMITS, VERSION, EXPECTED, SIGNERS]
};
const CMS_SIGNER: [Rule; 4] = {
    use cms::rules::{CERTIFICATE, DIGEST_ALGORITHM, SIGNATURE, TRUST};
    [CERTIFICATE, DIGEST_ALGORITHM, SIGNATURE, TRUST]
};

/// What was not reached says so, and what was reached beside it is judged.
#[test]
fn what_was_not_reached_is_not_kept() {
    let verdict = |report: &Report, rule: Rule| {
        let mut all = report.findings().filter(|one| one.rule == rule);
        all.next().map(|one| one.verdict)
    };
    let not_reached = Some(Verdict::NotChecked);
    let none = told(pdf::verify(b"no PDF", &crate::pki::policy()));
    for rule in [pdf::rules::FIELDS, pdf::rules::ALL] {
        assert_eq!(verdict(&none, rule), not_reached);
    }
    // A range that cannot be read: what it is compared with is not known.
    let good = crate::pdf::sign(&crate::pdf::one_page(), pdf::Profile::Moj);
    let at = good
        .windows(12)
        .rposition(|window| window == b"/ByteRange [")
        .unwrap();
    let mut bad = good;
    bad[at + 12] = b'1';
    let bad = told(pdf::verify(&bad, &crate::pki::policy()));
    use pdf::rules::{ALL, CHANGES, DICTIONARY, GAP, PADDING, PERMISSIONS, RANGE, REVISION};
    assert_eq!(
        verdict(&bad, RANGE),
        Some(Verdict::Fail(pdf::reason::RANGE))
    );
    for rule in [
        GAP,
        PADDING,
        DICTIONARY,
        REVISION,
        CHANGES,
        PERMISSIONS,
        ALL,
    ] {
        assert_eq!(verdict(&bad, rule), not_reached, "{}", rule.id());
    }
    assert_eq!(verdict(&bad, cms::rules::TRUST), not_reached);
    // A detached signature without its content: no signer was judged.
    let detached = crate::forge::Forge::new(b"x").build();
    let alone = cms::verify_attached(&mut &detached[..], None, &crate::pki::policy()).unwrap();
    let alone = told(alone);
    assert_eq!(verdict(&alone, cms::rules::SIGNERS), not_reached);
    let reasons: Vec<_> = alone.reasons().collect();
    assert_eq!(reasons, [cms::reason::CONTENT_ABSENT]);
    // A signature by another key says nothing of how its attributes were written.
    let mut other = crate::forge::Forge::new(b"x");
    other.sign = Box::new(|_, _| vec![1; 256]);
    let mut content = &b"x"[..];
    let policy = crate::pki::policy();
    let other = cms::verify_detached(&mut &other.build()[..], &mut content, &policy).unwrap();
    assert_eq!(
        verdict(&told(other), cms::rules::ATTRIBUTES_RECEIVED),
        not_reached
    );
}
