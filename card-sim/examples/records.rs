//! Writes the records of a resident's card into a folder, as seeds of the fuzz targets `card`
//! and `licence`.
//!
//! `cargo run -p card-sim --example records -- nagai fuzz/seeds/card`

use std::path::PathBuf;
use std::{env, fs, io};

use card_sim::applets::Application;
use card_sim::persona::Persona;

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(name), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("usage: records RESIDENT FOLDER"));
    };
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    let resident = Persona::shipped(&name).ok_or(io::Error::other("no such resident"))?;
    for application in [
        Application::Profile,
        Application::Visual,
        Application::Common,
    ] {
        for id in 1..=0x1E {
            if let Some(record) = resident.record(application, id) {
                let file = format!("{name}-{application:?}-{id:04x}").to_lowercase();
                fs::write(folder.join(file), record)?;
            }
        }
    }
    let licence = resident.licence.as_ref();
    if let Some(files) = licence.and_then(|licence| licence.card_files(&resident.quirks)) {
        for (id, file) in [0x1B, 0x1C].into_iter().zip(files) {
            fs::write(folder.join(format!("{name}-licence-{id:04x}")), file)?;
        }
    }
    Ok(())
}
