//! A program that stays open: it is told something, answers, and waits for more.
//!
//! That is how a second program sits at the card while the first one uses it.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::foreign::Tool;

/// A running program with pipes to it; dropping it ends its input and then the program.
#[derive(Debug)]
pub struct Conversation {
    name: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    said: Receiver<Vec<u8>>,
    /// What was said and not yet waited for.
    heard: String,
    /// What it complains of, for our own complaint: two pipes have no order between them.
    complaints: Receiver<Vec<u8>>,
}

impl Tool {
    /// Starts the program and keeps it open. What it says on standard output is heard at once, as
    /// on a terminal.
    ///
    /// # Panics
    ///
    /// When the program is not installed, with the name of its package.
    pub fn converse(self, arguments: &[&str]) -> Conversation {
        let Self { program, package } = self;
        // A program that writes into a pipe keeps its words until it ends; stdbuf talks it out of
        // that (it is in Debian's coreutils, as `timeout` is).
        let mut child = Command::new("stdbuf")
            .args(["-o0", program])
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{program} (Debian package {package}): {e}"));
        Conversation {
            name: program,
            stdin: child.stdin.take(),
            said: listen(child.stdout.take()),
            heard: String::new(),
            complaints: listen(child.stderr.take()),
            child,
        }
    }
}

impl Conversation {
    /// Says a line and waits for a line.
    pub fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.line()
    }

    /// Says a line.
    pub fn tell(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("open until dropped");
        // A program that has ended is noticed when its answer is waited for.
        let _ = writeln!(stdin, "{line}");
    }

    /// Waits for a line.
    pub fn line(&mut self) -> String {
        self.wait_for("\n").trim_end().to_owned()
    }

    /// Waits for words; returns everything up to their end that was not yet waited for.
    pub fn wait_for(&mut self, words: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(at) = self.heard.find(words) {
                let rest = self.heard.split_off(at + words.len());
                return std::mem::replace(&mut self.heard, rest);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left) {
                Ok(more) => self.heard += &String::from_utf8_lossy(&more),
                Err(error) => {
                    let complaints: Vec<u8> = self.complaints.try_iter().flatten().collect();
                    let complaints = String::from_utf8_lossy(&complaints);
                    let Self { name, heard, .. } = self;
                    let why = match error {
                        RecvTimeoutError::Timeout => "says nothing more",
                        RecvTimeoutError::Disconnected => "has ended",
                    };
                    panic!("{name} {why}; no {words:?} in {heard:?}\n{complaints}");
                }
            }
        }
    }

    /// Whether it has said nothing new for this long: it waits for something else.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        self.heard.is_empty()
            && match self.said.recv_timeout(time) {
                Ok(more) => {
                    self.heard += &String::from_utf8_lossy(&more);
                    false
                }
                Err(error) => error == RecvTimeoutError::Timeout,
            }
    }

    /// Ends its input and waits for how it ends.
    pub fn end(&mut self) -> ExitStatus {
        self.stdin = None;
        self.child.wait().expect("a child of ours")
    }

    /// Ends it as a crash would: at once, without a word to anybody.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // Every program here ends with its input; one that hangs is stopped by the test's limit.
        self.end();
    }
}

fn listen(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let mut pipe = pipe.expect("made a pipe");
    let (say, said) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            if say.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    said
}
