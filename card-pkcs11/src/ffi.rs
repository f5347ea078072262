//! The C interface: the only file with `unsafe`.
//!
//! Raw pointers become slices and numbers here and nothing else happens. Every entry runs inside
//! [`guarded`]: a panic becomes CKR_GENERAL_ERROR. That a pointer which is not null can be read or
//! written as far as its length says is the caller's promise, as in every C interface; alignment
//! is not relied on.

#![allow(unsafe_code, non_snake_case)]

use std::ffi::c_void;
use std::ptr::{read_unaligned, write_unaligned};

use cryptoki_sys::*;
use zeroize::Zeroizing;

use crate::guard::guarded;
use crate::module::Parameter;
use crate::object::Attribute;
use crate::operation::Output;
use crate::process::{finalize, initialize, module};
use crate::types::Outcome;

/// Writes one value.
fn put<T>(place: *mut T, value: T) -> Outcome<()> {
    if place.is_null() {
        return Err(CKR_ARGUMENTS_BAD);
    }
    unsafe { write_unaligned(place, value) };
    Ok(())
}

/// Reads one value.
fn take<T: Copy>(place: *const T) -> Outcome<T> {
    if place.is_null() {
        return Err(CKR_ARGUMENTS_BAD);
    }
    Ok(unsafe { read_unaligned(place) })
}

/// Bytes of the caller; null is allowed for none.
fn bytes<'a>(place: *const u8, length: CK_ULONG) -> Outcome<&'a [u8]> {
    let length = isize::try_from(length)
        .map_err(|_| CKR_ARGUMENTS_BAD)?
        .unsigned_abs();
    match (place.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(CKR_ARGUMENTS_BAD),
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(place, length) }),
    }
}

/// Writes a list, or its length where there is no place for it.
fn list<T: Copy>(place: *mut T, count: *mut CK_ULONG, items: &[T]) -> Outcome<()> {
    let room = take(count)?;
    put(count, items.len() as CK_ULONG)?;
    if place.is_null() {
        return Ok(());
    }
    if room < items.len() as CK_ULONG {
        return Err(CKR_BUFFER_TOO_SMALL);
    }
    for (at, item) in items.iter().enumerate() {
        unsafe { write_unaligned(place.add(at), *item) };
    }
    Ok(())
}

/// The room for a result; GnuTLS leaves the length as it was where it asks for it only.
fn space(place: *mut u8, length: *mut CK_ULONG) -> Outcome<Option<usize>> {
    let room = take(length)?;
    Ok((!place.is_null()).then_some(usize::try_from(room).unwrap_or(usize::MAX)))
}

fn give(place: *mut u8, length: *mut CK_ULONG, output: Output) -> Outcome<()> {
    match output {
        Output::Length(needs) => put(length, needs as CK_ULONG),
        Output::Short(needs) => {
            put(length, needs as CK_ULONG)?;
            Err(CKR_BUFFER_TOO_SMALL)
        }
        Output::Bytes(bytes) => list(place, length, &bytes),
    }
}

/// Attributes of a template, as the caller wrote them.
fn template(place: *mut CK_ATTRIBUTE, count: CK_ULONG) -> Outcome<Vec<CK_ATTRIBUTE>> {
    if count > 4096 || (place.is_null() && count > 0) {
        return Err(CKR_ARGUMENTS_BAD);
    }
    let at = |index| unsafe { read_unaligned(place.add(index)) };
    Ok((0..count as usize).map(at).collect())
}

macro_rules! entries {
    ($(fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block)*) => {
        $(unsafe extern "C" fn $name($($argument: $kind),*) -> CK_RV {
            guarded(|| $body)
        })*
    };
}

/// Entries of what this module does not do: only whether it is initialised is looked at.
macro_rules! refusals {
    ($($name:ident($($kind:ty),*) = $number:expr;)*) => {
        $(unsafe extern "C" fn $name($(_: $kind),*) -> CK_RV {
            guarded(|| module().and(Err($number)))
        })*
    };
}

type Session = CK_SESSION_HANDLE;
type Object = CK_OBJECT_HANDLE;
type Bytes = *mut u8;
type Length = *mut CK_ULONG;
type Mechanism = *mut CK_MECHANISM;
type Attributes = *mut CK_ATTRIBUTE;

