//! A site that logs in by the card, met over real HTTP; and what Web eID's own rules say of our
//! tokens.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::World;

const ORIGIN: &str = "https://login.example";

/// The example of the guide, running.
struct Site {
    child: Child,
    address: String,
}

impl Site {
    fn start(world: &World) -> Self {
        Self::start_with(world, &[])
    }

    fn start_with(world: &World, more: &[&str]) -> Self {
        let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/service.py");
        let mut python = world.tool("python3");
        let child = python
            .args([guide, ORIGIN, "service", "--trust", "sim", "--port", "0"])
            .args(["--program", crate::PROGRAM])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.expect("python3 is missing: install the Debian package python3");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().split_once("://").unwrap().1.to_owned();
        Self { child, address }
    }

    /// One request; status, cookie, body.
    fn ask(&self, method: &str, path: &str, cookie: &str, body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nCookie: {cookie}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let cookie = head
            .lines()
            .find_map(|line| line.strip_prefix("Set-Cookie: "));
        let cookie = cookie.unwrap_or_default().split(';').next().unwrap();
        (status, cookie.to_owned(), body.to_owned())
    }

    fn challenge(&self) -> (String, String) {
        let (status, cookie, body) = self.ask("POST", "/challenge", "", "");
        assert_eq!(status, 200);
        let body: Value = serde_json::from_str(&body).unwrap();
        (cookie, body["nonce"].as_str().unwrap().to_owned())
    }

    fn log_in(&self, cookie: &str, token: &str) -> (u16, Value) {
        let (status, _, body) = self.ask("POST", "/login", cookie, token);
        (status, serde_json::from_str(&body).unwrap())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser without the extension: TLS with a local authority, the page, the library, and a login.
const VISIT: &str = r#"
import http.client, json, ssl, subprocess, sys
port, program = int(sys.argv[1]), sys.argv[2]
trusted = ssl.create_default_context(cafile="ca.pem")
trusted.check_hostname = False
def ask(method, path, body=None, headers={}):
    site = http.client.HTTPSConnection("127.0.0.1", port, context=trusted, timeout=60)
    site.request(method, path, body, headers)
    answer = site.getresponse()
    assert answer.status == 200, (path, answer.status)
    return answer.getheader("Set-Cookie"), answer.getheader("Content-Type"), answer.read()
page = ask("GET", "/")[2]
assert b'from "/web-eid.js"' in page
_, kind, library = ask("GET", "/web-eid.js")
assert kind.startswith("text/javascript") and library == b"export {};"
cookie, _, body = ask("POST", "/challenge")
assert "Secure" in cookie and "HttpOnly" in cookie
line = [program, "--reader", "sim:hanako", "--pin", "sim", "login"]
line += ["--origin", "https://login.example", "--nonce", json.loads(body)["nonce"]]
token = subprocess.run(line, check=True, stdout=subprocess.PIPE).stdout
login = ask("POST", "/login", token, {"Cookie": cookie.split(";")[0]})
assert json.loads(login[2])["identity"]
try:
    strict = ssl.create_default_context()
    http.client.HTTPSConnection("127.0.0.1", port, context=strict, timeout=60).request("GET", "/")
    raise SystemExit("a stranger's certificate was accepted")
except ssl.SSLCertVerificationError:
    pass
"#;

#[test]
fn a_page_logs_in_over_tls_with_a_local_authority() {
    let world = World::new();
    world.write("web-eid.js", "export {};");
    let words = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 2 \
        -subj /CN=login.example -addext subjectAltName=DNS:login.example";
    let made = world
        .tool("openssl")
        .args(words.split_whitespace())
        .output();
    assert!(made.unwrap().status.success());
    let tls = ["--tls", "ca.pem", "key.pem", "--library", "web-eid.js"];
    let site = Site::start_with(&world, &tls);
    let port = site.address.rsplit(':').next().unwrap();
    let mut python = world.tool("python3");
    let visit = python.args(["-c", VISIT, port, crate::PROGRAM]).output();
    let visit = visit.unwrap();
    let said = String::from_utf8_lossy(&visit.stderr);
    assert!(visit.status.success(), "{said}");
}

fn token(world: &World, who: &str, origin: &str, nonce: &str) -> String {
    let line = format!("--reader sim:{who} --pin sim login --origin {origin} --nonce {nonce}");
    world.run(&line).done().text()
}

#[test]
fn a_page_logs_in_over_http() {
    let world = World::new();
    let site = Site::start(&world);
    let (status, _, page) = site.ask("GET", "/", "", "");
    assert!(status == 200 && page.contains("webeid.authenticate"));
    let (cookie, nonce) = site.challenge();
    let good = token(&world, "hanako", ORIGIN, &nonce);
    let (status, first) = site.log_in(&cookie, &good);
    assert_eq!(
        (status, &first["revocation"]),
        (200, &"not-checked".into()),
        "{first}"
    );
    // The same again; another visitor's answer; another site's; a stranger's session.
    assert_eq!(
        site.log_in(&cookie, &good),
        (401, json!({ "reason": "nonce.unknown" }))
    );
    let (cookie, nonce) = site.challenge();
    let (other, _) = site.challenge();
    let good = token(&world, "hanako", ORIGIN, &nonce);
    assert_eq!(
        site.log_in(&other, &good),
        (401, json!({ "reason": "token.signature" }))
    );
    assert_eq!(
        site.log_in("", &good),
        (401, json!({ "reason": "nonce.unknown" }))
    );
    let (status, again) = site.log_in(&cookie, &good);
    assert_eq!((status, &again["identity"]), (200, &first["identity"]));
    let (cookie, nonce) = site.challenge();
    let phished = token(&world, "hanako", "https://login.example.evil", &nonce);
    assert_eq!(
        site.log_in(&cookie, &phished),
        (401, json!({ "reason": "token.signature" }))
    );
    let (cookie, nonce) = site.challenge();
    let expired = token(&world, "kigen", ORIGIN, &nonce);
    assert_eq!(
        site.log_in(&cookie, &expired),
        (401, json!({ "reason": "certificate.expired" }))
    );
    let (cookie, _) = site.challenge();
    assert_eq!(
        site.log_in(&cookie, "{}"),
        (401, json!({ "reason": "token.length" }))
    );
}

#[test]
fn web_eid_s_own_rules_accept_our_tokens() {
    let world = World::new();
    world.run("sim pki pki").done();
    let nonce = "A".repeat(44);
    let judge = |origin: &str, nonce: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/web_eid.py");
        let roots = fs::read_dir(world.path("pki")).unwrap();
        let roots = roots.map(|file| file.unwrap().path());
        let roots = roots.filter(|path| path.extension().is_some_and(|it| it == "pem"));
        let mut python = world.tool("python3");
        python
            .arg(script)
            .arg("token")
            .args([origin, nonce])
            .args(roots);
        let output = python.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !log.contains("No module"),
            "install the Debian package python3-cryptography"
        );
        (said.trim().to_owned(), log)
    };
    for who in ["hanako", "taro", "jisedai"] {
        world.write("token", &token(&world, who, ORIGIN, &nonce));
        let (said, log) = judge(ORIGIN, &nonce);
        assert_eq!(said, "accepted", "{who}: {log}");
        assert_eq!(judge("https://login.example.evil", &nonce).0, "signature");
        assert_eq!(judge(ORIGIN, &"B".repeat(44)).0, "signature");
    }
    world.write("token", &token(&world, "kigen", ORIGIN, &nonce));
    assert_eq!(judge(ORIGIN, &nonce).0, "validity");
}

