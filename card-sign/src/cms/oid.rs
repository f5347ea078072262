//! The object identifiers of CMS, CAdES and time stamps.

use card_core::certificate::Oid;

/// id-data: content of no declared type, 1.2.840.113549.1.7.1.
pub(super) const DATA: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
/// id-signedData, 1.2.840.113549.1.7.2.
pub(super) const SIGNED_DATA: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
/// id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4.
pub(super) const TST_INFO: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04");

/// content-type, 1.2.840.113549.1.9.3.
pub(super) const CONTENT_TYPE: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03");
/// message-digest, 1.2.840.113549.1.9.4.
pub(super) const MESSAGE_DIGEST: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04");
/// signing-time, 1.2.840.113549.1.9.5.
pub(super) const SIGNING_TIME: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05");
/// signing-certificate, with SHA-1: 1.2.840.113549.1.9.16.2.12.
pub(super) const SIGNING_CERTIFICATE: Oid =
    Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c");
/// signing-certificate-v2, 1.2.840.113549.1.9.16.2.47.
pub(super) const SIGNING_CERTIFICATE_V2: Oid =
    Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f");
/// signature-time-stamp, unsigned, 1.2.840.113549.1.9.16.2.14.
pub(super) const TIME_STAMP: Oid = Oid::known(b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e");
