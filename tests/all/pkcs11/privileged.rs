//! The module in a set-uid program: nothing of its caller decides which tokens it shows.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use card_tests::pcscd;

use super::{Desk, module, said};
use crate::real_pcscd::hanako;

/// Who owns nothing, on every Debian system.
const NOBODY: u32 = 65534;

#[test]
fn a_set_uid_program_listens_to_nothing_of_its_caller() {
    pcscd::alone(1, |service| {
        let desk = Desk::new(service, &hanako());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("all/pkcs11/privileged.c");
        // Other users reach it there, and programs keep their set-uid bit.
        let folder = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let program = folder.path().join("privileged");
        let compile = format!(
            "gcc -Wall -Werror -rdynamic -I/usr/include/p11-kit-1 {} -o {}",
            source.display(),
            program.display()
        );
        desk.costs("auth", &compile, 0, 0);
        let rule = "profile = both\nlabels = ja\n";
        fs::create_dir_all(desk.path(".config/mynacard")).unwrap();
        fs::write(desk.path(".config/mynacard/pkcs11.conf"), rule).unwrap();

        let run = |user: Option<u32>, profile: Option<&str>| {
            let mut command = Command::new(&program);
            command
                .arg(module())
                .current_dir("/")
                .env("HOME", desk.home.path())
                .env_remove("XDG_CONFIG_HOME")
                .env_remove("MYNACARD_PKCS11_PROFILE")
                .envs(profile.map(|word| ("MYNACARD_PKCS11_PROFILE", word)));
            if let Some(user) = user {
                command.uid(user).gid(user);
            }
            let output = command.output().unwrap();
            let said = said(&output);
            assert!(output.status.success(), "{:?}\n{said}", output.status);
            said
        };
        // An ordinary program listens to both.
        let sign = run(None, Some("sign"));
        assert!(sign.starts_with("no more rights\ntoken 署名用"), "{sign}");
        let both = run(None, None);
        assert_eq!(both.matches("token ").count(), 2, "{both}");
        assert!(both.contains("利用者証明"), "{both}");

        let made = fs::metadata(&program).unwrap();
        let caller = if made.uid() == 0 {
            // Root's program, run by another user.
            fs::set_permissions(&program, Permissions::from_mode(0o4755)).unwrap();
            Some(NOBODY)
        } else {
            // Not root: the program of another group, which counts the same.
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let groups = status.lines().find_map(|line| line.strip_prefix("Groups:"));
            let mut groups = groups
                .unwrap()
                .split_whitespace()
                .map(|id| id.parse().unwrap());
            let other = groups.find(|id| *id != made.gid());
            let other = other.expect("this test needs root, or a second group of its user");
            chown(&program, None, Some(other)).unwrap();
            fs::set_permissions(&program, Permissions::from_mode(0o2755)).unwrap();
            None
        };
        for profile in [Some("sign"), Some("both"), None] {
            let shown = run(caller, profile);
            let tokens: Vec<&str> = shown.lines().map(str::trim_end).collect();
            assert_eq!(
                tokens,
                ["more rights", "token JPKI auth 4-digit PIN"],
                "{profile:?}"
            );
        }
        assert_eq!(desk.card.attempts(), (Some(3), Some(5)));
    });
}
