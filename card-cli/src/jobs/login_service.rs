//! The service's side of a login: challenges, and what answers them.

use std::io::Read;
use std::path::{Path, PathBuf};

use card_core::domain::date::UtcTime;
use card_core::login::{
    FolderNonces, IdentityKey, LoginReason, LoginReport, MemoryNonces, Nonce, NonceProblem,
    NonceStore, Origin, Verifier,
};
use zeroize::Zeroizing;

use crate::error::ProgramError;
use crate::exit::Failure;
use crate::facts::{reason, word};
use crate::progress::Watch;
use crate::source::{Source, unreadable};
use crate::trust::Judge;

/// Where challenges are remembered.
pub(crate) enum Store<'s> {
    Folder(PathBuf, FolderNonces),
    /// As long as this process runs.
    Memory(&'s MemoryNonces),
}

impl Store<'_> {
    /// A folder of challenges.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        FolderNonces::open(path)
            .map(|nonces| Self::Folder(path.to_owned(), nonces))
            .map_err(|error| failed(path, NonceProblem::Store(error.kind())))
    }

    /// Makes a challenge and remembers it.
    pub(crate) fn issue(&self, now: UtcTime) -> Result<Nonce, Failure> {
        self.nonces().issue(now).map_err(|it| self.failed(it))
    }

    fn nonces(&self) -> &(dyn NonceStore + Sync) {
        match self {
            Self::Folder(_, nonces) => nonces,
            Self::Memory(nonces) => *nonces,
        }
    }

    fn failed(&self, problem: NonceProblem) -> Failure {
        match self {
            Self::Folder(path, _) => failed(path, problem),
            Self::Memory(_) => failed("-".as_ref(), problem),
        }
    }
}

/// Challenges are not remembered at this place, or one is not there.
fn failed(path: &Path, problem: NonceProblem) -> Failure {
    let failure = Failure::of(problem.code()).telling("path", path);
    match problem {
        NonceProblem::Store(kind) => failure.telling("reason", reason(&kind.into())),
        _ => failure,
    }
}

/// A token with everything that it is held against.
pub(crate) struct Verification<'v> {
    pub(crate) origin: &'v Origin,
    /// `None` accepts the same token again and again.
    pub(crate) store: Option<&'v Store<'v>>,
    pub(crate) key: Option<&'v IdentityKey>,
    /// The challenge that the token should answer.
    pub(crate) nonce: &'v str,
    pub(crate) token: &'v [u8],
}

impl Verification<'_> {
    /// Judges the token. Consumes the challenge, whatever comes of it.
    ///
    /// # Errors
    ///
    /// `nonce.store`: the place of the challenges is at fault, so nothing was judged.
    pub(crate) fn run(&self, judge: &Judge) -> Result<LoginReport, Failure> {
        let origin = self.origin.clone();
        let mut verifier = match self.store {
            Some(store) => Verifier::new(origin, &judge.trust, store.nonces()),
            None => Verifier::danger_accepting_replays(origin, &judge.trust),
        }
        .revocation(judge);
        if let Some(key) = self.key {
            verifier = verifier.identity(key);
        }
        let report = verifier.verify(self.token, self.nonce, judge.now());
        if let (Some(LoginReason::Nonce(problem @ NonceProblem::Store(_))), Some(store)) =
            (report.reason(), self.store)
        {
            return Err(store.failed(problem));
        }
        Ok(report)
    }
}

/// The key of the service's identities: a file of its own, else the one in the store.
pub(crate) fn identity_key(
    key: Option<&Path>,
    store: Option<&Path>,
    watch: &dyn Watch,
) -> Result<Option<IdentityKey>, Failure> {
    match (key, store) {
        (Some(path), _) => {
            let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_KEY));
            Source::open(path, watch)
                .and_then(|file| file.take(LONGEST_KEY as u64).read_to_end(&mut bytes))
                .map_err(|error| unreadable(path, &error, watch))?;
            let key = IdentityKey::new(&bytes).ok_or_else(|| {
                let short = word("reason", "too-short").into();
                ProgramError::InputUnreadable(path.into(), short)
            })?;
            Ok(Some(key))
        }
        (None, Some(store)) => IdentityKey::in_folder(store)
            .map(Some)
            .map_err(|error| unreadable(&store.join("identity.key"), &error, watch)),
        (None, None) => Ok(None),
    }
}

/// More of a file would not make the key any better.
const LONGEST_KEY: usize = 4096;
