//! One change of one file: with our lines, without them, and what is there now.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::output::{Place, Privacy};

/// Where our lines belong in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The whole file is ours; its first line says so.
    Whole,
    /// At the end of a file of the user, between two marks.
    Block,
    /// A paragraph of `pkcs11.txt`, the list of modules of an NSS database, known by its name.
    Nss,
    /// An item of LibreOffice's settings.
    LibreOffice,
}

/// Lines in a file.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) path: PathBuf,
    pub(super) shape: Shape,
    /// Each with its line end.
    pub(super) lines: String,
}

/// What a file holds of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing.
    Missing,
    /// Exactly these lines.
    Registered,
    /// Lines of ours for another module.
    Other,
    /// Something else stands in their place, which is left alone.
    Foreign,
}

/// The first line of a file of ours, and the first and last of a block.
pub(super) const MARK: &str = "# Written by: mynacard pkcs11 install\n";
const BEGIN: &str = "# mynacard pkcs11: begin\n";
/// The line before had no end, and got one.
const BEGIN_ENDED: &str = "# mynacard pkcs11: begin, with the line end before it\n";
const END: &str = "# mynacard pkcs11: end\n";
/// The name of the module in an NSS database.
pub(super) const NAME: &str = "name=mynacard";
const ITEM: &str = "<item oor:path=\"/org.openoffice.Office.Common/Security/Scripting\">\
                    <prop oor:name=\"CertDir\"";
const ITEMS_END: &str = "</oor:items>";

impl Shape {
    /// The text without our lines; none if it holds none.
    fn without(self, text: &str) -> Option<String> {
        match self {
            Self::Whole => text.starts_with(MARK).then(String::new),
            Self::Block => {
                let (before, ended, rest) = match text.split_once(BEGIN) {
                    Some((before, rest)) => (before, false, rest),
                    None => {
                        let (before, rest) = text.split_once(BEGIN_ENDED)?;
                        (before, true, rest)
                    }
                };
                let before = match ended {
                    true => before.strip_suffix('\n').unwrap_or(before),
                    false => before,
                };
                let (_, behind) = rest.split_once(END)?;
                Some(format!("{before}{behind}"))
            }
            Self::Nss => {
                let paragraphs: Vec<&str> = text.split_inclusive("\n\n").collect();
                let ours = |paragraph: &&str| paragraph.lines().any(|line| line.trim() == NAME);
                paragraphs.iter().any(ours).then(|| {
                    let others = paragraphs.into_iter().filter(|paragraph| !ours(paragraph));
                    others.collect()
                })
            }
            Self::LibreOffice => {
                let ours = |line: &&str| line.starts_with(ITEM) && line.contains(OURS);
                let lines: Vec<&str> = text.split_inclusive('\n').collect();
                lines
                    .iter()
                    .any(ours)
                    .then(|| lines.into_iter().filter(|line| !ours(line)).collect())
            }
        }
    }

    /// The text with these lines; none where something else has their place.
    fn with(self, text: &str, lines: &str) -> Option<String> {
        let base = self.without(text);
        let base = base.as_deref().unwrap_or(text);
        match self {
            Self::Whole => base.is_empty().then(|| format!("{MARK}{lines}")),
            Self::Block => {
                let (end, begin) = match base.is_empty() || base.ends_with('\n') {
                    true => ("", BEGIN),
                    false => ("\n", BEGIN_ENDED),
                };
                Some(format!("{base}{end}{begin}{lines}{END}"))
            }
            Self::Nss => {
                let gap = match (
                    base.is_empty() || base.ends_with("\n\n"),
                    base.ends_with('\n'),
                ) {
                    (true, _) => "",
                    (false, true) => "\n",
                    (false, false) => "\n\n",
                };
                Some(format!("{base}{gap}{lines}\n"))
            }
            Self::LibreOffice => {
                // A folder that the user chose is the user's.
                if base.contains(ITEM) {
                    return None;
                }
                let (before, behind) = base.rsplit_once(ITEMS_END)?;
                Some(format!("{before}{lines}{ITEMS_END}{behind}"))
            }
        }
    }
}

/// By which an item of ours is known: the folder that it names.
pub(super) const OURS: &str = "/mynacard/libreoffice";

