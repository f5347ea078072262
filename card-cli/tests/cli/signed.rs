//! Whatever `sign` accepts in any of these tests is held against `verify` at once.

use std::path::{Path, PathBuf};

use crate::{Run, World};

/// Fails if a run of the program signed what `verify` refuses.
#[track_caller]
pub(crate) fn is_believed(world: &World, line: &str, run: &Run) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let behind = |name: &str| {
        let place = words.iter().position(|word| *word == name)?;
        words.get(place + 1).copied()
    };
    // `cert sign` and `pin check sign` are other commands.
    let others = ["cert", "check", "change", "--card", "--key"];
    let signs = words
        .iter()
        .enumerate()
        .any(|(place, word)| *word == "sign" && !others.contains(&words[place.saturating_sub(1)]));
    if !signs || run.status != Some(0) {
        return;
    }
    for (input, output) in files(run) {
        let mut verify = vec!["--json", "verify"];
        let format = behind("--format");
        let beside = match format {
            None => output.ends_with(".p7s"),
            Some(format) => ["cms", "raw"].contains(&format) || words.contains(&"--detached"),
        };
        // What came from a stream is gone.
        match (beside, input.as_str()) {
            (true, "-") => continue,
            (true, input) => verify.extend([input, "--signature", &output]),
            (false, _) => verify.push(&output),
        }
        let key = behind("--key").filter(|key| *key == "auth");
        let certificate;
        if format == Some("raw") {
            let Some(who) = behind("--reader").and_then(|reader| reader.strip_prefix("sim:"))
            else {
                continue;
            };
            certificate = certificate_of(world, who, key.unwrap_or("sign"));
            verify.extend(["--certificate", certificate.to_str().unwrap()]);
        }
        if key.is_some() {
            verify.extend(["--key", "auth"]);
        }
        if let Some(filing) = behind("--filing") {
            verify.extend(["--filing", filing]);
        }
        // The tests' own authority is among those of this folder.
        let trust = behind("--timestamp").map_or("sim", |_| "trust");
        verify.extend(["--trust", trust]);
        let judged = Run::of(world.command(&verify).output().unwrap());
        let json = judged.json();
        // `sign` says so, too.
        let expired = json["reason"] == "certificate.expired" && words.contains(&"sim:kigen");
        assert!(
            judged.status == Some(0) || expired,
            "{line} was signed; {verify:?}: {json:#}"
        );
    }
}

/// The resident's certificate: a file beside the shipped ones, of others the card's.
fn certificate_of(world: &World, who: &str, key: &str) -> PathBuf {
    if !who.ends_with(".toml") {
        let purpose = match key {
            "auth" => "authentication",
            _ => "signature",
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        return root.join(format!(
            "card-sim/personas/certificates/{who}-{purpose}.der"
        ));
    }
    let file = world.path("certificate-of-the-signer.der");
    let mut words = vec![
        "--reader".to_owned(),
        format!("sim:{who}"),
        "cert".to_owned(),
    ];
    words.extend([key, "--pin", "sim", "--format", "der", "--force", "-o"].map(str::to_owned));
    words.push(file.to_str().unwrap().to_owned());
    let run = Run::of(world.command(&words).output().unwrap());
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    file
}

/// What was signed, and where that is; without what went to standard output.
fn files(run: &Run) -> Vec<(String, String)> {
    let pair = |input: &str, output: &str| (input.to_owned(), output.to_owned());
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(&run.stdout) else {
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        let lines = text.lines().filter_map(|line| {
            let (input, rest) = line.split_once(" → ")?;
            let end = rest.rfind(" (").or_else(|| rest.rfind('（'))?;
            Some(pair(input, &rest[..end]))
        });
        return lines.collect();
    };
    let files = json["files"].as_array().into_iter().flatten();
    let named =
        files.filter_map(|file| Some(pair(file["input"].as_str()?, file["output"].as_str()?)));
    named.filter(|(_, output)| output != "-").collect()
}
