//! Makes the keys and portraits that are missing, draws the text pictures, and signs every
//! certificate and record below `card-sim/personas/`.
//!
//! ```text
//! apt-get install xfonts-shinonome libopenjp2-tools
//! cargo run -p card-sim --example issue
//! ```
//!
//! Run it after changing a resident's TOML file; `git diff` then shows what changed. Keys and
//! portraits that exist stay, and signatures are deterministic, so a second run changes nothing. A
//! new key pair of the CA must be listed in `src/persona/shipped.rs` before residents can be issued
//! under it.

mod draw;

use std::error::Error;
use std::fs;
use std::path::Path;

use card_sim::persona::draw::Letters;
use card_sim::persona::issue::{Authority, Generation, Purpose};
use card_sim::persona::{Issuer, Persona, Pictures, PrivateKey};
use draw::Fonts;
use p256::elliptic_curve::Generate;
use rsa::traits::PrivateKeyParts;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("personas");
    for directory in ["keys", "certificates", "signatures"] {
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

    for issuer in [Issuer::Test, Issuer::Foreign] {
        rsa_keys(&folder.join(format!("keys/{}.pem", issuer.stem())), 3)?;
    }
    rsa_keys(&folder.join("keys/cv-shared.pem"), 1)?;

    let fonts = Fonts::load()?;
    // Rows 1 to 47: signs, kana, and the kanji of the first level.
    write(&folder.join("pictures/letters.bin"), &fonts.table(1..=47))?;
    let all = fonts.table(1..=84);
    let letters = Letters::read(&all);
    let faces = folder.join("pictures/faces.bin");
    if is_empty(&faces) {
        write(&faces, &draw::faces(&letters)?)?;
    }
    primes(&folder.join("keys/primes.bin"))?;
    let mut texts: Vec<_> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    texts.retain(|path| {
        path.extension().is_some_and(|end| end == "toml")
            && path.file_stem().is_some_and(|stem| stem != "template")
    });
    texts.sort();
    // All keys and pictures first: some residents build on others.
    for path in &texts {
        let table: toml::Table = fs::read_to_string(path)?.parse()?;
        for purpose in [Purpose::Authentication, Purpose::Signature] {
            if let Some(name) = field(&table, purpose, "key") {
                key(&folder.join(name), kind(&table, purpose))?;
            }
        }
        let records = |name| text(&table, "records", name);
        if let Some(name) = records("keys") {
            rsa_keys(&folder.join(name), 4)?;
        }
        if let Some(name) = records("municipality-keys") {
            rsa_keys(&folder.join(name), 3)?;
        }
        if let (Some(name), Some(id)) = (
            records("pictures"),
            table.get("id").and_then(toml::Value::as_str),
        ) {
            let needed = |part, field| {
                let value = text(&table, part, field).ok_or(format!("{id} has no {field}"))?;
                Ok::<_, String>(value.to_owned())
            };
            let texts = [
                needed("holder", "name")?,
                needed("holder", "address")?,
                needed("card", "security-code")?,
                needed("holder", "my-number")?,
            ];
            pictures(&folder.join(name), &letters, id, texts)?;
        }
    }
    for path in texts {
        let table: toml::Table = fs::read_to_string(&path)?.parse()?;
        let persona = Persona::load_and_reissue(&path)?;
        if let (Some(made), Some(name)) = (&persona.records, text(&table, "records", "signatures"))
        {
            write(&folder.join(name), made.signatures_toml().as_bytes())?;
        }
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
    text(table, section, name)
}

/// What stands there, unless it is `made:` or `drawn:`, which are no files.
fn text<'a>(table: &'a toml::Table, section: &str, name: &str) -> Option<&'a str> {
    let text = table.get(section)?.get(name)?.as_str()?;
    (!text.contains(':')).then_some(text)
}

/// Reads a key, or makes one where there is none.
fn key(path: &Path, kind: KeyKind) -> Result<PrivateKey, Box<dyn Error>> {
    if path.exists() {
        return Ok(PrivateKey::from_pem(&fs::read_to_string(path)?)?);
    }
    let mut random = rand::rng();
    let key = match kind {
        KeyKind::Rsa => PrivateKey::Rsa(rsa::PrivateKey::new(&mut random, 2048)?.into()),
        KeyKind::P256 => PrivateKey::P256(p256::SecretKey::generate_from_rng(&mut random)),
        KeyKind::P384 => PrivateKey::P384(p384::SecretKey::generate_from_rng(&mut random)),
    };
    fs::write(path, key.to_marked_pem()?)?;
    println!("made   {}", path.display());
    Ok(key)
}

/// Makes a file of RSA keys, one after the other, where there is none.
fn rsa_keys(path: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    if path.exists() {
        return Ok(());
    }
    let mut random = rand::rng();
    let mut text = String::new();
    for _ in 0..count {
        let key = PrivateKey::Rsa(rsa::PrivateKey::new(&mut random, 2048)?.into());
        text.push_str(&key.to_marked_pem()?);
    }
    fs::write(path, text)?;
    println!("made   {}", path.display());
    Ok(())
}

/// Whether a file that the crate includes has to be made: to build at all, it must be there.
fn is_empty(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |file| file.len() == 0)
}

/// Makes the primes of the keys of residents that `sim new` makes, where there are none.
fn primes(path: &Path) -> Result<(), Box<dyn Error>> {
    if !is_empty(path) {
        return Ok(());
    }
    let mut random = rand::rng();
    let mut all = Vec::new();
    for _ in 0..card_sim::persona::MADE_PRIMES / 2 {
        for prime in rsa::PrivateKey::new(&mut random, 2048)?.primes() {
            all.extend(prime.to_be_bytes());
        }
    }
    write(path, &all)
}

/// Draws name, address, security code and My Number, and a portrait where there is none.
fn pictures(
    folder: &Path,
    letters: &Letters<'_>,
    id: &str,
    [name, address, code, number]: [String; 4],
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let [of_name, of_address, portrait, of_code, of_number] = Pictures::FILES;
    // As wide as on a J-LIS test card.
    let texts = [
        (of_name, name, 18),
        (of_address, address, 24),
        (of_code, code, 2),
        (of_number, number, 6),
    ];
    for (file, text, columns) in texts {
        write(&folder.join(file), &letters.text(&text, columns).to_png()?)?;
    }
    let portrait = folder.join(portrait);
    if !portrait.exists() {
        write(&portrait, &draw::portrait(letters, id)?)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes)?;
    println!("issued {}", path.display());
    Ok(())
}
