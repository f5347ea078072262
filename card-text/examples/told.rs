//! Says a code in both languages: `cargo run -p card-text --example told -- pin.blocked`.

use card_text::{Language, Texts};

fn main() {
    let code = std::env::args().nth(1);
    let code = code.as_deref().unwrap_or("card.none");
    for language in [Language::Japanese, Language::English] {
        let told = Texts::new(language).told(code, &[]);
        println!("{}\n{}\n", told.what, told.next);
    }
}
