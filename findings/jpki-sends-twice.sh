#!/bin/sh
# Crate jpki 0.4.3 with its own PC/SC delegate: every command is sent to the card twice, the PIN too. Its
# APDU layer first asks with an empty buffer and takes "not enough room" for an answer, and the delegate
# has sent the command by then. So one call with a wrong PIN costs two of three attempts. Beside it the
# same crate with a delegate that keeps the answer, which sends once. The card here is a PC/SC library of
# a few lines that writes down what it is sent, and says 9000 to everything. Needs cargo and gcc.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >card.c <<'C'
#include <stdio.h>
#include <string.h>
typedef long L; typedef unsigned long U;
struct { U protocol, length; } g_rgSCardT0Pci = {1, 16}, g_rgSCardT1Pci = {2, 16}, g_rgSCardRawPci = {4, 16};
L SCardEstablishContext(U a, void *b, void *c, L *context) { *context = 1; return 0; }
L SCardReleaseContext(L a) { return 0; }
L SCardIsValidContext(L a) { return 0; }
L SCardListReaders(L a, void *b, char *names, U *length)
{ if (names) memcpy(names, "reader\0", 8); *length = 8; return 0; }
L SCardListReaderGroups(L a, char *names, U *length) { return -1; }
L SCardGetStatusChange(L a, U b, void *c, U d) { return -1; }
L SCardCancel(L a) { return 0; }
L SCardConnect(L a, void *b, U c, U d, L *card, U *protocol) { *card = 1; *protocol = 2; return 0; }
L SCardReconnect(L a, U b, U c, U d, U *protocol) { *protocol = 2; return 0; }
L SCardDisconnect(L a, U b) { return 0; }
L SCardBeginTransaction(L a) { return 0; }
L SCardEndTransaction(L a, U b) { return 0; }
L SCardStatus(L a, char *b, U *c, U *d, U *e, void *f, U *g) { return -1; }
L SCardControl(L a, U b, void *c, U d, void *e, U f, U *g) { return -1; }
L SCardGetAttrib(L a, U b, void *c, U *d) { return -1; }
L SCardSetAttrib(L a, U b, void *c, U d) { return -1; }
L SCardTransmit(L a, void *b, unsigned char *sent, U length, void *c, unsigned char *answer, U *room)
{
    const char *what = sent[1] == 0xA4 ? "SELECT" : sent[1] == 0x20 ? "VERIFY" : "SIGN";
    fprintf(stderr, "%s\n", what);
    memcpy(answer, "\x90\x00", 2);
    *room = 2;
    return 0;
}
C
gcc -shared -fPIC -w -o libpcsclite.so card.c
mkdir -p client/src
cat >client/Cargo.toml <<'T'
[package]
name = "client"
version = "0.1.0"
edition = "2021"
[workspace]
[dependencies]
jpki = { version = "=0.4.3", features = ["pcsc"] }
T
cat >client/src/main.rs <<'R'
use jpki::nfc::{HandleError, HandlerInCtx};
use std::{cell::RefCell, rc::Rc};

/// Sends a command when it is new, and hands out its answer as often as it is asked for.
struct Once(jpki::pcsc::PcscCard<'static>, RefCell<Option<Vec<u8>>>);

impl HandlerInCtx<()> for Once {
    fn handle_in_ctx(&self, _: (), command: &[u8], room: &mut [u8]) -> Result<usize, HandleError> {
        let answer = self.1.borrow_mut().take().unwrap_or_else(|| self.0.transmit(command).unwrap());
        if room.len() < answer.len() {
            let length = answer.len();
            *self.1.borrow_mut() = Some(answer);
            return Err(HandleError::NotEnoughBuffer(length));
        }
        room[..answer.len()].copy_from_slice(&answer);
        Ok(answer.len())
    }
}

fn sign<T: HandlerInCtx<()>>(delegate: T) {
    let card = Rc::new(jpki::Card::new(Box::new(delegate)));
    let application = jpki::ap::CryptoAp::open((), card).unwrap();
    let _ = application.auth((), b"1234".to_vec(), vec![0; 51]);
}

fn main() {
    let context = jpki::pcsc::Context::try_new().unwrap();
    let card = context.open().unwrap().connect(context).unwrap();
    match std::env::args().nth(1).as_deref() {
        Some("own") => sign(card),
        _ => sign(Once(card, RefCell::new(None))),
    }
}
R
export PCSC_LIB_DIR="$work" PCSC_LIB_NAME=dylib=pcsclite LD_LIBRARY_PATH="$work"
cargo build -q --manifest-path client/Cargo.toml
cargo pkgid -q --manifest-path client/Cargo.toml jpki | sed 's/.*#//'
for delegate in own once; do
    client/target/debug/client "$delegate" 2>said
    echo "delegate '$delegate': $(grep -c VERIFY said) VERIFY, $(grep -c . said) commands"
done | tee counts
printf "delegate 'own': 2 VERIFY, 10 commands\ndelegate 'once': 1 VERIFY, 5 commands\n" | cmp - counts
