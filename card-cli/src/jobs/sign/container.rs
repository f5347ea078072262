//! The files of one container: hashed before the card is asked, written once it has signed.

use std::io::{Read, Write};
use std::path::Path;

use card_sign::{SignError, asic};

use super::input::Input;
use crate::documents;
use crate::error::ProgramError;
use crate::exit::Failure;
use crate::place::Stopped;
use crate::progress::{Step, Watch, Watched};

/// The files under their own names.
pub(super) fn prepare(
    first: &Input,
    more: &[Input],
    watch: &dyn Watch,
) -> Result<asic::Prepared, Failure> {
    let mut draft = asic::Draft::new();
    for input in std::iter::once(first).chain(more) {
        let meter = watch.step(Step::Read(&input.path), input.size);
        input.pass(|content| {
            let mut content = Watched::new(content, meter, Some(watch));
            let added = draft.add(&input.name(), &mut content);
            added.map_err(|error| documents::sign_failure(error, &input.path))
        })?;
    }
    let prepared = draft.prepare();
    prepared.map_err(|error| documents::sign_failure(error, &first.path))
}

/// Writes the container; `read` opens a file of it.
pub(super) fn write<'i, 'r, R: Read + 'r>(
    container: &asic::Container,
    inputs: &[&'i Input],
    read: impl Fn(&'i Input) -> Result<R, Failure>,
    out: &mut dyn Write,
) -> Result<(), Stopped> {
    let mut at = inputs.first().copied();
    let open = |number: usize| {
        at = inputs.get(number).copied();
        let input = at.ok_or_else(|| Unwritten::Failed(ProgramError::bug().into()))?;
        let reader = read(input).map_err(Unwritten::Failed)?;
        Ok(Box::new(reader) as Box<dyn Read + 'r>)
    };
    container.write(open, out).map_err(|error| match error {
        Unwritten::Sign(SignError::Io(error)) => Stopped::Io(error),
        Unwritten::Sign(error) => {
            let path = at.map_or(Path::new("-"), |input| &input.path);
            documents::sign_failure(error, path).into()
        }
        Unwritten::Failed(failure) => failure.into(),
    })
}

/// Why a container was not written.
enum Unwritten {
    Sign(SignError),
    Failed(Failure),
}

impl From<SignError> for Unwritten {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::cell::Cell;
    use std::fs;
    use std::rc::Rc;

    use super::super::input::Need;
    use super::*;
    use crate::progress::{Meter, Unwatched};

    /// Stops when the step of this number begins; counts what is read in it.
    struct Stopping {
        at: u32,
        step: Cell<u32>,
        read: Rc<Cell<u64>>,
    }

    struct Counting(Rc<Cell<u64>>);

    impl Meter for Counting {
        fn add(&mut self, more: u64) {
            self.0.set(self.0.get() + more);
        }
    }

    impl Watch for Stopping {
        fn step(&self, step: Step<'_>, total: u64) -> Box<dyn Meter> {
            assert!(matches!(step, Step::Read(_)) && total == 5, "{step:?}");
            self.step.set(self.step.get() + 1);
            Box::new(Counting(Rc::clone(&self.read)))
        }

        fn stopped(&self) -> bool {
            self.step.get() >= self.at
        }

        fn hold(&self) -> Box<dyn Any> {
            Box::new(())
        }
    }

    #[test]
    fn hashing_is_told_and_ends_when_the_work_is_told_to_stop() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = ["a", "b"].map(|name| {
            let path = folder.path().join(name);
            fs::write(&path, "12345").unwrap();
            Input::read(&path, None, Need::Again, None, &Unwatched).unwrap()
        });
        let [first, second] = &inputs;
        for (at, read) in [(1, 0), (2, 5), (3, 10)] {
            let watch = Stopping {
                at,
                step: Cell::new(0),
                read: Rc::default(),
            };
            let prepared = prepare(first, std::slice::from_ref(second), &watch);
            assert_eq!((prepared.is_ok(), watch.read.get()), (at == 3, read));
        }
    }
}