entries! {
    fn C_Initialize(arguments: *mut c_void) {
        if !arguments.is_null() {
            let given = take(arguments.cast::<CK_C_INITIALIZE_ARGS>())?;
            let callbacks = [
                given.CreateMutex.is_some(),
                given.DestroyMutex.is_some(),
                given.LockMutex.is_some(),
                given.UnlockMutex.is_some(),
            ];
            let some = callbacks.contains(&true);
            if !given.pReserved.is_null() || (some && callbacks.contains(&false)) {
                return Err(CKR_ARGUMENTS_BAD);
            }
            if some && given.flags & CKF_OS_LOCKING_OK == 0 {
                return Err(CKR_CANT_LOCK);
            }
        }
        initialize()
    }
    fn C_Finalize(reserved: *mut c_void) {
        module().and(if reserved.is_null() { Ok(()) } else { Err(CKR_ARGUMENTS_BAD) })?;
        finalize()
    }
    fn C_GetInfo(info: *mut CK_INFO) {
        module()?;
        put(info, CK_INFO {
            cryptokiVersion: CK_VERSION { major: 2, minor: 40 },
            manufacturerID: *b"mynacard                        ",
            flags: 0,
            libraryDescription: *b"My Number Card (JPKI)           ",
            libraryVersion: CK_VERSION { major: 0, minor: 1 },
        })
    }
    fn C_GetSlotList(present: CK_BBOOL, slots: *mut CK_SLOT_ID, count: Length) {
        let module = module()?;
        take(count)?;
        list(slots, count, &module.slots(present != CK_FALSE, slots.is_null())?)
    }
    fn C_GetSlotInfo(id: CK_SLOT_ID, info: *mut CK_SLOT_INFO) {
        put(info, module()?.slot_info(id)?)
    }
    fn C_GetTokenInfo(id: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) {
        put(info, module()?.token_info(id)?)
    }
    fn C_GetMechanismList(id: CK_SLOT_ID, mechanisms: *mut CK_MECHANISM_TYPE, count: Length) {
        list(mechanisms, count, &module()?.mechanisms(id)?)
    }
    fn C_GetMechanismInfo(id: CK_SLOT_ID, kind: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO) {
        put(info, module()?.mechanism(id, kind)?)
    }
    fn C_WaitForSlotEvent(flags: CK_FLAGS, slot: *mut CK_SLOT_ID, reserved: *mut c_void) {
        let module = module()?;
        if slot.is_null() || !reserved.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        put(slot, module.event(flags & CKF_DONT_BLOCK == 0)?)
    }
    fn C_OpenSession(id: CK_SLOT_ID, flags: CK_FLAGS, _a: *mut c_void, _n: CK_NOTIFY,
        session: *mut Session) {
        let module = module()?;
        if session.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        put(session, module.open(id, flags)?)
    }
    fn C_CloseSession(session: Session) { module()?.close(session) }
    fn C_CloseAllSessions(id: CK_SLOT_ID) { module()?.close_all(id) }
    fn C_GetSessionInfo(session: Session, info: *mut CK_SESSION_INFO) {
        put(info, module()?.session_info(session)?)
    }
    fn C_Login(session: Session, user: CK_USER_TYPE, pin: *mut CK_UTF8CHAR, length: CK_ULONG) {
        let module = module()?;
        module.check(session)?;
        // A value longer than any secret and its line end is not even looked at.
        let short = if length > 64 { 64 } else { length };
        let pin = (!pin.is_null()).then(|| bytes(pin, short)).transpose()?;
        let pin = pin.map(|pin| Zeroizing::new(pin.to_vec()));
        module.log_in(session, user, pin.as_ref().map(|pin| pin.as_slice()))
    }
    fn C_Logout(session: Session) { module()?.log_out(session) }
    fn C_FindObjectsInit(session: Session, wanted: Attributes, count: CK_ULONG) {
        let module = module()?;
        module.check(session)?;
        let mut search = Vec::new();
        for attribute in template(wanted, count)? {
            let value = bytes(attribute.pValue.cast(), attribute.ulValueLen)?;
            search.push((attribute.type_, value.to_vec()));
        }
        module.find_init(session, &search)
    }
    fn C_FindObjects(session: Session, objects: *mut Object, most: CK_ULONG, count: Length) {
        let module = module()?;
        module.check(session)?;
        if count.is_null() || (objects.is_null() && most > 0) {
            return Err(CKR_ARGUMENTS_BAD);
        }
        let found = module.find(session, usize::try_from(most).unwrap_or(usize::MAX))?;
        put(count, most)?;
        list(objects, count, &found)
    }
    fn C_FindObjectsFinal(session: Session) { module()?.find_final(session) }
    fn C_GetObjectSize(session: Session, object: Object, size: Length) {
        module()?.attributes(session, object, &[])?;
        put(size, CK_UNAVAILABLE_INFORMATION)
    }
    fn C_GetAttributeValue(session: Session, object: Object, place: Attributes, count: CK_ULONG) {
        let module = module()?;
        module.check(session)?;
        let asked = template(place, count)?;
        let names: Vec<_> = asked.iter().map(|attribute| attribute.type_).collect();
        let mut told = CKR_OK;
        let values = module.attributes(session, object, &names)?;
        for (at, (mut attribute, value)) in asked.into_iter().zip(values).enumerate() {
            let missing = match value {
                Attribute::Is(value) => {
                    let length = value.len() as CK_ULONG;
                    let room = attribute.ulValueLen;
                    attribute.ulValueLen = length;
                    if attribute.pValue.is_null() {
                        None
                    } else if room < length {
                        Some(CKR_BUFFER_TOO_SMALL)
                    } else {
                        list(attribute.pValue.cast(), &raw mut attribute.ulValueLen, &value)?;
                        None
                    }
                }
                Attribute::Sensitive => Some(CKR_ATTRIBUTE_SENSITIVE),
                Attribute::Invalid => Some(CKR_ATTRIBUTE_TYPE_INVALID),
            };
            if let Some(number) = missing {
                attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
                told = if told == CKR_OK { number } else { told };
            }
            unsafe { write_unaligned(place.add(at), attribute) };
        }
        if told == CKR_OK { Ok(()) } else { Err(told) }
    }
    fn C_SignInit(session: Session, mechanism: Mechanism, key: Object) {
        let module = module()?;
        module.check(session)?;
        let mechanism = take(mechanism)?;
        let length = mechanism.ulParameterLen;
        let parameter = if length as usize == size_of::<CK_RSA_PKCS_PSS_PARAMS>()
            && !mechanism.pParameter.is_null()
        {
            let given = take(mechanism.pParameter.cast::<CK_RSA_PKCS_PSS_PARAMS>())?;
            Parameter::Pss { hash: given.hashAlg, mask: given.mgf, salt: given.sLen }
        } else if length == 0 {
            Parameter::None
        } else {
            Parameter::Other
        };
        module.sign_init(session, mechanism.mechanism, &parameter, key)
    }
    fn C_Sign(session: Session, data: Bytes, length: CK_ULONG, place: Bytes, room: Length) {
        let module = module()?;
        module.check(session)?;
        let (data, room_given) = (bytes(data, length)?, space(place, room)?);
        give(place, room, module.sign(session, data, room_given)?)
    }
    fn C_SignUpdate(session: Session, data: Bytes, length: CK_ULONG) {
        let module = module()?;
        module.check(session)?;
        module.sign_update(session, bytes(data, length)?)
    }
    fn C_SignFinal(session: Session, place: Bytes, room: Length) {
        let module = module()?;
        module.check(session)?;
        let given = space(place, room)?;
        give(place, room, module.sign_final(session, given)?)
    }
    fn C_DigestInit(session: Session, mechanism: Mechanism) {
        let module = module()?;
        module.check(session)?;
        module.digest_init(session, take(mechanism)?.mechanism)
    }
    fn C_Digest(session: Session, data: Bytes, length: CK_ULONG, place: Bytes, room: Length) {
        let module = module()?;
        module.check(session)?;
        let (data, room_given) = (bytes(data, length)?, space(place, room)?);
        give(place, room, module.digest(session, data, room_given)?)
    }
    fn C_DigestUpdate(session: Session, data: Bytes, length: CK_ULONG) {
        let module = module()?;
        module.check(session)?;
        module.digest_update(session, bytes(data, length)?)
    }
    fn C_DigestFinal(session: Session, place: Bytes, room: Length) {
        let module = module()?;
        module.check(session)?;
        let given = space(place, room)?;
        give(place, room, module.digest_final(session, given)?)
    }
}

