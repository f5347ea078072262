//! Slots, tokens, sessions and logins of one process.
//!
//! Two locks: the table (what is known; held for moments only, never during a conversation) and
//! one for each reader (held while a card is spoken to). So calls that only look are answered while
//! a signature waits for another program.
//!
//! Over 400 lines: every call of the interface reads and changes the one table.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use card_core::certificate::Certificate;
use card_core::pin::{Attempts, PinProblem, PinpadProblem, ShapeProblem};
use card_core::readers::{Occupancy, ReaderState, Service};
use card_core::transport::TransportError;
use card_core::{Error, SignaturePassword, UserPin};
use cryptoki_sys::*;
use zeroize::{Zeroize as _, Zeroizing};

use crate::conversation::{Padding, Partner, Sent, Shown, Value};
use crate::object::{Attribute, Class, Object};
use crate::operation::{MECHANISMS, Mechanism, Operation, Output, room};
use crate::refused::Refused;
use crate::settings::{Profile, Settings};
use crate::types::{Kind, Outcome, lock};

/// The tokens of a card, by kind.
#[derive(Default)]
struct Tokens {
    authentication: Option<Token>,
    signature: Option<Token>,
}

impl Tokens {
    fn of(&self, kind: Kind) -> Option<&Token> {
        match kind {
            Kind::Authentication => self.authentication.as_ref(),
            Kind::Signature => self.signature.as_ref(),
        }
    }

    fn of_mut(&mut self, kind: Kind) -> Option<&mut Token> {
        match kind {
            Kind::Authentication => self.authentication.as_mut(),
            Kind::Signature => self.signature.as_mut(),
        }
    }
}

struct Token {
    certificate: Option<Certificate>,
    /// The certificate is free to read; else it is there while logged in.
    free: bool,
    /// Its PIN can be typed on the reader.
    pinpad: bool,
    serial: String,
    attempts: Attempts,
    login: Option<Arc<Login>>,
}

#[derive(Default)]
struct Reader {
    name: String,
    /// What is in it, where that is a card.
    seen: Option<ReaderState>,
    /// One for each insertion, so that what belonged to another card is known.
    generation: u64,
    looked: bool,
    tokens: Tokens,
    event: bool,
    /// Held while its card is spoken to.
    speaking: Arc<Mutex<()>>,
}

struct Session {
    reader: usize,
    kind: Kind,
    writable: bool,
    found: Option<Vec<CK_OBJECT_HANDLE>>,
    sign: Option<Operation>,
    digest: Option<Operation>,
}

#[derive(Default)]
struct Table {
    service: Option<Service>,
    /// Grows only: the place of a reader is in the numbers of its slots.
    readers: Vec<Reader>,
    sessions: BTreeMap<CK_SESSION_HANDLE, Session>,
    next_session: CK_SESSION_HANDLE,
}

/// One C_Initialize.
pub(crate) struct Module {
    settings: Settings,
    table: Mutex<Table>,
    generations: AtomicU64,
    stop: Arc<AtomicBool>,
    refused: Arc<Mutex<Refused>>,
    /// Answers to reset of cards that refused PSS since C_Initialize: the list of mechanisms, which
    /// programs have read by then, stays; no PIN is presented for it again.
    without_pss: Mutex<Vec<Vec<u8>>>,
}

/// What a token is asked to sign with.
struct Task {
    reader: usize,
    kind: Kind,
    generation: u64,
    seen: ReaderState,
    speaking: Arc<Mutex<()>>,
    serial: String,
}

impl Module {
    pub(crate) fn new(refused: Arc<Mutex<Refused>>) -> Self {
        let module = Self {
            settings: Settings::read(),
            table: Mutex::default(),
            generations: AtomicU64::new(1),
            stop: Arc::default(),
            refused,
            without_pss: Mutex::default(),
        };
        module.refresh(&mut lock(&module.table), true);
        for reader in &mut lock(&module.table).readers {
            reader.event = false;
        }
        module
    }

