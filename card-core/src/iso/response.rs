//! Answers: data and a status word.

use std::fmt;

use zeroize::Zeroizing;

use super::StatusWord;

/// What the card answered to one command.
#[derive(Clone)]
pub struct Response {
    data: Zeroizing<Vec<u8>>,
    status: StatusWord,
}

impl Response {
    /// Splits an answer; `None` if it has no status word.
    #[must_use]
    pub fn parse(mut answer: Zeroizing<Vec<u8>>) -> Option<Self> {
        let at = answer.len().checked_sub(2)?;
        let status = StatusWord(u16::from_be_bytes(answer.get(at..)?.try_into().ok()?));
        answer.truncate(at);
        Some(Self {
            data: answer,
            status,
        })
    }

    /// An answer whose data were decrypted.
    pub(crate) fn of(data: Zeroizing<Vec<u8>>, status: StatusWord) -> Self {
        Self { data, status }
    }

    /// The data in front of the status word.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The status word.
    #[must_use]
    pub fn status(&self) -> StatusWord {
        self.status
    }

    /// The data alone.
    #[must_use]
    pub fn into_data(self) -> Zeroizing<Vec<u8>> {
        self.data
    }
}

impl fmt::Debug for Response {
    /// Shows the status word and the length only: the data may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({} bytes, {})", self.data.len(), self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::{Response, StatusWord};

    #[test]
    fn an_answer_needs_a_status_word() {
        assert!(Response::parse(vec![].into()).is_none());
        assert!(Response::parse(vec![0x90].into()).is_none());
        let response = Response::parse(vec![0x41, 0x90, 0x00].into()).unwrap();
        assert_eq!(
            (response.data(), response.status()),
            (&b"A"[..], StatusWord::OK)
        );
        assert_eq!(format!("{response:?}"), "Response(1 bytes, 9000)");
    }
}
