//! The texts of `pcsc_stringify_error`, as pcsc-lite 1.9.9 gives them.

use std::ffi::CStr;

/// The text of a result; `None` if it has none of its own.
pub(crate) fn of(code: u32) -> Option<&'static CStr> {
    Some(match code {
        0x0000_0000 => c"Command successful.",
        0x8010_0001 => c"Internal error.",
        0x8010_0002 => c"Command cancelled.",
        0x8010_0003 => c"Invalid handle.",
        0x8010_0004 => c"Invalid parameter given.",
        0x8010_0005 => c"Invalid target given.",
        0x8010_0006 => c"Not enough memory.",
        0x8010_0007 => c"Waited too long.",
        0x8010_0008 => c"Insufficient buffer.",
        0x8010_0009 => c"Unknown reader specified.",
        0x8010_000A => c"Command timeout.",
        0x8010_000B => c"Sharing violation.",
        0x8010_000C => c"No smart card inserted.",
        0x8010_000D => c"Unknown card.",
        0x8010_000E => c"Cannot dispose handle.",
        0x8010_000F => c"Card protocol mismatch.",
        0x8010_0010 => c"Subsystem not ready.",
        0x8010_0011 => c"Invalid value given.",
        0x8010_0012 => c"System cancelled.",
        0x8010_0013 => c"RPC transport error.",
        0x8010_0014 => c"Unknown error.",
        0x8010_0015 => c"Invalid ATR.",
        0x8010_0016 => c"Transaction failed.",
        0x8010_0017 => c"Reader is unavailable.",
        0x8010_0019 => c"PCI struct too small.",
        0x8010_001A => c"Reader is unsupported.",
        0x8010_001B => c"Reader already exists.",
        0x8010_001C => c"Card is unsupported.",
        0x8010_001D => c"Service not available.",
        0x8010_001E => c"Service was stopped.",
        0x8010_001F => c"Feature not supported.",
        0x8010_002E => c"Cannot find a smart card reader.",
        0x8010_0065 => c"Card is not supported.",
        0x8010_0066 => c"Card is unresponsive.",
        0x8010_0067 => c"Card is unpowered.",
        0x8010_0068 => c"Card was reset.",
        0x8010_0069 => c"Card was removed.",
        0x8010_006A => c"Access denied.",
        _ => return None,
    })
}
