//! E0499: two applications at once. The card has one selected application; the second SELECT
//! would close the first one behind its back.

use card_core::{Card, Error};

pub fn misuse(card: &mut Card) -> Result<(), Error> {
    let mut transaction = card.begin()?;
    let jpki = transaction.jpki()?;
    #[cfg(good)]
    drop(jpki);
    let common = transaction.common()?;
    #[cfg(bad)]
    drop(jpki);
    drop(common);
    Ok(())
}
