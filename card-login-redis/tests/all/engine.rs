//! A redis-server (Debian package redis-server) of the test's own, on a Unix socket in a folder.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use card_login_redis::redis::{self, Client, Connection, FromRedisValue};
use tempfile::TempDir;

pub(crate) struct Engine {
    folder: TempDir,
    server: Child,
}

impl Engine {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let server = serve(&folder);
        let engine = Self { folder, server };
        engine.wait();
        engine
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    pub(crate) fn client(&self) -> Client {
        Client::open(format!("unix://{}", self.socket().display())).unwrap()
    }

    pub(crate) fn connection(&self) -> Connection {
        self.client().get_connection().unwrap()
    }

    /// One command of an administrator.
    pub(crate) fn admin<T: FromRedisValue>(&self, words: &str) -> T {
        let mut words = words.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            command.arg(word);
        });
        command.query(&mut self.connection()).unwrap()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.server.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    pub(crate) fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again on what it saved.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.server = serve(&self.folder);
        self.wait();
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self
            .client()
            .get_connection()
            .is_ok_and(|mut connection| redis::cmd("PING").query::<String>(&mut connection).is_ok())
        {
            assert!(Instant::now() < end, "redis-server does not answer");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn serve(folder: &TempDir) -> Child {
    let place = folder.path().display();
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no"])
        .args(["--unixsocket", &format!("{place}/socket")])
        .args(["--dir", &place.to_string()])
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is missing: Debian package redis-server")
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
