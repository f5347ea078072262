//! The network, all of it: one question to an address that the user gave, and its answer.
//!
//! Plain `http` only, because the answers of OCSP responders and time-stamp authorities are signed
//! and there is no TLS here that could pretend to add anything. No proxy, no redirect, so that a
//! question goes where the user said and nowhere else.

use std::io;
use std::str::FromStr;
use std::time::Duration;

use ureq::Agent;
use ureq::http::Uri;

use crate::args::NoValue;
use crate::facts::{Word, word};

/// An address that begins with `http://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(Uri, String);

impl FromStr for Address {
    type Err = NoValue;

    fn from_str(text: &str) -> Result<Self, NoValue> {
        let uri: Uri = text.parse().map_err(|_| NoValue)?;
        // The client would dial an `https` address too, and speak in the clear there.
        let plain = uri.scheme_str() == Some("http");
        let authority = uri.authority().ok_or(NoValue)?;
        if !plain || authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(NoValue);
        }
        Ok(Self(uri, text.to_owned()))
    }
}

impl Address {
    /// As it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.1
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Another status than 200.
    Status(u16),
    TimedOut,
    NoSuchHost,
    NoConnection,
    TooLong,
    /// No HTTP, or cut off.
    Broken,
}

impl NoAnswer {
    /// The word of it: the message `http-…`.
    pub(crate) fn word(self) -> Word {
        word(
            "http",
            match self {
                Self::Status(_) => "status",
                Self::TimedOut => "timed-out",
                Self::NoSuchHost => "no-such-host",
                Self::NoConnection => "no-connection",
                Self::TooLong => "too-long",
                Self::Broken => "broken",
            },
        )
    }
}

impl From<ureq::Error> for NoAnswer {
    fn from(error: ureq::Error) -> Self {
        use io::ErrorKind as Kind;
        match error {
            ureq::Error::StatusCode(status) => Self::Status(status),
            ureq::Error::Timeout(_) => Self::TimedOut,
            ureq::Error::HostNotFound => Self::NoSuchHost,
            ureq::Error::ConnectionFailed => Self::NoConnection,
            ureq::Error::BodyExceedsLimit(_) => Self::TooLong,
            ureq::Error::Io(error) => match error.kind() {
                Kind::ConnectionRefused | Kind::HostUnreachable | Kind::NetworkUnreachable => {
                    Self::NoConnection
                }
                Kind::TimedOut => Self::TimedOut,
                _ => Self::Broken,
            },
            _ => Self::Broken,
        }
    }
}

/// Sends a question of this media type; its answer, or why there is none in time.
pub(crate) fn post(address: &Address, kind: &str, question: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    let agent: Agent = Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(LONGEST))
        .user_agent("mynacard")
        .build()
        .into();
    let request = agent.post(&address.0).header("content-type", kind);
    let answer = request.send(question)?;
    if answer.status() != 200 {
        return Err(NoAnswer::Status(answer.status().as_u16()));
    }
    let body = answer.into_body().into_with_config().limit(MOST);
    Ok(body.read_to_vec()?)
}

/// From the first look-up to the last byte.
const LONGEST: Duration = Duration::from_secs(10);

/// Answers of both kinds have a few thousand bytes.
const MOST: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn only_plain_addresses() {
        for good in [
            "http://localhost",
            "http://127.0.0.1:80/a?b",
            "http://[::1]:8/",
        ] {
            assert!(good.parse::<Address>().is_ok(), "{good}");
        }
        for wrong in [
            "https://localhost",
            "localhost",
            "//localhost",
            "http://",
            "http://:80/",
            "http://a@b/",
            "file:///etc/passwd",
            "",
        ] {
            assert_eq!(wrong.parse::<Address>(), Err(NoValue), "{wrong}");
        }
    }

    /// What comes of an answer, byte for byte as a server writes it.
    fn answered(answer: &'static [u8]) -> Result<Vec<u8>, NoAnswer> {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/ocsp", server.local_addr().unwrap());
        let served = thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut seen = Vec::new();
            let mut buffer = [0; 4096];
            while !seen.ends_with(b"question") {
                let read = stream.read(&mut buffer).unwrap();
                assert_ne!(read, 0, "{}", String::from_utf8_lossy(&seen));
                seen.extend(&buffer[..read]);
            }
            // A long answer is cut off after the limit.
            let _ = stream.write_all(answer);
            String::from_utf8(seen).unwrap().to_lowercase()
        });
        let got = post(&address.parse().unwrap(), "application/x-test", b"question");
        let seen = served.join().unwrap();
        assert!(seen.starts_with("post /ocsp http/1.1\r\n"), "{seen}");
        assert!(
            seen.contains("content-type: application/x-test\r\n"),
            "{seen}"
        );
        got
    }

    #[test]
    fn an_answer_is_what_a_server_says_with_200_and_nothing_else() {
        let good = answered(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\0\x01\xFFa");
        assert_eq!(good.as_deref(), Ok(&b"\0\x01\xFFa"[..]));
        for (wrong, why) in [
            (
                &b"HTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\na"[..],
                NoAnswer::Status(404),
            ),
            (
                b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
                NoAnswer::Status(302),
            ),
            (b"HTTP/1.1 204 No Content\r\n\r\n", NoAnswer::Status(204)),
            (
                b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab",
                NoAnswer::Broken,
            ),
            (b"garbage", NoAnswer::Broken),
            (b"", NoAnswer::Broken),
        ] {
            assert_eq!(
                answered(wrong),
                Err(why),
                "{}",
                String::from_utf8_lossy(wrong)
            );
        }
    }

    #[test]
    fn an_answer_without_end_is_none() {
        let mut long = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        long.resize(long.len() + (1 << 20) + 1, b'a');
        assert_eq!(answered(long.leak()), Err(NoAnswer::TooLong));
    }

    #[test]
    fn nobody_answers() {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let address: Address = format!("http://{port}").parse().unwrap();
        assert_eq!(post(&address, "a/b", b""), Err(NoAnswer::NoConnection));
    }
}
