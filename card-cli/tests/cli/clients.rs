//! The packages for Python and Node, built as their users get them, against this program.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{World, traffic};

/// The folder of the packages.
fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients")
}

/// Runs a command, and fails with what it said.
#[track_caller]
fn done(command: &mut Command, package: &str) {
    let run = command.output();
    let run = run.unwrap_or_else(|_| panic!("this test needs the Debian package {package}"));
    let said = [run.stdout, run.stderr].concat();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// `mynacard`, which keeps what passes between a client and `serve` where the variable TRAFFIC says.
fn tapped(world: &World) -> PathBuf {
    let script = format!(
        "#!/bin/bash\n[[ $1 == serve && $TRAFFIC ]] || exec {program} \"$@\"\n\
         file=$(mktemp \"$TRAFFIC/XXXXXX\")\n\
         exec {program} \"$@\" < <(exec tee \"$file.to\") > >(exec tee \"$file.from\")\n",
        program = crate::PROGRAM,
    );
    fs::create_dir(world.path("traffic")).unwrap();
    let program = world.write("mynacard", &script);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// Holds all of it against the description. Every method, every event but those that no test of this
/// package causes, and the question for a PIN are in it.
#[track_caller]
fn all_is_described(world: &World, uncaused: &[&str]) {
    let seen = traffic::holds(&world.path("traffic"));
    let description = traffic::description();
    for list in ["methods", "x-events", "x-questions"] {
        for entry in description[list].as_array().unwrap() {
            let name = entry["name"].as_str().unwrap();
            let rare = uncaused.contains(&name);
            assert!(rare || seen.iter().any(|it| it == name), "no {name}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &place),
            false => _ = fs::copy(entry.path(), place).unwrap(),
        }
    }
}

#[test]
fn the_python_package() {
    let world = World::new();
    let (project, venv) = (clients().join("python"), world.path("venv"));
    let tapped = tapped(&world);
    // Building writes beside the sources.
    let sources = world.path("python");
    copy(&project, &sources);
    let mut make = world.tool("/usr/bin/python3");
    make.args(["-m", "venv", "--system-site-packages"])
        .arg(&venv);
    done(&mut make, "python3-venv");
    let python = |arguments: &[&str]| {
        let mut python = world.tool(venv.join("bin/python").to_str().unwrap());
        python
            .args(arguments)
            .env("MYNACARD", &tapped)
            .env("TRAFFIC", world.path("traffic"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "error::ResourceWarning");
        python
    };
    let build = "from setuptools import build_meta as it; it.build_sdist('d'); it.build_wheel('d')";
    let mut build = python(&["-W", "ignore", "-c", build]);
    done(
        build.current_dir(&sources),
        "python3-setuptools python3-wheel",
    );
    let wheel = sources.join("d/mynacard-0.1.0-py3-none-any.whl");
    assert!(sources.join("d/mynacard-0.1.0.tar.gz").exists());
    let install = ["-m", "pip", "install", "-q", "--no-index", "--no-deps"];
    done(python(&install).arg(wheel), "python3-venv");
    let tests = project.join("tests/test_mynacard.py");
    done(python(&[]).arg(tests), "python3");
    all_is_described(&world, &["log", "reader/removed"]);
    // The example of the README, with the fixture that the package brings.
    let readme = fs::read_to_string(project.join("README.md")).unwrap();
    let block = |nth| {
        let block = readme.split("```python\n").nth(nth).unwrap();
        block.split("```").next().unwrap()
    };
    fs::copy(clients().join(CONTRACT), world.path("contract.pdf")).unwrap();
    world.write("plan.txt", "made up");
    says_the_usual(&mut python(&["-c", block(2)]), "True");
    world.write("test_example.py", block(3));
    let mut pytest = python(&["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    done(pytest.arg("test_example.py"), "python3-pytest");
}

#[test]
fn the_node_package() {
    let world = World::new();
    let mut node = world.tool("node");
    node.args(["--test", "test/mynacard.test.mjs"])
        .current_dir(clients().join("node"))
        .env("MYNACARD", tapped(&world))
        .env("TRAFFIC", world.path("traffic"));
    done(&mut node, "nodejs");
    all_is_described(&world, &["card/waiting", "log", "reader/removed"]);
    // The second example of the README.
    let readme = fs::read_to_string(clients().join("node/README.md")).unwrap();
    let example = readme.split("```js\n").nth(2).unwrap();
    world.write("jobs.mjs", example.split("```").next().unwrap());
    fs::create_dir(world.path("node_modules")).unwrap();
    symlink(clients().join("node"), world.path("node_modules/mynacard")).unwrap();
    fs::copy(clients().join(CONTRACT), world.path("contract.pdf")).unwrap();
    world.write("plan.txt", "made up");
    let mut node = world.tool("node");
    says_the_usual(node.arg("jobs.mjs").env("MYNACARD", crate::PROGRAM), "true");
}

/// Beside the packages.
const CONTRACT: &str = "../docs/guide/contract.pdf";

/// Runs the usual jobs of a README.
#[track_caller]
fn says_the_usual(command: &mut Command, yes: &str) {
    let said = command.output().unwrap();
    let problem = String::from_utf8_lossy(&said.stderr);
    let expected = format!("3\n{yes} {yes} {yes}\n見本\u{3000}花子\n");
    assert_eq!(String::from_utf8_lossy(&said.stdout), expected, "{problem}");
}

/// `make packages`: those of `PYTHONS`, which are more than a Debian release has.
#[test]
#[ignore = "needs several Pythons: make packages"]
fn the_python_package_on_every_python() {
    let world = World::new();
    let project = clients().join("python");
    let pythons = std::env::var("PYTHONS").expect("PYTHONS names the Pythons");
    assert!(!pythons.trim().is_empty());
    for python in pythons.split_whitespace() {
        let mut tests = Command::new(python);
        tests
            .arg(project.join("tests/test_mynacard.py"))
            .current_dir(world.folder.path())
            .env("HOME", world.folder.path())
            .env("MYNACARD", crate::PROGRAM)
            .env("PYTHONPATH", project.join("src"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "error::ResourceWarning");
        done(&mut tests, python);
    }
}

/// `make packages`: what `npm pack` makes is installed and used as its README says.
#[test]
#[ignore = "needs npm, which is large: make packages"]
fn the_node_package_packed() {
    let world = World::new();
    let npm = |arguments: &[&str]| {
        let mut npm = world.tool("npm");
        npm.args(["--offline", "--no-audit", "--no-fund"])
            .args(arguments);
        npm
    };
    let project = clients().join("node");
    done(npm(&["pack"]).arg(&project), "npm");
    done(&mut npm(&["install", "./mynacard-0.1.0.tgz"]), "npm");
    let readme = fs::read_to_string(project.join("README.md")).unwrap();
    let example = readme.split("```js\n").nth(1).unwrap();
    world.write("first.mjs", example.split("```").next().unwrap());
    let mut node = world.tool("node");
    node.arg("first.mjs").env("MYNACARD", crate::PROGRAM);
    let said = node.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "web-eid:1.0\n");
}
