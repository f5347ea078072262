//! The packages for Python and Node, built as their users get them, against this program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::World;

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
            .env("MYNACARD", crate::PROGRAM)
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
    // The example of the README, with the fixture that the package brings.
    let readme = fs::read_to_string(project.join("README.md")).unwrap();
    let example = readme.split("```python\n").nth(2).unwrap();
    world.write("test_example.py", example.split("```").next().unwrap());
    let mut pytest = python(&["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    done(pytest.arg("test_example.py"), "python3-pytest");
}

#[test]
fn the_node_package() {
    let world = World::new();
    let mut node = world.tool("node");
    node.args(["--test", "test/mynacard.test.mjs"])
        .current_dir(clients().join("node"))
        .env("MYNACARD", crate::PROGRAM);
    done(&mut node, "nodejs");
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
