//! The printed tables of the card are those of the simulator.

use std::fs;
use std::path::Path;

use card_sim::os::quirk::Quirks;

#[test]
fn docs_card_is_printed_from_the_simulator() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/card");
    let mut pages = card_sim::applets::docs_markdown();
    pages.push(("quirks", Quirks::docs_markdown()));
    for (page, text) in pages {
        let printed = fs::read_to_string(folder.join(format!("{page}.md"))).unwrap_or_default();
        assert!(
            printed == text,
            "docs/card/{page}.md is old: cargo run -p card-sim --example tables -- docs/card"
        );
    }
}