const NO: CK_RV = CKR_FUNCTION_NOT_SUPPORTED;

refusals! {
    C_InitToken(CK_SLOT_ID, Bytes, CK_ULONG, Bytes) = NO;
    C_InitPIN(Session, Bytes, CK_ULONG) = NO;
    C_SetPIN(Session, Bytes, CK_ULONG, Bytes, CK_ULONG) = NO;
    C_GetOperationState(Session, Bytes, Length) = NO;
    C_SetOperationState(Session, Bytes, CK_ULONG, Object, Object) = NO;
    C_CreateObject(Session, Attributes, CK_ULONG, *mut Object) = NO;
    C_CopyObject(Session, Object, Attributes, CK_ULONG, *mut Object) = NO;
    C_DestroyObject(Session, Object) = NO;
    C_SetAttributeValue(Session, Object, Attributes, CK_ULONG) = NO;
    init_with_key(Session, Mechanism, Object) = NO;
    part_to_part(Session, Bytes, CK_ULONG, Bytes, Length) = NO;
    last_part(Session, Bytes, Length) = NO;
    C_DigestKey(Session, Object) = NO;
    C_Verify(Session, Bytes, CK_ULONG, Bytes, CK_ULONG) = NO;
    given_part(Session, Bytes, CK_ULONG) = NO;
    C_GenerateKey(Session, Mechanism, Attributes, CK_ULONG, *mut Object) = NO;
    C_GenerateKeyPair(Session, Mechanism, Attributes, CK_ULONG, Attributes, CK_ULONG, *mut Object,
        *mut Object) = NO;
    C_WrapKey(Session, Mechanism, Object, Object, Bytes, Length) = NO;
    C_UnwrapKey(Session, Mechanism, Object, Bytes, CK_ULONG, Attributes, CK_ULONG, *mut Object) = NO;
    C_DeriveKey(Session, Mechanism, Object, Attributes, CK_ULONG, *mut Object) = NO;
    C_SeedRandom(Session, Bytes, CK_ULONG) = CKR_RANDOM_SEED_NOT_SUPPORTED;
    C_GenerateRandom(Session, Bytes, CK_ULONG) = CKR_RANDOM_NO_RNG;
    not_parallel(Session) = CKR_FUNCTION_NOT_PARALLEL;
}

