//! Writes the card's tables with their evidence into a folder: `docs/card/` in this repository.
//!
//! `cargo run -p card-sim --example tables -- docs/card`

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "docs/card".into()));
    for (page, text) in card_sim::applets::docs_markdown() {
        fs::write(folder.join(format!("{page}.md")), text)?;
    }
    fs::write(
        folder.join("quirks.md"),
        card_sim::os::quirk::Quirks::docs_markdown(),
    )
}
