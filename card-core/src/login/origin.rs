//! Origins: for which site a token is.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::fmt;

use thiserror::Error;

/// The origin of a site: `https://` host, and the port if it is not 443.
///
/// Exists only in the one form that browsers compute (HTML, ASCII serialisation of an origin).
/// Nothing is repaired: of two texts that mean the same place a signature is for one only, and who
/// writes the other is told so. A name with other than ASCII letters is written `xn--…`, as
/// browsers do, so that one that only looks like another differs visibly.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Takes an origin.
    ///
    /// # Errors
    ///
    /// `origin.invalid`; the variant says which rule is broken.
    pub fn parse(text: &str) -> Result<Origin, OriginProblem> {
        let rest = text.strip_prefix("https://").ok_or(OriginProblem::Scheme)?;
        if !rest.is_ascii() {
            return Err(OriginProblem::NotAscii);
        }
        if rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(OriginProblem::UpperCase);
        }
        if rest.contains(['/', '?', '#', '@', '\\']) {
            return Err(OriginProblem::MoreThanOrigin);
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (address, behind) = inner.split_once(']').ok_or(OriginProblem::Host)?;
                // Written as the address writes itself: one form of many.
                let canonical = address.parse::<Ipv6Addr>().map(|one| one.to_string());
                if canonical.as_deref() != Ok(address) {
                    return Err(OriginProblem::Host);
                }
                match behind {
                    "" => (None, None),
                    _ => (
                        None,
                        Some(behind.strip_prefix(':').ok_or(OriginProblem::Host)?),
                    ),
                }
            }
            None => match rest.split_once(':') {
                Some((host, port)) => (Some(host), Some(port)),
                None => (Some(rest), None),
            },
        };
        host.map_or(Ok(()), check_host)?;
        port.map_or(Ok(()), check_port)?;
        Ok(Origin(text.to_owned()))
    }

    /// The text, as it is hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no origin that a token can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OriginProblem {
    /// Not `https://`. What travels in the clear can be read and changed on the way.
    #[error("an origin begins with https://")]
    Scheme,
    /// A letter outside ASCII, which may look like another: browsers write `xn--…`.
    #[error("an origin is written in ASCII, international names as xn--")]
    NotAscii,
    /// An upper-case letter: browsers write lower case.
    #[error("an origin is written in lower case")]
    UpperCase,
    /// A path, a query, a user or a slash at the end.
    #[error("an origin has nothing behind host and port")]
    MoreThanOrigin,
    /// A dot at the end: to browsers another site than the one without.
    #[error("the host ends with a dot")]
    TrailingDot,
    /// No host name or address in its usual form.
    #[error("the host is no name or address in its usual form")]
    Host,
    /// A port that is none, is written with zeros, or is 443, which is left out.
    #[error("the port is no number, has leading zeros or is the default")]
    Port,
}

impl OriginProblem {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "origin.invalid"
    }
}

fn check_host(host: &str) -> Result<(), OriginProblem> {
    if host.ends_with('.') {
        return Err(OriginProblem::TrailingDot);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 253 || !host.split('.').all(label) {
        return Err(OriginProblem::Host);
    }
    // Browsers read every host whose last label is a number as an IPv4 address, in many writings.
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last
            .strip_prefix("0x")
            .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if number
        && host
            .parse::<Ipv4Addr>()
            .map(|one| one.to_string())
            .as_deref()
            != Ok(host)
    {
        return Err(OriginProblem::Host);
    }
    Ok(())
}

fn check_port(port: &str) -> Result<(), OriginProblem> {
    let number = port.parse::<u16>().map_err(|_| OriginProblem::Port)?;
    // Written again, so that `+8443` and `08443` are found out.
    if matches!(number, 0 | 443) || number.to_string() != port {
        return Err(OriginProblem::Port);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_of_each_origin() {
        for good in [
            "https://example.org",
            "https://example.org:8443",
            "https://localhost:1",
            "https://xn--fsq.example",
            "https://a-b.c0.example",
            "https://192.0.2.1",
            "https://192.0.2.1:8443",
            "https://[2001:db8::1]",
            "https://[::1]:8443",
        ] {
            assert_eq!(Origin::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn every_other_form_is_refused_and_told_why() {
        use OriginProblem::{Host, MoreThanOrigin, NotAscii, Port, Scheme, TrailingDot, UpperCase};
        let long = format!("https://{}.example", "a".repeat(64));
        for (bad, problem) in [
            ("", Scheme),
            ("example.org", Scheme),
            ("http://example.org", Scheme),
            ("HTTPS://example.org", Scheme),
            ("wss://example.org", Scheme),
            (" https://example.org", Scheme),
            ("https://Example.org", UpperCase),
            ("https://example.org/", MoreThanOrigin),
            ("https://example.org/login", MoreThanOrigin),
            ("https://user@example.org", MoreThanOrigin),
            ("https://example.org?x", MoreThanOrigin),
            ("https://example.org#x", MoreThanOrigin),
            ("https://example.org\\x", MoreThanOrigin),
            ("https://example.org.", TrailingDot),
            ("https://example.org.:8443", TrailingDot),
            ("https://ex\u{430}mple.org", NotAscii),
            ("https://例.example", NotAscii),
            ("https://example\u{ff0e}org", NotAscii),
            ("https://example.org:443", Port),
            ("https://example.org:", Port),
            ("https://example.org:0", Port),
            ("https://example.org:08443", Port),
            ("https://example.org:+8443", Port),
            ("https://example.org:65536", Port),
            ("https://example.org:8443:1", Port),
            ("https://", Host),
            ("https://:8443", Host),
            ("https://.example.org", Host),
            ("https://example..org", Host),
            ("https://-example.org", Host),
            ("https://example-.org", Host),
            ("https://exa mple.org", Host),
            ("https://example.org\n", Host),
            ("https://exam_ple.org", Host),
            ("https://192.0.2", Host),
            ("https://192.0.02.1", Host),
            ("https://0xc0000201", Host),
            ("https://3221225985", Host),
            ("https://[::0001]", Host),
            ("https://[::1", Host),
            ("https://[::1]x", Host),
            ("https://2001:db8::1", Host),
            (&long, Host),
        ] {
            assert_eq!(Origin::parse(bad), Err(problem), "{bad:?}");
        }
    }
}
