//! E0597: a key that outlives its transaction. When the transaction ends the card forgets the
//! password, so the key would no longer open anything.

use card_core::{Card, Digest, Error, SignaturePassword, Spend};

pub fn misuse(card: &mut Card, pw: &SignaturePassword, d: &Digest) -> Result<(), Error> {
    let mut key;
    {
        let mut transaction = card.begin()?;
        let mut jpki = transaction.jpki()?;
        key = jpki.unlock_signature(pw, Spend::KeepOne)?;
        #[cfg(good)]
        key.sign(d)?;
    }
    #[cfg(bad)]
    key.sign(d)?;
    Ok(())
}