    /// Ends what is going on; every login is forgotten.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        let mut table = lock(&self.table);
        table.sessions.clear();
        for reader in &mut table.readers {
            reader.tokens = Tokens::default();
            reader.looked = false;
        }
        drop(table);
        scrub();
    }

    // Slots and tokens.

    pub(crate) fn slots(&self, present: bool, grow: bool) -> Outcome<Vec<CK_SLOT_ID>> {
        let mut table = lock(&self.table);
        let grow = grow || table.readers.is_empty();
        self.refresh(&mut table, grow);
        let readers = table.readers.len();
        drop(table);
        let mut slots = Vec::new();
        for reader in 0..readers {
            if present {
                self.look(reader);
            }
            let table = lock(&self.table);
            for kind in self.kinds() {
                let token = table.readers.get(reader).and_then(|r| r.tokens.of(*kind));
                if !present || token.is_some() {
                    slots.push(slot(reader, *kind));
                }
            }
        }
        Ok(slots)
    }

    pub(crate) fn slot_info(&self, id: CK_SLOT_ID) -> Outcome<CK_SLOT_INFO> {
        let (reader, kind) = self.place(id)?;
        self.look(reader);
        let table = lock(&self.table);
        let reader = table.readers.get(reader).ok_or(CKR_SLOT_ID_INVALID)?;
        let token = reader.tokens.of(kind).is_some();
        Ok(CK_SLOT_INFO {
            slotDescription: padded(&reader.name),
            manufacturerID: padded(MANUFACTURER),
            flags: CKF_REMOVABLE_DEVICE | CKF_HW_SLOT | if token { CKF_TOKEN_PRESENT } else { 0 },
            hardwareVersion: CK_VERSION { major: 0, minor: 0 },
            firmwareVersion: CK_VERSION { major: 0, minor: 0 },
        })
    }

    pub(crate) fn token_info(&self, id: CK_SLOT_ID) -> Outcome<CK_TOKEN_INFO> {
        let (reader, kind) = self.present(id)?;
        let table = lock(&self.table);
        let token = table.token(reader, kind)?;
        let count = |writable: bool| {
            let here =
                |s: &&Session| s.reader == reader && s.kind == kind && (!writable || s.writable);
            table.sessions.values().filter(here).count() as CK_ULONG
        };
        let maximum = kind.pin().maximum().unwrap_or_default();
        let low = CKF_USER_PIN_COUNT_LOW;
        let pin = match token.attempts {
            Attempts::Blocked => CKF_USER_PIN_LOCKED,
            // A number that the card does not tell is treated as the last one.
            Attempts::Left(..=1) | Attempts::Unknown => low | CKF_USER_PIN_FINAL_TRY,
            Attempts::Left(left) if left < maximum => low,
            Attempts::Left(_) => 0,
        };
        let (least, most) = match kind {
            Kind::Authentication => (4, 4),
            Kind::Signature => (6, 16),
        };
        let which = match kind {
            Kind::Authentication => 'A',
            Kind::Signature => 'S',
        };
        let unknown = CK_UNAVAILABLE_INFORMATION;
        Ok(CK_TOKEN_INFO {
            label: padded(kind.token_label(self.settings.japanese)),
            manufacturerID: padded(MANUFACTURER),
            model: padded("JPKI"),
            serialNumber: padded(&format!("{which}{}", token.serial)),
            flags: CKF_LOGIN_REQUIRED
                | CKF_USER_PIN_INITIALIZED
                | CKF_TOKEN_INITIALIZED
                | CKF_WRITE_PROTECTED
                | if token.pinpad {
                    CKF_PROTECTED_AUTHENTICATION_PATH
                } else {
                    0
                }
                | pin,
            ulMaxSessionCount: CK_EFFECTIVELY_INFINITE,
            ulSessionCount: count(false),
            ulMaxRwSessionCount: CK_EFFECTIVELY_INFINITE,
            ulRwSessionCount: count(true),
            ulMaxPinLen: most,
            ulMinPinLen: least,
            ulTotalPublicMemory: unknown,
            ulFreePublicMemory: unknown,
            ulTotalPrivateMemory: unknown,
            ulFreePrivateMemory: unknown,
            hardwareVersion: CK_VERSION { major: 0, minor: 0 },
            firmwareVersion: CK_VERSION { major: 0, minor: 0 },
            utcTime: [b' '; 16],
        })
    }

    pub(crate) fn mechanisms(&self, id: CK_SLOT_ID) -> Outcome<Vec<CK_MECHANISM_TYPE>> {
        let (reader, _) = self.present(id)?;
        let pss = self.offers_pss(reader);
        let offered = MECHANISMS
            .iter()
            .filter(|(_, mechanism)| pss || !mechanism.is_pss());
        Ok(offered.map(|(number, _)| *number).collect())
    }

    pub(crate) fn mechanism(
        &self,
        id: CK_SLOT_ID,
        number: CK_MECHANISM_TYPE,
    ) -> Outcome<CK_MECHANISM_INFO> {
        let (reader, _) = self.present(id)?;
        let mechanism = Mechanism::of(number)?;
        if mechanism.is_pss() && !self.offers_pss(reader) {
            return Err(CKR_MECHANISM_INVALID);
        }
        Ok(match mechanism {
            Mechanism::Sign(..) => CK_MECHANISM_INFO {
                ulMinKeySize: 2048,
                ulMaxKeySize: 2048,
                flags: CKF_HW | CKF_SIGN,
            },
            Mechanism::Digest(_) => CK_MECHANISM_INFO {
                ulMinKeySize: 0,
                ulMaxKeySize: 0,
                flags: CKF_DIGEST,
            },
        })
    }

    /// The slot of the next insertion or removal; waits for one if asked to.
    pub(crate) fn event(&self, wait: bool) -> Outcome<CK_SLOT_ID> {
        loop {
            if self.stop.load(Ordering::SeqCst) {
                return Err(CKR_CRYPTOKI_NOT_INITIALIZED);
            }
            let mut table = lock(&self.table);
            self.refresh(&mut table, true);
            let first = self
                .kinds()
                .first()
                .copied()
                .unwrap_or(Kind::Authentication);
            for (reader, known) in table.readers.iter_mut().enumerate() {
                if std::mem::take(&mut known.event) {
                    return Ok(slot(reader, first));
                }
            }
            let known = table
                .service
                .as_ref()
                .and_then(|service| service.readers().ok());
            drop(table);
            if !wait {
                return Err(CKR_NO_EVENT);
            }
            // In slices, so that C_Finalize is noticed without a call into another thread.
            let slice = Duration::from_millis(250);
            let waited = known
                .and_then(|known| Some(Service::connect().ok()?.wait(&known, slice)))
                .is_some_and(|waited| waited.is_ok());
            if !waited {
                std::thread::sleep(slice);
            }
        }
    }

    // Sessions.

    pub(crate) fn open(&self, id: CK_SLOT_ID, flags: CK_FLAGS) -> Outcome<CK_SESSION_HANDLE> {
        self.place(id)?;
        if flags & CKF_SERIAL_SESSION == 0 {
            return Err(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        }
        let (reader, kind) = self.present(id)?;
        let mut table = lock(&self.table);
        table.token(reader, kind)?;
        if table.sessions.len() >= 4096 {
            return Err(CKR_SESSION_COUNT);
        }
        table.next_session += 1;
        let handle = table.next_session;
        let session = Session {
            reader,
            kind,
            writable: flags & CKF_RW_SESSION != 0,
            found: None,
            sign: None,
            digest: None,
        };
        table.sessions.insert(handle, session);
        Ok(handle)
    }

    pub(crate) fn close(&self, handle: CK_SESSION_HANDLE) -> Outcome<()> {
        let mut table = self.current();
        let session = table
            .sessions
            .remove(&handle)
            .ok_or(CKR_SESSION_HANDLE_INVALID)?;
        table.log_out_unused(session.reader, session.kind);
        drop(table);
        scrub();
        Ok(())
    }

    pub(crate) fn close_all(&self, id: CK_SLOT_ID) -> Outcome<()> {
        let (reader, kind) = self.place(id)?;
        let mut table = self.current();
        table
            .sessions
            .retain(|_, s| s.reader != reader || s.kind != kind);
        table.log_out_unused(reader, kind);
        drop(table);
        scrub();
        Ok(())
    }

    pub(crate) fn session_info(&self, handle: CK_SESSION_HANDLE) -> Outcome<CK_SESSION_INFO> {
        let table = self.current();
        let (session, token) = table.session(handle)?;
        let state = match (session.writable, token.login.is_some()) {
            (false, false) => CKS_RO_PUBLIC_SESSION,
            (false, true) => CKS_RO_USER_FUNCTIONS,
            (true, false) => CKS_RW_PUBLIC_SESSION,
            (true, true) => CKS_RW_USER_FUNCTIONS,
        };
        let writable = if session.writable { CKF_RW_SESSION } else { 0 };
        Ok(CK_SESSION_INFO {
            slotID: slot(session.reader, session.kind),
            state,
            flags: CKF_SERIAL_SESSION | writable,
            ulDeviceError: 0,
        })
    }

    /// Whether there is such a session; refusals of everything else come behind this one.
    pub(crate) fn check(&self, handle: CK_SESSION_HANDLE) -> Outcome<()> {
        self.current().session(handle).map(|_| ())
    }

    // Login.

    pub(crate) fn log_in(
        &self,
        handle: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: Option<&[u8]>,
    ) -> Outcome<()> {
        let logged_in = self.log_in_inner(handle, user, pin);
        // What moved through the stack on the way is overwritten.
        scrub();
        logged_in
    }

    fn log_in_inner(
        &self,
        handle: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: Option<&[u8]>,
    ) -> Outcome<()> {
        let table = self.current();
        let (session, token) = table.session(handle)?;
        match user {
            CKU_USER => {}
            // No key wants a login for each signature.
            CKU_CONTEXT_SPECIFIC => return Err(CKR_OPERATION_NOT_INITIALIZED),
            _ => return Err(CKR_USER_TYPE_INVALID),
        }
        if pin.is_none() && !token.pinpad {
            return Err(CKR_ARGUMENTS_BAD);
        }
        if token.login.is_some() {
            return Err(CKR_USER_ALREADY_LOGGED_IN);
        }
        let hidden = token.certificate.is_none();
        let kind = session.kind;
        let login = match pin {
            Some(pin) => parse(kind, pin)?,
            None => Login {
                value: Value::OnReader,
                bytes: Zeroizing::default(),
            },
        };
        let task = table.task(handle)?;
        drop(table);

        let speaking = lock(&task.speaking);
        // Another thread may have logged in, or spent an attempt on this value, meanwhile.
        if lock(&self.table)
            .token_of(&task)
            .ok_or_else(|| self.gone())?
            .login
            .is_some()
        {
            return Err(CKR_USER_ALREADY_LOGGED_IN);
        }
        if lock(&self.refused).holds(&task.serial, kind.pin(), &login.bytes) {
            return Err(CKR_PIN_INCORRECT);
        }
        let partner = Partner {
            seen: &task.seen,
            stop: &self.stop,
            wanted: &|| lock(&self.table).sessions.contains_key(&handle),
        };
        let (done, sent) = partner.log_in(&login.value, hidden);
        drop(speaking);
        let certificate = match done {
            Ok(certificate) => certificate,
            Err(error) => {
                self.count(&task, &error, sent, &login.bytes);
                return Err(self.told(&task, &error));
            }
        };
        let mut table = self.current();
        let token = table.token_of(&task).ok_or_else(|| self.gone())?;
        token.attempts = kind
            .pin()
            .maximum()
            .map_or(Attempts::Unknown, Attempts::Left);
        if hidden {
            token.certificate = certificate;
        }
        token.login = Some(Arc::new(login));
        // All sessions may have been closed meanwhile: then there is no login to end.
        table.log_out_unused(task.reader, task.kind);
        Ok(())
    }

    pub(crate) fn log_out(&self, handle: CK_SESSION_HANDLE) -> Outcome<()> {
        let mut table = self.current();
        let (session, token) = table.session(handle)?;
        if token.login.is_none() {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        let (reader, kind) = (session.reader, session.kind);
        table.log_out(reader, kind);
        drop(table);
        scrub();
        Ok(())
    }

    // Objects.

    pub(crate) fn find_init(
        &self,
        handle: CK_SESSION_HANDLE,
        template: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)],
    ) -> Outcome<()> {
        let mut table = self.current();
        let (session, token) = table.session(handle)?;
        if session.found.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        let kind = session.kind;
        let generation = table.generation(handle)?;
        let fitting = Class::ALL.iter().filter(|class| {
            token_object(token, kind, **class).is_some_and(|object| object.fits(template))
        });
        let found = fitting
            .map(|class| object_handle(generation, kind, *class))
            .collect();
        if let Some(session) = table.sessions.get_mut(&handle) {
            session.found = Some(found);
        }
        Ok(())
    }

    pub(crate) fn find(
        &self,
        handle: CK_SESSION_HANDLE,
        most: usize,
    ) -> Outcome<Vec<CK_OBJECT_HANDLE>> {
        let mut table = self.current();
        let found = table.mutable(handle)?.found.as_mut();
        let found = found.ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        let most = most.min(found.len());
        Ok(found.drain(..most).collect())
    }

    pub(crate) fn find_final(&self, handle: CK_SESSION_HANDLE) -> Outcome<()> {
        let mut table = self.current();
        let found = table.mutable(handle)?.found.take();
        found.map(|_| ()).ok_or(CKR_OPERATION_NOT_INITIALIZED)
    }

    /// Attributes of one object, in the order asked.
    pub(crate) fn attributes(
        &self,
        handle: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        names: &[CK_ATTRIBUTE_TYPE],
    ) -> Outcome<Vec<Attribute>> {
        let table = self.current();
        let generation = table.generation(handle)?;
        let (session, token) = table.session(handle)?;
        let shown = Class::ALL
            .iter()
            .find(|class| object_handle(generation, session.kind, **class) == object)
            .and_then(|class| token_object(token, session.kind, *class))
            .ok_or(CKR_OBJECT_HANDLE_INVALID)?;
        Ok(names.iter().map(|name| shown.attribute(*name)).collect())
    }

    // Signatures and digests.

    pub(crate) fn sign_init(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        parameter: &Parameter,
        key: CK_OBJECT_HANDLE,
    ) -> Outcome<()> {
        let mut table = self.current();
        let generation = table.generation(handle)?;
        let (session, token) = table.session(handle)?;
        if session.sign.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        let mechanism = match Mechanism::of(mechanism)? {
            sign @ Mechanism::Sign(..) => sign,
            Mechanism::Digest(_) => return Err(CKR_MECHANISM_INVALID),
        };
        let atr = table.readers.get(session.reader).and_then(Reader::atr);
        let refused = |atr| lock(&self.without_pss).iter().any(|known| known == atr);
        if mechanism.is_pss()
            && !atr.is_some_and(|atr| self.settings.offers_pss(atr) && !refused(atr))
        {
            return Err(CKR_MECHANISM_INVALID);
        }
        let fits = match (mechanism.is_pss(), parameter) {
            (false, Parameter::None) => true,
            (true, Parameter::Pss { hash, mask, salt }) => {
                (*hash, *mask, *salt) == (CKM_SHA256, CKG_MGF1_SHA256, 32)
            }
            _ => false,
        };
        if !fits {
            return Err(CKR_MECHANISM_PARAM_INVALID);
        }
        if token.login.is_none() {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        let private = object_handle(generation, session.kind, Class::PrivateKey);
        if key != private || token.certificate.is_none() {
            return Err(CKR_KEY_HANDLE_INVALID);
        }
        table.mutable(handle)?.sign = Some(Operation::new(mechanism));
        Ok(())
    }

    pub(crate) fn sign(
        &self,
        handle: CK_SESSION_HANDLE,
        data: &[u8],
        space: Option<usize>,
    ) -> Outcome<Output> {
        let (operation, output) = self.whole(handle, |s| &mut s.sign, data, space)?;
        match operation {
            Some(operation) => self.signed(handle, operation),
            None => Ok(output),
        }
    }

    pub(crate) fn sign_final(
        &self,
        handle: CK_SESSION_HANDLE,
        space: Option<usize>,
    ) -> Outcome<Output> {
        let (operation, output) = self.ended(handle, |s| &mut s.sign, space)?;
        match operation {
            Some(operation) => self.signed(handle, operation),
            None => Ok(output),
        }
    }

    pub(crate) fn sign_update(&self, handle: CK_SESSION_HANDLE, data: &[u8]) -> Outcome<()> {
        self.part(handle, |s| &mut s.sign, data)
    }

    pub(crate) fn digest_init(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
    ) -> Outcome<()> {
        let mut table = self.current();
        let session = table.mutable(handle)?;
        if session.digest.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        match Mechanism::of(mechanism)? {
            digest @ Mechanism::Digest(_) => session.digest = Some(Operation::new(digest)),
            Mechanism::Sign(..) => return Err(CKR_MECHANISM_INVALID),
        }
        Ok(())
    }

    pub(crate) fn digest(
        &self,
        handle: CK_SESSION_HANDLE,
        data: &[u8],
        space: Option<usize>,
    ) -> Outcome<Output> {
        let (operation, output) = self.whole(handle, |s| &mut s.digest, data, space)?;
        finished(operation, output)
    }

    pub(crate) fn digest_final(
        &self,
        handle: CK_SESSION_HANDLE,
        space: Option<usize>,
    ) -> Outcome<Output> {
        let (operation, output) = self.ended(handle, |s| &mut s.digest, space)?;
        finished(operation, output)
    }

    pub(crate) fn digest_update(&self, handle: CK_SESSION_HANDLE, data: &[u8]) -> Outcome<()> {
        self.part(handle, |s| &mut s.digest, data)
    }

    fn whole(
        &self,
        handle: CK_SESSION_HANDLE,
        which: fn(&mut Session) -> &mut Option<Operation>,
        data: &[u8],
        space: Option<usize>,
    ) -> Outcome<(Option<Operation>, Output)> {
        let mut table = self.current();
        let place = which(table.mutable(handle)?);
        let operation = place.as_ref().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        if operation.begun {
            *place = None;
            return Err(CKR_OPERATION_ACTIVE);
        }
        if let Some(output) = room(operation.length(), space) {
            return Ok((None, output));
        }
        let mut operation = place.take().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        drop(table);
        operation.take(data)?;
        Ok((Some(operation), Output::Length(0)))
    }

    fn ended(
        &self,
        handle: CK_SESSION_HANDLE,
        which: fn(&mut Session) -> &mut Option<Operation>,
        space: Option<usize>,
    ) -> Outcome<(Option<Operation>, Output)> {
        let mut table = self.current();
        let place = which(table.mutable(handle)?);
        let operation = place.as_ref().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        if let Some(output) = room(operation.length(), space) {
            return Ok((None, output));
        }
        Ok((place.take(), Output::Length(0)))
    }

    fn part(
        &self,
        handle: CK_SESSION_HANDLE,
        which: fn(&mut Session) -> &mut Option<Operation>,
        data: &[u8],
    ) -> Outcome<()> {
        let mut table = self.current();
        let operation = which(table.mutable(handle)?).take();
        let mut operation = operation.ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        drop(table);
        // Without the table: a gigabyte takes seconds, and calls that only look are not to wait.
        operation.begun = true;
        let taken = operation.take(data);
        if let Ok(session) = lock(&self.table).mutable(handle) {
            *which(session) = Some(operation);
        }
        taken
    }

    fn signed(&self, handle: CK_SESSION_HANDLE, operation: Operation) -> Outcome<Output> {
        let Mechanism::Sign(padding, _) = operation.mechanism else {
            return Err(CKR_GENERAL_ERROR);
        };
        // What must not be signed costs no exchange.
        let digest = operation.digest()?;
        let task = lock(&self.table).task(handle)?;
        let signed = self.converse(&task, |partner, value| {
            partner.sign(value, padding, &digest)
        });
        scrub();
        let (certificate, signature) = signed?;
        if certificate
            .public_key()
            .verify_digest(&digest, &signature)
            .is_ok()
        {
            return Ok(Output::Bytes(signature.as_bytes().to_vec()));
        }
        if padding == Padding::Pss {
            self.without_pss(&task);
        }
        Err(CKR_DEVICE_ERROR)
    }

    fn converse<T>(
        &self,
        task: &Task,
        job: impl FnOnce(&Partner<'_>, &Value) -> (Result<T, Error>, Sent),
    ) -> Outcome<(Certificate, T)> {
        let speaking = lock(&task.speaking);
        // Under the lock: a value that another thread has just seen refused is gone by now.
        let mut table = self.current();
        let token = table.token_of(task).ok_or_else(|| self.gone())?;
        let login = token.login.clone().ok_or(CKR_USER_NOT_LOGGED_IN)?;
        let certificate = token.certificate.clone().ok_or(CKR_KEY_HANDLE_INVALID)?;
        drop(table);
        let still = || {
            let mut table = lock(&self.table);
            let now = table.token_of(task).and_then(|token| token.login.as_ref());
            now.is_some_and(|now| Arc::ptr_eq(now, &login))
        };
        let partner = Partner {
            seen: &task.seen,
            stop: &self.stop,
            wanted: &still,
        };
        let (done, sent) = job(&partner, &login.value);
        let error = match done {
            Ok(done) => return Ok((certificate, done)),
            Err(error) => error,
        };
        // A remembered value is forgotten at its first refusal, where it must not be sent, and where
        // the answer to it did not arrive: sent again, it could cost another attempt.
        let refused = matches!(error, Error::Pin { .. });
        if refused || sent == Sent::Unaccepted {
            self.count(task, &error, sent, &login.bytes);
            let mut table = lock(&self.table);
            if table.token_of(task).is_some() {
                table.log_out(task.reader, task.kind);
            }
        }
        let logged_out = !still();
        drop(speaking);
        match error {
            _ if refused => Err(CKR_USER_NOT_LOGGED_IN),
            Error::Pss(_) => {
                self.without_pss(task);
                Err(CKR_MECHANISM_INVALID)
            }
            // Logged out while another program had the card.
            Error::Cancelled if logged_out && !self.stop.load(Ordering::SeqCst) => {
                Err(CKR_USER_NOT_LOGGED_IN)
            }
            error => Err(self.told(task, &error)),
        }
    }

    /// Remembers what an error says about the counter, and a value that was refused.
    fn count(&self, task: &Task, error: &Error, sent: Sent, value: &[u8]) {
        let Error::Pin { problem, .. } = error else {
            return;
        };
        let attempts = match problem {
            PinProblem::Wrong { left } | PinProblem::LastAttempt { left } => *left,
            PinProblem::Blocked | PinProblem::Absent => Attempts::Blocked,
            _ => return,
        };
        // What was typed on the reader is not known here.
        if sent == Sent::Unaccepted && !value.is_empty() {
            lock(&self.refused).add(&task.serial, task.kind.pin(), value);
        }
        if let Some(token) = lock(&self.table).token_of(task) {
            token.attempts = attempts;
        }
    }

    /// The answer where the card of a conversation is not there any more.
    fn gone(&self) -> CK_RV {
        if self.stop.load(Ordering::SeqCst) {
            CKR_CRYPTOKI_NOT_INITIALIZED
        } else {
            CKR_DEVICE_REMOVED
        }
    }

    /// The number for an error in a conversation.
    ///
    /// Never one of those after which NSS repeats a login by itself, nor a general error where a
    /// PIN is blocked.
    fn told(&self, task: &Task, error: &Error) -> CK_RV {
        if self.current().token_of(task).is_none() {
            return self.gone();
        }
        match error {
            Error::Pin { problem, .. } => match problem {
                PinProblem::Wrong {
                    left: Attempts::Blocked,
                }
                | PinProblem::Blocked
                | PinProblem::Absent
                | PinProblem::LastAttempt { .. } => CKR_PIN_LOCKED,
                PinProblem::Wrong { .. } | PinProblem::RefusedBefore => CKR_PIN_INCORRECT,
                _ => CKR_PIN_INVALID,
            },
            Error::Transport(
                TransportError::Removed | TransportError::NoCard | TransportError::ReaderGone,
            ) => CKR_DEVICE_REMOVED,
            Error::Pinpad { problem, .. } => match problem {
                PinpadProblem::Cancelled | PinpadProblem::TimedOut => CKR_FUNCTION_CANCELED,
                PinpadProblem::Length => CKR_PIN_LEN_RANGE,
                _ => CKR_DEVICE_ERROR,
            },
            Error::Cancelled => CKR_FUNCTION_CANCELED,
            _ => CKR_DEVICE_ERROR,
        }
    }

    // What is in the readers.

    /// The table as it is now: asks the service, never a card.
    fn current(&self) -> std::sync::MutexGuard<'_, Table> {
        let mut table = lock(&self.table);
        self.refresh(&mut table, false);
        table
    }

    fn refresh(&self, table: &mut Table, grow: bool) {
        let asked = match table.service.take() {
            Some(service) => service.readers().map(|now| (service, now)),
            None => Service::connect().and_then(|service| {
                let now = service.readers()?;
                Ok((service, now))
            }),
        };
        let now = match asked {
            Ok((service, now)) => {
                table.service = Some(service);
                now
            }
            // A service that was restarted counts anew: whatever was in the readers is forgotten.
            Err(_) => Vec::new(),
        };
        for index in 0..table.readers.len() {
            let Some(reader) = table.readers.get_mut(index) else {
                continue;
            };
            let seen = now.iter().find(|now| now.name == reader.name);
            let seen = seen.filter(|now| matches!(now.occupancy, Occupancy::Card { .. }));
            if reader.seen.as_ref().map(|seen| seen.events) != seen.map(|seen| seen.events) {
                reader.event = true;
                reader.generation = self.generations.fetch_add(1, Ordering::SeqCst);
                reader.looked = false;
                reader.tokens = Tokens::default();
                reader.speaking = Arc::default();
                table.sessions.retain(|_, session| session.reader != index);
            }
            if let Some(reader) = table.readers.get_mut(index) {
                reader.seen = seen.cloned();
            }
        }
        for new in now.iter().filter(|_| grow) {
            if table.readers.iter().all(|known| known.name != new.name)
                && table.readers.len() < 1000
            {
                table.readers.push(Reader {
                    name: new.name.clone(),
                    seen: Some(new.clone())
                        .filter(|new| matches!(new.occupancy, Occupancy::Card { .. })),
                    generation: self.generations.fetch_add(1, Ordering::SeqCst),
                    event: new.occupancy != Occupancy::Empty,
                    ..Reader::default()
                });
            }
        }
    }

    /// Looks at a card that was not looked at since it was inserted.
    fn look(&self, reader: usize) {
        let unknown = |table: &Table| {
            let reader = table.readers.get(reader).filter(|reader| !reader.looked)?;
            let speaking = Arc::clone(&reader.speaking);
            Some((reader.seen.clone()?, reader.generation, speaking))
        };
        let Some((seen, generation, speaking)) = unknown(&self.current()) else {
            return;
        };
        let _speaking = lock(&speaking);
        if unknown(&lock(&self.table)).is_none_or(|(_, now, _)| now != generation) {
            return;
        }
        let partner = Partner {
            seen: &seen,
            stop: &self.stop,
            wanted: &|| true,
        };
        let looked = partner.look(self.settings.profile);
        let mut table = self.current();
        let Some(reader) = table
            .readers
            .get_mut(reader)
            .filter(|r| r.generation == generation)
        else {
            return;
        };
        // A failed look is remembered too; not one that other programs have disturbed.
        reader.looked = !matches!(
            looked,
            Err(Error::Transport(
                TransportError::Busy | TransportError::Reset | TransportError::PowerLost
            ) | Error::Cancelled)
        );
        reader.tokens =
            looked.map_or_else(|_| Tokens::default(), |shown| tokens(shown, &self.settings));
    }

    fn place(&self, id: CK_SLOT_ID) -> Outcome<(usize, Kind)> {
        let kind = match id % 2 {
            0 => Kind::Authentication,
            _ => Kind::Signature,
        };
        let reader = usize::try_from(id / 2).map_err(|_| CKR_SLOT_ID_INVALID)?;
        if reader < lock(&self.table).readers.len() && self.kinds().contains(&kind) {
            Ok((reader, kind))
        } else {
            Err(CKR_SLOT_ID_INVALID)
        }
    }

    fn present(&self, id: CK_SLOT_ID) -> Outcome<(usize, Kind)> {
        let (reader, kind) = self.place(id)?;
        self.look(reader);
        lock(&self.table).token(reader, kind)?;
        Ok((reader, kind))
    }

    fn kinds(&self) -> &'static [Kind] {
        match self.settings.profile {
            Profile::Authentication => &[Kind::Authentication],
            Profile::Signature => &[Kind::Signature],
            Profile::Both => &[Kind::Authentication, Kind::Signature],
        }
    }

    fn offers_pss(&self, reader: usize) -> bool {
        lock(&self.table)
            .readers
            .get(reader)
            .is_some_and(|reader| self.pss(reader))
    }

    fn pss(&self, reader: &Reader) -> bool {
        reader
            .atr()
            .is_some_and(|atr| self.settings.offers_pss(atr))
    }

    fn without_pss(&self, task: &Task) {
        if let Occupancy::Card { atr, .. } = &task.seen.occupancy {
            lock(&self.without_pss).push(atr.clone());
            self.settings.refuses_pss(atr);
        }
    }
}

