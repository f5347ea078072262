//! E0599: signing without unlocking. Only the value that unlocking returned can sign.

use card_core::{Card, Digest, Error, Signature, SignaturePassword, Spend};

pub fn misuse(card: &mut Card, pw: &SignaturePassword, d: &Digest) -> Result<Signature, Error> {
    let mut transaction = card.begin()?;
    let mut jpki = transaction.jpki()?;
    #[cfg(good)]
    let signature = jpki.unlock_signature(pw, Spend::KeepOne)?.sign(d)?;
    #[cfg(bad)]
    let signature = jpki.sign(d)?;
    Ok(signature)
}
