//! Programs that are not ours: clients of our card, judges of our output.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

/// A program and the Debian package that brings it.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// What it is called.
    pub program: &'static str,
    /// The package that a person must install who lacks it.
    pub package: &'static str,
}

/// OpenSC's tool for readers and raw commands.
pub const OPENSC_TOOL: Tool = Tool {
    program: "opensc-tool",
    package: "opensc",
};
/// OpenSC's view of a card as PKCS #15: certificates, keys, PINs.
pub const PKCS15_TOOL: Tool = Tool {
    program: "pkcs15-tool",
    package: "opensc",
};
/// OpenSC's shell on a card, which stays open between commands.
pub const OPENSC_EXPLORER: Tool = Tool {
    program: "opensc-explorer",
    package: "opensc",
};
/// A client of any PKCS #11 module.
pub const PKCS11_TOOL: Tool = Tool {
    program: "pkcs11-tool",
    package: "opensc",
};
/// The judge of signatures and certificates.
pub const OPENSSL: Tool = Tool {
    program: "openssl",
    package: "openssl",
};
/// OpenSSH's key tool: reads the keys of a PKCS #11 module, verifies its own signature format.
pub const SSH_KEYGEN: Tool = Tool {
    program: "ssh-keygen",
    package: "openssh-client",
};

/// A program of this package; the head of its source in `src/bin` says what it understands.
/// Cargo tells only the tests of this package where it is, so they pass
/// `env!("CARGO_BIN_EXE_foreign-myna-card")` or the like.
pub const fn ours(path: &'static str) -> Tool {
    Tool {
        program: path,
        package: "none: cargo builds it",
    }
}

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    line: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote for its caller.
    pub stdout: Vec<u8>,
    /// What it wrote for people.
    pub stderr: Vec<u8>,
}

impl Tool {
    /// Runs the program to its end, without input.
    pub fn run(self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    /// Runs the program to its end, with `input` on standard input.
    ///
    /// # Panics
    ///
    /// When the program is not installed, with the name of its package.
    pub fn run_with(self, arguments: &[&str], input: &[u8]) -> Ran {
        let Self { program, package } = self;
        let mut child = Command::new(program)
            .args(arguments)
            // Its words are compared in tests.
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{program} (Debian package {package}): {e}"));
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // A program that ends without reading its input closes the pipe; that is its right.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        })
        .unwrap_or_else(|e| panic!("{program}: {e}"));
        let line = format!("{program} {}", arguments.join(" "));
        Ran {
            line,
            status: output.status,
            stdout: output.stdout,
            stderr: output.stderr,
        }
    }
}

impl Ran {
    /// Goes on only if the program says that it succeeded.
    pub fn success(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }

    /// Goes on only if the program says that it failed.
    pub fn failure(self) -> Self {
        assert!(!self.status.success(), "should have failed: {self}");
        self
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Goes on only if `words` occur on either output: OpenSC is not strict about which it uses.
    pub fn says(self, words: &str) -> Self {
        assert!(
            self.to_string().contains(words),
            "does not say {words:?}: {self}"
        );
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (out, err) = (self.text(), String::from_utf8_lossy(&self.stderr));
        write!(
            f,
            "{}: {}\nstdout: {out}\nstderr: {err}",
            self.line, self.status
        )
    }
}

/// OpenSC's PKCS #11 module, wherever this architecture keeps it.
///
/// # Panics
///
/// When it is not installed, with the name of its package.
pub fn opensc_module() -> PathBuf {
    let libraries = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten();
    let mut places = libraries.map(|folder| folder.path().join("opensc-pkcs11.so"));
    places
        .find(|module| module.exists())
        .expect("opensc-pkcs11.so (Debian package opensc-pkcs11) is in no folder of /usr/lib")
}
