//! `sim new`: many residents, each another person, and the same ones again from the same seed.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::World;

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