/// What that library's tests refuse, member by member.
#[test]
fn its_negative_examples_are_refused() {
    let world = World::new();
    let nonce = "A".repeat(44);
    let whole: Value = serde_json::from_str(&token(&world, "hanako", ORIGIN, &nonce)).unwrap();
    let reason = |text: &str| {
        world.write("token", text);
        let line = format!("--json login verify token --trust sim --origin {ORIGIN}");
        let run = world.run(&format!("{line} --nonce {nonce}"));
        assert_eq!(run.status, Some(40));
        run.json()["reason"].as_str().unwrap().to_owned()
    };
    let mut cases: Vec<(String, &str)> = vec![
        (String::new(), "token.length"),
        ("{".into(), "token.length"),
        (" ".repeat(10_001), "token.length"),
        (
            whole.to_string().replace("web-eid:1.0", "invalid"),
            "token.format",
        ),
        (
            whole.to_string().replace("web-eid:1.0", "web-eid"),
            "token.format",
        ),
        (
            whole.to_string().replace("web-eid:1.0", "web-eid:2.0"),
            "token.format",
        ),
    ];
    for (member, values) in [
        (
            "algorithm",
            vec![json!(""), json!("\u{0}\t "), json!("HS256"), json!("rs256")],
        ),
        (
            "unverifiedCertificate",
            vec![json!([]), json!(1), json!("?"), json!({ "a": 1 })],
        ),
        (
            "signature",
            vec![json!([]), json!(1), json!("\u{1}"), json!(null)],
        ),
        ("format", vec![json!(1), json!(null)]),
    ] {
        for value in values {
            let mut changed = whole.clone();
            let readable = member == "algorithm" && value.is_string();
            changed[member] = value;
            let expected = if readable {
                "token.algorithm"
            } else {
                "token.malformed"
            };
            cases.push((changed.to_string(), expected));
        }
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(member);
        cases.push((without.to_string(), "token.malformed"));
    }
    for (member, value, expected) in [
        ("unverifiedCertificate", "", "certificate.malformed"),
        ("unverifiedCertificate", "aGVsbG8=", "certificate.malformed"),
        ("signature", "", "token.signature"),
        ("signature", "aGVsbG8=", "token.signature"),
    ] {
        let mut changed = whole.clone();
        changed[member] = value.into();
        cases.push((changed.to_string(), expected));
    }
    for (text, expected) in cases {
        assert_eq!(reason(&text), expected, "{text:.200}");
    }
}
