//! The C interface of `winscard.h` and `pcsclite.h`: the only file with `unsafe`.
//!
//! Raw pointers become slices and numbers here and nothing else happens. Every entry runs inside
//! `guarded`: a panic becomes SCARD_F_INTERNAL_ERROR. That a pointer which is not null can be
//! read or written as far as its length says is the caller's promise, as in every C interface;
//! alignment is not relied on. Which wrong argument gives which result follows pcsc-lite 1.9.9.

#![allow(unsafe_code, non_snake_case, non_upper_case_globals)]

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_long, c_ulong, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, read_unaligned, write_unaligned};

use crate::client::{self, Outcome};
use crate::link::{Message, call, code};
use crate::text;

type Context = c_long;
type Handle = c_long;
type Word = c_ulong;
type Text = *const c_char;

const AUTOALLOCATE: Word = Word::MAX;
const LONGEST_NAME: usize = 128;
const LONGEST_ATR: usize = 33;
const LONGEST_APDU: Word = 4 + 3 + (1 << 16) + 3 + 2;
/// pcsc-lite takes 16, for it has room for no more readers. Here there may be more.
const MOST_READERS: Word = 512;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(place: *mut c_void);
}

/// SCARD_IO_REQUEST.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pci {
    protocol: c_ulong,
    length: c_ulong,
}

const fn pci(protocol: c_ulong) -> Pci {
    Pci {
        protocol,
        length: size_of::<Pci>() as c_ulong,
    }
}

/// Protocol T=0.
#[unsafe(no_mangle)]
pub static g_rgSCardT0Pci: Pci = pci(1);
/// Protocol T=1.
#[unsafe(no_mangle)]
pub static g_rgSCardT1Pci: Pci = pci(2);
/// Raw protocol.
#[unsafe(no_mangle)]
pub static g_rgSCardRawPci: Pci = pci(4);

/// SCARD_READERSTATE.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ReaderState {
    reader: Text,
    user_data: *mut c_void,
    current: Word,
    event: Word,
    atr_length: Word,
    atr: [u8; LONGEST_ATR],
}

fn guarded(call: impl FnOnce() -> Outcome<()>) -> c_long {
    let number = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => code::SUCCESS,
        Ok(Err(number)) => number,
        Err(panic) => {
            // A payload may panic again when it is dropped.
            std::mem::forget(panic);
            code::INTERNAL_ERROR
        }
    };
    number as c_long
}

/// A handle, context or flag; none of ours is wider than 32 bits.
fn narrow(number: impl TryInto<u32>, otherwise: u32) -> Outcome<u32> {
    number.try_into().map_err(|_| otherwise)
}

fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        unsafe { write_unaligned(place, value) };
    }
}

fn take<T: Copy>(place: *const T) -> Outcome<T> {
    if place.is_null() {
        return Err(code::INVALID_PARAMETER);
    }
    Ok(unsafe { read_unaligned(place) })
}

/// Bytes of the caller; null is allowed for none.
fn bytes<'a>(place: *const u8, length: Word) -> Outcome<&'a [u8]> {
    if length > LONGEST_APDU {
        return Err(code::INSUFFICIENT_BUFFER);
    }
    match (place.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(code::INVALID_PARAMETER),
        (false, length) => Ok(unsafe { std::slice::from_raw_parts(place, length as usize) }),
    }
}

fn text<'a>(place: Text) -> Option<&'a [u8]> {
    (!place.is_null()).then(|| unsafe { CStr::from_ptr(place) }.to_bytes())
}

/// Writes bytes where the caller has room for `room`, or memory of ours where it asks for that;
/// with null for a place only the length is told.
fn give(place: *mut u8, length: *mut Word, room: Word, bytes: &[u8]) -> Outcome<()> {
    put(length, bytes.len() as Word);
    if room == AUTOALLOCATE {
        if place.is_null() {
            return Err(code::INVALID_PARAMETER);
        }
        let memory = unsafe { malloc(bytes.len().max(1)) }.cast::<u8>();
        if memory.is_null() {
            return Err(code::NO_MEMORY);
        }
        put(place.cast::<*mut u8>(), memory);
        copy(memory, bytes);
    } else if !place.is_null() {
        if bytes.len() as Word > room {
            return Err(code::INSUFFICIENT_BUFFER);
        }
        copy(place, bytes);
    }
    Ok(())
}

fn copy(place: *mut u8, bytes: &[u8]) {
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
}

/// Texts one after the other, each with its end, and an end behind the last.
fn multi_string(texts: &[Vec<u8>]) -> Vec<u8> {
    let mut all = texts.join(&0);
    all.extend_from_slice(&[0, 0]);
    all
}

macro_rules! entries {
    ($(fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "` of `winscard.h`.")]
            ///
            /// # Safety
            ///
            /// Every pointer is null or can be read and written as far as `winscard.h` says.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name($($argument: $kind),*) -> c_long {
                guarded(|| $body)
            }
        )*
    };
}

