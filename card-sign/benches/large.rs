//! `cargo bench -p card-sign`: speed and peak memory on a content of 1 GiB, beside OpenSSL.
//!
//! Each job runs in a process of its own, whose peak memory the kernel counts (VmHWM). OpenSSL is
//! not asked to check the attached file: it would need four times its size in memory.

#![allow(
    clippy::expect_used,
    reason = "a figure that cannot be made is worth a loud end"
)]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use card_core::certificate::Certificate;
use card_core::digest::{Digest, HashAlgorithm};
use card_core::domain::date::UtcTime;
use card_core::signature::{Signature, SignatureKind};
use card_core::trust::{Trust, TrustSource};
use card_sign::cms::{self, SignedData};
use card_sign::{CardSigner, Policy, jws};
use card_sim::persona::{Credential, Persona, PrivateKey};
use rsa::Pkcs1v15Sign;

const LENGTH: u64 = 1 << 30;
/// In the life of the shipped certificates.
const NOW: i64 = 1_795_575_600;

fn main() {
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    match (words.next(), words.next()) {
        (Some(job), Some(folder)) => run(&job, Path::new(&folder)),
        _ => table(),
    }
}

fn table() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    write_content(&folder.join("content"));
    let of = hanako();
    fs::write(folder.join("leaf.der"), &of.certificate).expect("written");
    fs::write(folder.join("ca.der"), &of.ca_certificate).expect("written");
    let PrivateKey::Rsa(_) = &of.key else {
        unreachable!("hanako's keys are RSA")
    };
    fs::write(
        folder.join("key.pem"),
        of.key.to_marked_pem().expect("a key"),
    )
    .expect("written");
    for name in ["leaf", "ca"] {
        let words = format!("x509 -inform DER -in {name}.der -out {name}.pem");
        assert!(
            openssl(folder, &words)
                .wait()
                .expect("openssl runs")
                .success()
        );
    }

    println!("| job on 1 GiB | time | MiB/s | peak memory |");
    println!("|---|---|---|---|");
    let sign = "cms -sign -binary -in content -outform DER -signer leaf.pem -inkey key.pem -cades";
    let verify = format!("cms -verify -inform DER -binary -CAfile ca.pem -attime {NOW}");
    row("sign detached, ours", || own("sign", folder));
    row("sign detached, OpenSSL", || {
        openssl(folder, &format!("{sign} -out o.p7s"))
    });
    row("verify detached, ours", || own("verify", folder));
    row("verify detached, OpenSSL", || {
        openssl(
            folder,
            &format!("{verify} -in s.p7s -content content -out /dev/null"),
        )
    });
    row("sign attached, ours", || own("sign-attached", folder));
    row("sign attached, OpenSSL -stream", || {
        openssl(folder, &format!("{sign} -nodetach -stream -out o.p7m"))
    });
    row("verify attached, ours", || own("verify-attached", folder));
    row("verify attached by OpenSSL -stream, ours", || {
        own("verify-stream", folder)
    });
    row("SHA-256 alone, OpenSSL", || {
        openssl(folder, "dgst -sha256 -out o.sha256 content")
    });
    row("sign JWS, ours", || own("sign-jws", folder));
    row("verify JWS, ours", || own("verify-jws", folder));
    row("sign JWS detached, ours", || {
        own("sign-jws-detached", folder)
    });
    row("verify JWS detached, ours", || {
        own("verify-jws-detached", folder)
    });
}