impl Reader {
    fn atr(&self) -> Option<&[u8]> {
        match &self.seen.as_ref()?.occupancy {
            Occupancy::Card { atr, .. } => Some(atr),
            Occupancy::Empty | Occupancy::Mute => None,
        }
    }
}

impl Table {
    fn token(&self, reader: usize, kind: Kind) -> Outcome<&Token> {
        let reader = self.readers.get(reader).ok_or(CKR_SLOT_ID_INVALID)?;
        let token = reader.tokens.of(kind);
        token.ok_or(if reader.seen.is_some() {
            CKR_TOKEN_NOT_RECOGNIZED
        } else {
            CKR_TOKEN_NOT_PRESENT
        })
    }

    fn session(&self, handle: CK_SESSION_HANDLE) -> Outcome<(&Session, &Token)> {
        let session = self
            .sessions
            .get(&handle)
            .ok_or(CKR_SESSION_HANDLE_INVALID)?;
        let token = self.token(session.reader, session.kind);
        Ok((session, token.map_err(|_| CKR_SESSION_HANDLE_INVALID)?))
    }

    fn mutable(&mut self, handle: CK_SESSION_HANDLE) -> Outcome<&mut Session> {
        self.sessions
            .get_mut(&handle)
            .ok_or(CKR_SESSION_HANDLE_INVALID)
    }