entries! {
    fn SCardEstablishContext(scope: Word, _a: *const c_void, _b: *const c_void,
        context: *mut Context) {
        take(context)?;
        put(context, 0);
        if scope > 3 {
            return Err(code::INVALID_VALUE);
        }
        put(context, client::establish()? as Context);
        Ok(())
    }
    fn SCardReleaseContext(context: Context) {
        client::release(narrow(context, code::INVALID_HANDLE)?)
    }
    fn SCardIsValidContext(context: Context) {
        client::is_valid(narrow(context, code::INVALID_HANDLE)?)
    }
    fn SCardCancel(context: Context) {
        client::cancel(narrow(context, code::INVALID_HANDLE)?)
    }
    fn SCardFreeMemory(context: Context, memory: *const c_void) {
        client::is_valid(narrow(context, code::INVALID_HANDLE)?)?;
        unsafe { free(memory.cast_mut()) };
        Ok(())
    }
    fn SCardListReaders(context: Context, _groups: Text, names: *mut c_char, length: *mut Word) {
        let room = take(length)?;
        let readers = client::readers(narrow(context, code::INVALID_HANDLE)?)?;
        give(names.cast(), length, room, &multi_string(&readers))
    }
    fn SCardListReaderGroups(context: Context, groups: *mut c_char, length: *mut Word) {
        let room = take(length)?;
        client::is_valid(narrow(context, code::INVALID_HANDLE)?)?;
        give(groups.cast(), length, room, b"SCard$DefaultReaders\0\0")
    }
    fn SCardConnect(context: Context, reader: Text, share: Word, protocols: Word,
        handle: *mut Handle, protocol: *mut Word) {
        take(handle)?;
        take(protocol)?;
        put(handle, 0);
        let reader = text(reader).ok_or(code::UNKNOWN_READER)?;
        if reader.len() >= LONGEST_NAME {
            return Err(code::INVALID_VALUE);
        }
        let context = narrow(context, code::INVALID_HANDLE)?;
        let share = narrow(share, code::INVALID_VALUE)?;
        let protocols = narrow(protocols, code::INVALID_VALUE)?;
        let (card, active) = client::connect(context, reader, share, protocols)?;
        put(handle, card as Handle);
        put(protocol, active as Word);
        Ok(())
    }
    fn SCardReconnect(handle: Handle, share: Word, protocols: Word, initialization: Word,
        protocol: *mut Word) {
        take(protocol)?;
        let numbers = [
            narrow(handle, code::INVALID_HANDLE)?,
            narrow(share, code::INVALID_VALUE)?,
            narrow(protocols, code::INVALID_VALUE)?,
            narrow(initialization, code::INVALID_VALUE)?,
        ];
        let answer = client::of_card(&Message::new(call::RECONNECT, &numbers, &[]))?;
        put(protocol, answer.numbers.first().copied().unwrap_or(0) as Word);
        Ok(())
    }
    fn SCardDisconnect(handle: Handle, disposition: Word) {
        let handle = narrow(handle, code::INVALID_HANDLE)?;
        client::disconnect(handle, narrow(disposition, code::INVALID_VALUE)?)
    }
    fn SCardBeginTransaction(handle: Handle) {
        let handle = narrow(handle, code::INVALID_HANDLE)?;
        client::of_card(&Message::new(call::BEGIN, &[handle], &[])).map(drop)
    }
    fn SCardEndTransaction(handle: Handle, disposition: Word) {
        let handle = narrow(handle, code::INVALID_HANDLE)?;
        let disposition = narrow(disposition, code::INVALID_VALUE)?;
        client::of_card(&Message::new(call::END, &[handle, disposition], &[])).map(drop)
    }
    fn SCardStatus(handle: Handle, name: *mut c_char, name_length: *mut Word, state: *mut Word,
        protocol: *mut Word, atr: *mut u8, atr_length: *mut Word) {
        put(state, 0);
        put(protocol, 0);
        let room = |length: *mut Word| take(length).unwrap_or(0);
        let (name_room, atr_room) = (room(name_length), room(atr_length));
        put(name_length, 0);
        put(atr_length, 0);
        let handle = narrow(handle, code::INVALID_HANDLE)?;
        let answer = client::of_card(&Message::new(call::STATUS, &[handle], &[]))?;
        let (&[bits, active], [reader, answer_to_reset]) =
            (answer.numbers.as_slice(), answer.bytes.as_slice())
        else {
            return Err(code::INTERNAL_ERROR);
        };
        put(state, bits as Word);
        put(protocol, active as Word);
        let mut reader = reader.clone();
        reader.push(0);
        let named = give(name.cast(), name_length, name_room, &reader);
        give(atr, atr_length, atr_room, answer_to_reset).and(named)
    }
    fn SCardGetStatusChange(context: Context, timeout: Word, states: *mut ReaderState,
        count: Word) {
        if (states.is_null() && count > 0) || count > MOST_READERS {
            return Err(code::INVALID_PARAMETER);
        }
        let at = |index: usize| unsafe { states.add(index) };
        let all: Vec<ReaderState> = (0..count as usize)
            .map(|index| take(at(index)))
            .collect::<Outcome<_>>()?;
        let names = all.iter().map(|one| text(one.reader));
        let names: Vec<&[u8]> = names.collect::<Option<_>>().ok_or(code::INVALID_VALUE)?;
        if all.iter().all(|one| one.current & 1 != 0) {
            return Ok(());
        }
        let context = narrow(context, code::INVALID_HANDLE)?;
        // SCARD_STATE_… and the count of events: 32 bits; more waiting than that is for ever.
        let mut numbers = vec![u32::try_from(timeout).unwrap_or(u32::MAX)];
        numbers.extend(all.iter().map(|one| one.current as u32));
        let answer = client::in_context(context, &Message::new(call::CHANGE, &numbers, &names))?;
        let seen = answer.numbers.iter().zip(&answer.bytes);
        for (index, (mut one, (event, atr))) in all.into_iter().zip(seen).enumerate() {
            one.event = *event as Word;
            let atr = atr.get(..LONGEST_ATR).unwrap_or(atr);
            one.atr_length = atr.len() as Word;
            one.atr.iter_mut().zip(atr).for_each(|(to, from)| *to = *from);
            put(at(index), one);
        }
        client::success(&answer)
    }
    fn SCardTransmit(handle: Handle, send: *const Pci, command: *const u8, length: Word,
        receive: *mut Pci, answer: *mut u8, answer_length: *mut Word) {
        if command.is_null() || answer.is_null() {
            return Err(code::INVALID_PARAMETER);
        }
        let (room, protocol) = (take(answer_length)?, take(send)?.protocol);
        put(answer_length, 0);
        if room > LONGEST_APDU {
            return Err(code::INSUFFICIENT_BUFFER);
        }
        let numbers = [
            narrow(handle, code::INVALID_HANDLE)?,
            narrow(protocol, code::PROTO_MISMATCH)?,
        ];
        let command = bytes(command, length)?;
        let message = Message::new(call::TRANSMIT, &numbers, &[command]);
        let received = client::of_card(&message)?;
        // The number of T=1 as drivers write it, not that of SCARD_PROTOCOL_T1.
        put(receive, Pci { protocol: 1, ..pci(1) });
        give(answer, answer_length, room, received.bytes.first().map_or(&[], Vec::as_slice))
    }
    fn SCardControl(handle: Handle, control: Word, input: *const c_void, input_length: Word,
        output: *mut c_void, room: Word, returned: *mut Word) {
        put(returned, 0);
        let numbers = [
            narrow(handle, code::INVALID_HANDLE)?,
            narrow(control, code::INVALID_VALUE)?,
        ];
        let input = bytes(input.cast(), input_length)?;
        let answer = client::of_card(&Message::new(call::CONTROL, &numbers, &[input]))?;
        let answer = answer.bytes.first().map_or(&[][..], Vec::as_slice);
        let room = if output.is_null() { 0 } else { room.min(LONGEST_APDU) };
        if answer.len() as Word > room {
            return Err(code::INSUFFICIENT_BUFFER);
        }
        put(returned, answer.len() as Word);
        copy(output.cast(), answer);
        Ok(())
    }
    fn SCardGetAttrib(handle: Handle, id: Word, value: *mut u8, length: *mut Word) {
        let room = take(length)?;
        let numbers = [
            narrow(handle, code::INVALID_HANDLE)?,
            narrow(id, code::UNSUPPORTED_FEATURE)?,
        ];
        let answer = client::of_card(&Message::new(call::ATTRIBUTE, &numbers, &[]))?;
        give(value, length, room, answer.bytes.first().map_or(&[], Vec::as_slice))
    }
    fn SCardSetAttrib(handle: Handle, _id: Word, value: *const u8, _length: Word) {
        take(value)?;
        // No driver here takes one; a handle that is none is said first.
        let handle = narrow(handle, code::INVALID_HANDLE)?;
        client::of_card(&Message::new(call::STATUS, &[handle], &[]))?;
        Err(code::NOT_TRANSACTED)
    }
}

thread_local! {
    static UNKNOWN: RefCell<CString> = RefCell::default();
}

/// The text of a result, valid until this thread asks for another.
#[unsafe(no_mangle)]
pub extern "C" fn pcsc_stringify_error(number: c_long) -> Text {
    let code = number as u32;
    if let Some(text) = text::of(code) {
        return text.as_ptr();
    }
    let text = CString::new(format!("Unknown error: 0x{code:08X}")).unwrap_or_default();
    let kept = UNKNOWN.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        *kept = text;
        kept.as_ptr()
    });
    kept.unwrap_or(null())
}