/// The table behind C_GetFunctionList: the named entries, and shared ones where C's types agree.
macro_rules! table {
    ($($own:ident)* ; $($name:ident = $shared:ident)*) => {
        CK_FUNCTION_LIST {
            version: CK_VERSION { major: 2, minor: 40 },
            C_GetFunctionList: Some(C_GetFunctionList),
            $($own: Some($own),)*
            $($name: Some($shared),)*
        }
    };
}

// Callers get it as mutable, as the standard has it; nothing here reads it back.
static mut FUNCTIONS: CK_FUNCTION_LIST = table! {
    C_Initialize C_Finalize C_GetInfo C_GetSlotList C_GetSlotInfo C_GetTokenInfo C_GetMechanismList
    C_GetMechanismInfo C_InitToken C_InitPIN C_SetPIN C_OpenSession C_CloseSession
    C_CloseAllSessions C_GetSessionInfo C_GetOperationState C_SetOperationState C_Login C_Logout
    C_CreateObject C_CopyObject C_DestroyObject C_GetObjectSize C_GetAttributeValue
    C_SetAttributeValue C_FindObjectsInit C_FindObjects C_FindObjectsFinal C_DigestInit C_Digest
    C_DigestUpdate C_DigestKey C_DigestFinal C_SignInit C_Sign C_SignUpdate C_SignFinal C_Verify
    C_GenerateKey C_GenerateKeyPair C_WrapKey C_UnwrapKey C_DeriveKey C_SeedRandom C_GenerateRandom
    C_WaitForSlotEvent;
    C_EncryptInit = init_with_key C_Encrypt = part_to_part C_EncryptUpdate = part_to_part
    C_EncryptFinal = last_part C_DecryptInit = init_with_key C_Decrypt = part_to_part
    C_DecryptUpdate = part_to_part C_DecryptFinal = last_part C_SignRecoverInit = init_with_key
    C_SignRecover = part_to_part C_VerifyInit = init_with_key C_VerifyUpdate = given_part
    C_VerifyFinal = given_part C_VerifyRecoverInit = init_with_key C_VerifyRecover = part_to_part
    C_DigestEncryptUpdate = part_to_part C_DecryptDigestUpdate = part_to_part
    C_SignEncryptUpdate = part_to_part C_DecryptVerifyUpdate = part_to_part
    C_GetFunctionStatus = not_parallel C_CancelFunction = not_parallel
};

/// Gives the function list, version 2.40: the only symbol that this library exports.
///
/// # Safety
///
/// `functions` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(functions: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    guarded(|| put(functions, &raw mut FUNCTIONS))
}
