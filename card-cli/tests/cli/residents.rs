//! `sim new`: many residents, each another person, and the same ones again from the same seed.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::{World, mode};

fn files(world: &World, line: &str) -> Vec<(String, Vec<u8>)> {
    let made = world.run(&format!("{line} --json")).done().json();
    let residents = made["residents"].as_array().unwrap();
    let file = |of: &serde_json::Value| {
        let path = PathBuf::from(of["path"].as_str().unwrap());
        (
            of["name"].as_str().unwrap().to_owned(),
            fs::read(path).unwrap(),
        )
    };
    residents.iter().map(file).collect()
}

#[test]
fn residents_of_a_seed_are_the_same_everywhere_and_different_people() {
    let (world, other) = (World::new(), World::new());
    let line = "sim new many --count 10 --seed example";
    let made = files(&world, line);
    assert_eq!(made, files(&other, line));
    assert_eq!((&*made[0].0, &*made[9].0), ("many-01", "many-10"));
    // The name is the seed where no other is given.
    assert_eq!(
        files(&world, "sim new one")[0].1,
        files(&other, "sim new one")[0].1
    );
    world
        .run(&format!("{line} --json"))
        .failed(2, "persona.exists");
    world
        .run("sim new few --count 0 --json")
        .failed(2, "usage.wrong");

    let mut people = BTreeSet::new();
    for name in ["many-01", "many-02", "many-10"] {
        let read = |job: &str| {
            let line = format!("--reader sim:{name} --pin sim --json {job}");
            world.run(&line).done().json()
        };
        let number = read("number --purpose holder --reveal");
        let profile = read("profile --signed --trust sim");
        // Ends with an error where the card does not prove what it shows.
        read("genuine face --trust sim");
        read(&format!("face --output-dir face-{name}"));
        let portrait = fs::read(world.path(&format!("face-{name}/portrait.png"))).unwrap();
        people.insert((
            number["number"].to_string(),
            profile["address"].to_string(),
            portrait,
        ));
    }
    assert_eq!(people.len(), 3);
    assert!(
        people
            .iter()
            .all(|(number, address, _)| number.len() == 14 && address.len() > 20)
    );
    let addresses: BTreeSet<_> = people.iter().map(|(_, address, _)| address).collect();
    assert_eq!(addresses.len(), 3);
}

/// What was signed for a card is kept beside its file. It is never needed and never believed.
#[test]
fn signatures_of_a_resident_of_ones_own_are_kept_beside_the_file() {
    let world = World::new();
    world.run("sim new one").done();
    let folder = world.path(".local/share/mynacard/personas");
    let (file, kept) = (folder.join("one.toml"), folder.join("one.signatures"));
    assert!(!kept.exists());
    let certificate = || {
        let line = "--reader sim:one --pin sim cert sign --format pem";
        world.run(line).done().text()
    };
    let genuine = || {
        let line = "--reader sim:one --pin sim --json genuine face --trust sim";
        world.run(line).done();
    };
    let first = certificate();
    let signatures = fs::read(&kept).unwrap();
    // Two certificates and nine records, each under a name of 32 bytes.
    assert_eq!(signatures.len(), 11 * 288);
    assert_eq!(mode(&kept), 0o600);
    assert_eq!(certificate(), first);
    genuine();

    // Damaged, cut, of another kind: made anew.
    let mut damaged = signatures.clone();
    damaged.iter_mut().step_by(100).for_each(|byte| *byte ^= 1);
    for wrong in [&*damaged, &signatures[..1000], b"", &[0; 20_000]] {
        fs::write(&kept, wrong).unwrap();
        assert_eq!(certificate(), first);
        assert!(fs::read(&kept).unwrap() == signatures);
        assert_eq!(mode(&kept), 0o600);
        genuine();
    }
    // A folder in its place: nothing is kept, nothing is said.
    fs::remove_file(&kept).unwrap();
    fs::create_dir(&kept).unwrap();
    assert_eq!(certificate(), first);
    fs::remove_dir(&kept).unwrap();

    // Another person in the file: what stands in it is signed, and the old signatures are gone.
    certificate();
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    let name = lines
        .iter()
        .position(|line| line.starts_with("name = "))
        .unwrap();
    lines[name] = "name = \"見本　別人\"";
    fs::write(&file, lines.join("\n")).unwrap();
    assert_ne!(certificate(), first);
    genuine();
    let other = fs::read(&kept).unwrap();
    assert!(other.len() == signatures.len() && other != signatures);
}