    fn generation(&self, handle: CK_SESSION_HANDLE) -> Outcome<u64> {
        let session = self
            .sessions
            .get(&handle)
            .ok_or(CKR_SESSION_HANDLE_INVALID)?;
        let reader = self
            .readers
            .get(session.reader)
            .ok_or(CKR_SESSION_HANDLE_INVALID)?;
        Ok(reader.generation)
    }

    fn task(&self, handle: CK_SESSION_HANDLE) -> Outcome<Task> {
        let (session, token) = self.session(handle)?;
        let reader = self.readers.get(session.reader).ok_or(CKR_DEVICE_REMOVED)?;
        Ok(Task {
            reader: session.reader,
            kind: session.kind,
            generation: reader.generation,
            seen: reader.seen.clone().ok_or(CKR_DEVICE_REMOVED)?,
            speaking: Arc::clone(&reader.speaking),
            serial: token.serial.clone(),
        })
    }

    /// The token of a task, if its card is still in.
    fn token_of(&mut self, task: &Task) -> Option<&mut Token> {
        let reader = self.readers.get_mut(task.reader)?;
        if reader.generation != task.generation {
            return None;
        }
        reader.tokens.of_mut(task.kind)
    }

    fn log_out(&mut self, place: usize, kind: Kind) {
        let reader = self.readers.get_mut(place);
        if let Some(token) = reader.and_then(|reader| reader.tokens.of_mut(kind)) {
            token.login = None;
            if !token.free {
                token.certificate = None;
            }
        }
        for session in self.sessions.values_mut() {
            if session.reader == place && session.kind == kind {
                session.sign = None;
            }
        }
    }