impl Edit {
    fn text(&self) -> Result<Option<String>, Failure> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::file(
                ProgramError::InputUnreadable,
                &self.path,
                &error,
            )),
        }
    }

    /// What is there now.
    pub(super) fn look(&self) -> Result<There, Failure> {
        let text = self.text()?.unwrap_or_default();
        Ok(match (self.shape.without(&text), self.wanted(&text)) {
            (_, Some(wanted)) if wanted == text => There::Registered,
            (Some(_), _) => There::Other,
            (None, Some(_)) => There::Missing,
            (None, None) => There::Foreign,
        })
    }

    fn wanted(&self, text: &str) -> Option<String> {
        self.shape.with(text, &self.lines)
    }

    /// Puts the lines there, in place of older ones of ours.
    pub(super) fn install(&self) -> Result<(), Failure> {
        let text = self.text()?.unwrap_or_default();
        let Some(wanted) = self.wanted(&text).filter(|wanted| *wanted != text) else {
            return Ok(());
        };
        write(&self.path, &wanted)
    }

    /// Takes them away again; a file that holds nothing else goes too. Whether there were any.
    pub(super) fn uninstall(&self) -> Result<bool, Failure> {
        let text = self.text()?.unwrap_or_default();
        match self.shape.without(&text) {
            None => Ok(false),
            Some(rest) if rest.is_empty() => {
                let failed =
                    |error| Failure::file(ProgramError::OutputUnwritable, &self.path, &error);
                fs::remove_file(&self.path).map_err(failed).map(|()| true)
            }
            Some(rest) => write(&self.path, &rest).map(|()| true),
        }
    }
}

/// Writes a file with the rights that it has, its folder included.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let unwritable = |error: &io::Error| Failure::file(ProgramError::OutputUnwritable, path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| unwritable(&error))?;
    let rights = fs::metadata(path).ok().map(|found| found.permissions());
    Place::look(path, true, Privacy::Owner)?.write(text.as_bytes())?;
    match rights {
        Some(rights) => fs::set_permissions(path, rights).map_err(|error| unwritable(&error)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XCU: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<oor:items>\n</oor:items>";

    #[test]
    fn what_is_put_in_can_be_taken_out_to_the_byte_and_is_put_in_once() {
        let folder = tempfile::tempdir().unwrap();
        let item = |folder: &str| {
            format!("{ITEM} oor:op=\"fuse\"><value>{folder}{OURS}</value></prop></item>\n")
        };
        let module = |path: &str| format!("library={path}\n{NAME}\n");
        let modules = "library=\nname=x\nNSS=y\n\nlibrary=z\nname=z\n\n";
        let cases = [
            (Shape::Whole, "", "older\n".into(), "newer\n".into()),
            (Shape::Block, "", "older\n".into(), "newer\n".into()),
            (Shape::Block, "Host a\n", "older\n".into(), "newer\n".into()),
            (
                Shape::Block,
                "Host a\n  User b",
                "older\n".into(),
                "newer\n".into(),
            ),
            (Shape::Nss, "", module("/a"), module("/b")),
            (Shape::Nss, modules, module("/a"), module("/b")),
            (Shape::LibreOffice, XCU, item("/a"), item("/b")),
        ];
        for (shape, text, older, lines) in cases {
            let path = folder.path().join("new/file");
            let edit = |lines: &String| Edit {
                path: path.clone(),
                shape,
                lines: lines.clone(),
            };
            let (older, newer) = (edit(&older), edit(&lines));
            if !text.is_empty() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
            }
            assert_eq!(newer.look().unwrap(), There::Missing, "{shape:?} {text:?}");
            assert!(!newer.uninstall().unwrap());
            older.install().unwrap();
            assert_eq!(newer.look().unwrap(), There::Other, "{shape:?} {text:?}");
            newer.install().unwrap();
            let once = fs::read_to_string(&path).unwrap();
            assert!(
                once.contains(&lines) && !once.contains(&older.lines),
                "{once}"
            );
            assert_eq!(newer.look().unwrap(), There::Registered);
            newer.install().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), once, "{shape:?}");
            assert!(older.uninstall().unwrap());
            assert_eq!(
                fs::read_to_string(&path).ok().as_deref(),
                Some(text).filter(|t| !t.is_empty())
            );
            let _ = fs::remove_file(&path);
        }
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = format!("{ITEM} oor:op=\"fuse\"><value>/mine</value></prop></item>\n");
        let chosen = XCU.replace("</oor", &format!("{chosen}</oor"));
        for (shape, text) in [
            (Shape::Whole, "name = mine\n"),
            (Shape::LibreOffice, "no settings"),
            (Shape::LibreOffice, &chosen),
        ] {
            let path = folder.path().join("file");
            fs::write(&path, text).unwrap();
            let lines = "a\n".to_owned();
            let edit = Edit { path, shape, lines };
            assert_eq!(edit.look().unwrap(), There::Foreign, "{text}");
            edit.install().unwrap();
            assert!(!edit.uninstall().unwrap());
            assert_eq!(fs::read_to_string(&edit.path).unwrap(), text);
        }
    }
}