fn row(name: &str, start: impl Fn() -> Child) {
    let begun = Instant::now();
    let mut child = start();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().expect("the child is ours") {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        peak = peak.max(now.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    };
    let time = begun.elapsed().as_secs_f64();
    assert!(ended.success(), "{name} failed");
    let speed = LENGTH as f64 / f64::from(1 << 20) / time;
    println!(
        "| {name} | {time:.2} s | {speed:.0} | {:.1} MB |",
        peak as f64 / 1024.0
    );
}

fn own(job: &str, folder: &Path) -> Child {
    let own = std::env::current_exe().expect("this program");
    Command::new(own)
        .arg(job)
        .arg(folder)
        .spawn()
        .expect("this program starts again")
}

fn openssl(folder: &Path, words: &str) -> Child {
    let mut command = Command::new("openssl");
    command
        .args(words.split(' '))
        .current_dir(folder)
        .stderr(Stdio::null());
    command
        .spawn()
        .expect("openssl does not start: install the Debian package `openssl`")
}

/// One job, alone in its process.
fn run(job: &str, folder: &Path) {
    let content = || File::open(folder.join("content")).expect("the content");
    let of = hanako();
    let roots = [of.ca_certificate.as_slice()];
    let trust = Trust::from_der(TrustSource::Simulator, roots).expect("a root");
    let now = UtcTime::from_unix(NOW).expect("a time");
    let policy = Policy::new(&trust, now);
    let attached = |name: &str| {
        let mut signed = File::open(folder.join(name)).expect("the file");
        cms::verify_attached(&mut signed, None, &policy).expect("it can be read")
    };
    let report = match job {
        "sign" | "sign-attached" => {
            let digest =
                Digest::of_reader(HashAlgorithm::Sha256, &mut content()).expect("a digest");
            let mut data = SignedData::new();
            data.sign(&mut signer(&of), &digest, Some(now))
                .expect("signed");
            if job == "sign" {
                fs::write(folder.join("s.p7s"), data.to_detached()).expect("written");
            } else {
                let mut out = File::create(folder.join("s.p7m")).expect("a file");
                data.write_attached(&mut content(), LENGTH, &mut out)
                    .expect("written");
            }
            return;
        }
        "sign-jws" => {
            let carried = jws::Certificates::Signer;
            let token = jws::sign_attached(&mut signer(&of), None, carried, &mut content());
            let token = token.expect("signed");
            let mut out = File::create(folder.join("s.jws")).expect("a file");
            return token.write(&mut content(), &mut out).expect("written");
        }
        "sign-jws-detached" => {
            let carried = jws::Certificates::Signer;
            let token = jws::sign_detached(&mut signer(&of), None, carried, &mut content());
            return fs::write(folder.join("d.jws"), token.expect("signed")).expect("written");
        }
        "verify-jws" => {
            let expected = jws::Expected {
                size: jws::MAX_TOKEN,
                ..jws::Expected::default()
            };
            let mut token = File::open(folder.join("s.jws")).expect("the token");
            jws::verify_attached(&mut token, None, &expected, &policy).expect("it can be read")
        }
        "verify-jws-detached" => {
            let token = fs::read(folder.join("d.jws")).expect("the token");
            let expected = jws::Expected::default();
            jws::verify_detached(&token, &mut content(), &expected, &policy)
                .expect("it can be read")
        }
        "verify" => {
            let mut signed = File::open(folder.join("s.p7s")).expect("the signature");
            cms::verify_detached(&mut signed, &mut content(), &policy).expect("it can be read")
        }
        "verify-attached" => attached("s.p7m"),
        _ => attached("o.p7m"),
    };
    assert!(report.is_accepted(), "{report:#?}");
}

fn hanako() -> Credential {
    let hanako = Persona::shipped("hanako").expect("hanako is shipped");
    hanako.signature.expect("hanako can sign")
}

fn signer(of: &Credential) -> CardSigner<'_> {
    let PrivateKey::Rsa(key) = &of.key else {
        unreachable!("hanako's keys are RSA")
    };
    let certificate = Certificate::parse_exact(&of.certificate).expect("a certificate");
    CardSigner::new(certificate, Vec::new(), |digest| {
        let prefix = digest.algorithm().digest_info_prefix().into();
        let scheme = Pkcs1v15Sign {
            hash_len: None,
            prefix,
        };
        let bytes = key.sign(scheme, digest.as_bytes()).expect("the key signs");
        Ok(Signature::new(SignatureKind::RsaPkcs1v15, bytes))
    })
    .expect("RSA can be carried")
}

fn write_content(path: &Path) {
    let mut file = File::create(path).expect("a file");
    let piece: Vec<u8> = (0..1 << 20).map(|n: u32| (n % 251) as u8).collect();
    for _ in 0..LENGTH >> 20 {
        file.write_all(&piece).expect("room for 1 GiB");
    }
}