    fn log_out_unused(&mut self, reader: usize, kind: Kind) {
        let used = |session: &Session| session.reader == reader && session.kind == kind;
        if !self.sessions.values().any(used) {
            self.log_out(reader, kind);
        }
    }
}

/// A value of the right shape, and as it is compared with refused ones.
struct Login {
    value: Value,
    bytes: Zeroizing<Vec<u8>>,
}

/// Parameters of a mechanism.
pub(crate) enum Parameter {
    None,
    Pss {
        hash: CK_MECHANISM_TYPE,
        mask: CK_ULONG,
        salt: CK_ULONG,
    },
    Other,
}

const MANUFACTURER: &str = "mynacard";

fn slot(reader: usize, kind: Kind) -> CK_SLOT_ID {
    (reader * 2 + kind as usize) as CK_SLOT_ID
}

fn object_handle(generation: u64, kind: Kind, class: Class) -> CK_OBJECT_HANDLE {
    (generation * 16 + kind as u64 * 8 + class as u64) as CK_OBJECT_HANDLE
}

/// What the token shows of this class now.
fn token_object(token: &Token, kind: Kind, class: Class) -> Option<Object<'_>> {
    let shown = match class {
        Class::Profile => token.free,
        Class::PrivateKey => token.login.is_some() && token.certificate.is_some(),
        Class::Certificate | Class::PublicKey => {
            token.certificate.is_some() && (token.free || token.login.is_some())
        }
    };
    shown.then_some(Object {
        class,
        kind,
        certificate: token.certificate.as_ref(),
    })
}

