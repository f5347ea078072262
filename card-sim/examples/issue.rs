//! Makes the keys that are missing and issues every certificate below `card-sim/personas/`.
//!
//! ```text
//! cargo run -p card-sim --example issue
//! ```
//!
//! Run it after changing a resident's TOML file; `git diff` then shows what changed. Keys that
//! exist stay, and signatures are deterministic, so a second run changes nothing. A new key pair of
//! the CA must be listed in `src/persona/shipped.rs` before residents can be issued under it.

use std::error::Error;
use std::fs;
use std::path::Path;

use card_sim::persona::issue::{Authority, Generation, Purpose};
use card_sim::persona::{Persona, PrivateKey};
use p256::elliptic_curve::Generate;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("personas");
    for directory in ["keys", "certificates"] {
        fs::create_dir_all(folder.join(directory))?;
    }

    for authority in Authority::ALL {
        let stem = authority.stem();
        let invented = authority.generation == Generation::Invented;
        let kind = if invented {
            KeyKind::P384
        } else {
            KeyKind::Rsa
        };
        let key = key(&folder.join(format!("keys/{stem}.pem")), kind)?;
        write(
            &folder.join(format!("certificates/{stem}.der")),
            &authority.certificate(&key)?,
        )?;
    }

    let mut texts: Vec<_> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    texts.retain(|path| {
        path.extension().is_some_and(|end| end == "toml")
            && path.file_stem().is_some_and(|stem| stem != "template")
    });
    texts.sort();
    for path in texts {
        let table: toml::Table = fs::read_to_string(&path)?.parse()?;
        for purpose in [Purpose::Authentication, Purpose::Signature] {
            if let Some(name) = field(&table, purpose, "key") {
                key(&folder.join(name), kind(&table, purpose))?;
            }
        }
        let persona = Persona::load_and_reissue(&path)?;
        for (purpose, credential) in [
            (Purpose::Authentication, &persona.authentication),
            (Purpose::Signature, &persona.signature),
        ] {
            if let (Some(credential), Some(name)) =
                (credential, field(&table, purpose, "certificate"))
            {
                write(&folder.join(name), &credential.certificate)?;
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum KeyKind {
    Rsa,
    P256,
    P384,
}

/// RSA as on every card today; the invented generation signs documents with the longer curve.
fn kind(table: &toml::Table, purpose: Purpose) -> KeyKind {
    match (field(table, purpose, "generation"), purpose) {
        (Some("invented"), Purpose::Authentication) => KeyKind::P256,
        (Some("invented"), Purpose::Signature) => KeyKind::P384,
        _ => KeyKind::Rsa,
    }
}

fn field<'a>(table: &'a toml::Table, purpose: Purpose, name: &str) -> Option<&'a str> {
    let section = match purpose {
        Purpose::Authentication => "authentication",
        Purpose::Signature => "signature",
    };
    table.get(section)?.get(name)?.as_str()
}

/// Reads a key, or makes one where there is none.
fn key(path: &Path, kind: KeyKind) -> Result<PrivateKey, Box<dyn Error>> {
    if path.exists() {
        return Ok(PrivateKey::from_pem(&fs::read_to_string(path)?)?);
    }
    let mut random = rand::rng();
    let key = match kind {
        KeyKind::Rsa => PrivateKey::Rsa(Box::new(rsa::PrivateKey::new(&mut random, 2048)?)),
        KeyKind::P256 => PrivateKey::P256(p256::SecretKey::generate_from_rng(&mut random)),
        KeyKind::P384 => PrivateKey::P384(p384::SecretKey::generate_from_rng(&mut random)),
    };
    fs::write(path, key.to_marked_pem()?)?;
    println!("made   {}", path.display());
    Ok(key)
}

fn write(path: &Path, certificate: &[u8]) -> Result<(), Box<dyn Error>> {
    if fs::read(path).is_ok_and(|old| old == certificate) {
        return Ok(());
    }
    fs::write(path, certificate)?;
    println!("issued {}", path.display());
    Ok(())
}
