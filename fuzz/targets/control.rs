//! Lines to the control socket, and calls of the client library: whatever a program sends, the service
//! answers or ends its connection, and what the program held is free afterwards.
//!
//! The first byte decides: an even one makes the rest lines of JSON, an odd one makes it calls.

#![no_main]

use std::io::{self, Read, Write};
use std::sync::{Arc, LazyLock};

use card_sim::front::control::{Control, Request};
use card_sim::front::socket::{Desk, talk};
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use libfuzzer_sys::fuzz_target;

static HANAKO: LazyLock<Persona> = LazyLock::new(|| Persona::shipped("hanako").expect("shipped"));

/// A program that sends these bytes and reads nothing.
struct Program<'b>(&'b [u8]);

impl Read for Program<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.read(to)
    }
}

impl Write for Program<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A frame: length · code · count and numbers · count and byte strings.
fn frame(code: u32, numbers: &[u32], bytes: &[&[u8]]) -> Vec<u8> {
    let mut body = code.to_be_bytes().to_vec();
    body.extend((numbers.len() as u32).to_be_bytes());
    numbers
        .iter()
        .for_each(|one| body.extend(one.to_be_bytes()));
    body.extend((bytes.len() as u32).to_be_bytes());
    for one in bytes {
        body.extend((one.len() as u32).to_be_bytes());
        body.extend(*one);
    }
    let mut frame = (body.len() as u32).to_be_bytes().to_vec();
    frame.append(&mut body);
    frame
}

/// Calls with small numbers, so that they reach behind the check of the handle: three bytes each.
fn calls(steps: &[u8]) -> Vec<u8> {
    const READER: &[u8] = b"Simulated My Number Card Reader 00 00";
    let mut all = frame(1, &[1], &[]);
    for step in steps.chunks_exact(3) {
        let [code, one, two] = [step[0], step[1], step[2]];
        let (handle, two) = (u32::from(one % 8), u32::from(two));
        all.extend(match code % 14 {
            4 => frame(4, &[u32::from(one % 5), two % 8], &[READER]),
            5 => frame(5, &[handle, two % 5, two / 5 % 8, two / 40], &[]),
            6 => frame(6, &[handle, two % 6], &[]),
            7 => frame(7, &[handle], &[]),
            8 => frame(8, &[handle, two % 6], &[]),
            9 => frame(9, &[handle], &[]),
            10 => frame(10, &[0, two << 1], &[READER]),
            11 => frame(11, &[handle, 2], &[&[0, 0xA4, 2, 0x0C, 2, 0, two as u8]]),
            12 => {
                let control = [
                    0x4200_0D48,
                    0x4200_0D5A,
                    0x4233_0006,
                    0x4233_0007,
                    0x4233_000A,
                ];
                let structure = &steps[..steps.len().min(40)];
                let control = control.get(two as usize % 6).copied().unwrap_or(two);
                frame(12, &[handle, control], &[structure])
            }
            13 => frame(
                13,
                &[handle, [0x0009_0303, 0x7FFF_0003][two as usize % 2]],
                &[],
            ),
            other => frame(other.into(), &[handle], &[]),
        });
    }
    all
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let desk = Desk::new(vec![(HANAKO.clone(), Persistent::in_memory())]);
    if kind & 2 != 0 {
        desk.give_pinpads();
    }
    if kind & 1 == 0 {
        let find = |name: &str| (name == "hanako").then(|| HANAKO.clone());
        let control = Control::new(Arc::clone(&desk) as Arc<_>, Box::new(find));
        for line in rest.split(|byte| *byte == b'\n') {
            if let Ok(request) = serde_json::from_slice::<Request>(line) {
                let answer = serde_json::to_vec(&control.act(&request)).expect("an answer is JSON");
                assert!(!answer.contains(&b'\n'));
            }
        }
    } else {
        let raw = kind & 4 != 0;
        let sent = if raw { rest.to_vec() } else { calls(rest) };
        talk(&desk, &mut Program(&sent), |_| false);
        // Another program finds the reader free, unless the card left it.
        let mut other = Vec::new();
        let reader = b"Simulated My Number Card Reader 00 00";
        let asked = [frame(1, &[1], &[]), frame(4, &[1, 3], &[reader])].concat();
        talk(&desk, &mut Answered(&asked, &mut other), |_| false);
        // Behind the answer of twenty bytes with the context: the result of the connection.
        assert_eq!(other.get(24..28), Some(&[0; 4][..]), "{other:02X?}");
    }
});

/// A program whose answers are kept.
struct Answered<'b>(&'b [u8], &'b mut Vec<u8>);

impl Read for Answered<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.read(to)
    }
}

impl Write for Answered<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