fn tokens(shown: Shown, settings: &Settings) -> Tokens {
    let serial = shown.serial;
    let authentication = shown.authentication.map(|found| Token {
        free: found.certificate.is_some(),
        pinpad: found.pinpad && settings.pinpad,
        certificate: found.certificate,
        serial: serial.clone(),
        attempts: found.attempts,
        login: None,
    });
    let signature = shown.signature.map(|attempts| Token {
        free: false,
        pinpad: false,
        certificate: None,
        serial,
        attempts,
        login: None,
    });
    Tokens {
        authentication,
        signature,
    }
}

/// Judges a typed value before a card hears of it.
///
/// Some programs give a line of a file with its end; no secret of the card contains one.
fn parse(kind: Kind, typed: &[u8]) -> Outcome<Login> {
    let typed = typed.strip_suffix(b"\n").unwrap_or(typed);
    let typed = typed.strip_suffix(b"\r").unwrap_or(typed);
    let wrong = |problem| match problem {
        ShapeProblem::Length { .. } => CKR_PIN_LEN_RANGE,
        _ => CKR_PIN_INVALID,
    };
    let (value, bytes) = match kind {
        Kind::Authentication => {
            let pin = UserPin::parse(typed).map_err(wrong)?;
            (Value::User(Box::new(pin)), typed.to_vec())
        }
        Kind::Signature => {
            let password = SignaturePassword::parse(typed).map_err(wrong)?;
            (
                Value::Password(Box::new(password)),
                typed.to_ascii_uppercase(),
            )
        }
    };
    let bytes = Zeroizing::new(bytes);
    Ok(Login { value, bytes })
}

fn finished(operation: Option<Operation>, output: Output) -> Outcome<Output> {
    match operation {
        Some(operation) => Ok(Output::Bytes(operation.digest()?.as_bytes().to_vec())),
        None => Ok(output),
    }
}

/// Text in a fixed field, cut between characters, padded with spaces.
fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [b' '; N];
    let mut end = text.len().min(N);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    for (to, from) in field.iter_mut().zip(text.bytes().take(end)) {
        *to = from;
    }
    field
}

/// Overwrites the part of the stack where values have passed.
#[inline(never)]
fn scrub() {
    let mut stack = [0xFF_u8; 48 * 1024];
    stack.zeroize();
    std::hint::black_box(&mut stack);
}
