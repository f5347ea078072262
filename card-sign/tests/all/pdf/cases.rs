//! Small files made with the simulator's published keys, each with its verdict.

use card_core::domain::date::UtcTime;
use card_sign::{Policy, Verdict, pdf};

use super::{samples, summary};
use crate::pki;

/// What a file has to get: the reason of a refusal, a warning, or nothing to say.
enum Right {
    Refused(&'static str),
    /// With this reason, and these facts in the finding.
    Warned(&'static str, &'static [&'static str]),
    Accepted,
}

#[test]
fn every_case_gets_its_verdict() {
    use Right::{Accepted, Refused, Warned};
    let cases = [
        (
            "pdf-empty-field-with-look",
            Refused("pdf.changed.empty-field"),
        ),
        ("pdf-info-is-also-resource", Refused("pdf.changed.object")),
        (
            "pdf-catalog-is-also-resource",
            Refused("pdf.changed.catalog"),
        ),
        ("pdf-field-is-also-resource", Refused("pdf.changed.object")),
        (
            "pdf-certified-look-exchanged",
            Refused("pdf.changed.signature"),
        ),
        ("pdf-covers-risen-text", Refused("pdf.changed.covered")),
        (
            "pdf-covers-text-with-font-by-gs",
            Refused("pdf.changed.covered"),
        ),
        (
            "pdf-covers-text-after-surplus-operand",
            Refused("pdf.changed.covered"),
        ),
        ("pdf-default-resources-added", Refused("pdf.changed.form")),
        (
            "pdf-prepared-field-covers-text",
            Warned("pdf.changed.picture", &["page", "field"]),
        ),
        ("a-ur3", Warned("pdf.usage-rights", &[])),
        ("h-cert1-dss", Accepted),
        ("h-cert1-doctime", Accepted),
        ("newline-behind-eof", Warned("pdf.tail.white-space", &[])),
        ("fields-entry-null", Refused("pdf.unsigned")),
    ];
    let policy = Policy {
        // The files were made some days after the other samples.
        now: UtcTime::from_unix(1_795_960_000).unwrap(),
        ..pki::policy()
    };
    let mut wrong = Vec::new();
    for (name, right) in cases {
        let file = samples().join("cases").join(name).with_extension("pdf");
        let report = pdf::verify(&std::fs::read(file).unwrap(), &policy);
        let has = |wanted: Verdict, facts: &[&str]| {
            report.findings().any(|finding| {
                finding.verdict == wanted
                    && facts
                        .iter()
                        .all(|name| finding.facts.iter().any(|fact| fact.name == *name))
            })
        };
        let good = match right {
            Refused(why) => {
                !report.is_accepted()
                    && has(Verdict::Fail(card_sign::report::Reason::new(why)), &[])
            }
            Warned(why, facts) => {
                report.is_accepted()
                    && has(Verdict::Warn(card_sign::report::Reason::new(why)), facts)
            }
            Accepted => report.is_accepted(),
        };
        if !good {
            wrong.push(format!("{name}: {:?}", summary(&report)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
