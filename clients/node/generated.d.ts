// Written by generate.mjs from docs/schema/openrpc.json; not by hand.

import type { CallOptions, MynacardError } from "./index.js";

export interface AgeCheckParams {
  card: string;
  over: number;
  proof?: boolean;
  purpose?: string | null;
  timeoutMs?: number | null;
  trust?: string | null;
  with?: "pin" | "number-a" | "number-b" | "birth" | null;
}
export type AgeCheckResult = { "answer": boolean | null; "on": string; "over": number; "proof": { "all_valid": boolean; "certified_key": string | null; "issuer": string | null; "issuer_key": string | null; "live": string | null; "not_covered": Array<string>; "not_proven": Array<string>; "reasons": { "issuer": string | null; "live": string | null; "signature": string | null }; "signature": string | null; "trust": string } | null; "record": "profile" | "face" | "age" | "number" };

export interface CardLicenceParams {
  card: string;
  consent?: { "disclosesAttributes": boolean } | null;
  issuer?: string | null;
  purpose?: string | null;
  timeoutMs?: number | null;
  what: "expiry" | "whole";
}
export type CardLicenceResult = { "expired": boolean | null; "expiry": string | null; "expiry_japanese": string | null; "unreadable": boolean } | { "classes": Array<string>; "colour": string | null; "conditions": Array<string>; "expired": boolean | null; "expiry": string | null; "expiry_japanese": string | null; "history": { "class": string | null; "date": string | null; "number": string | null }; "missing_characters": number; "motorcycle_date": string | null; "number": string | null; "other_date": string | null; "pictures": Array<{ "bytes": string; "number": number }>; "portrait"?: string | null; "portrait_bytes": number | null; "portrait_file": string | null; "remarks": Array<string>; "second_class_date": string | null; "signature": { "certificate_valid": boolean | null; "mismatches": Array<string>; "over": string | null; "result": string }; "spare": Array<string>; "unknown": Array<{ "tag": string; "value": string }>; "unreadable": boolean; "unreadable_fields": Array<string> };

export interface CardNumberParams {
  card: string;
  purpose?: string | null;
  timeoutMs?: number | null;
}
export type CardNumberResult = { "expiry": string; "municipality_code": string; "municipality_name": string | null; "municipality_names_as_of": string; "serial": string };

export interface CardStatusParams {
  card: string;
  purpose?: string | null;
  timeoutMs?: number | null;
}
export type CardStatusResult = { "applications": Array<string>; "atr": string; "attempts": { "authentication": number | null; "licence": number | null; "profile": number | null; "profile_number_a": number | null; "profile_number_b": number | null; "signature": number | null; "visual_number_a": number | null; "visual_number_b": number | null }; "authentication_validity": { "not_after": string; "not_before": string; "renewable_from": string | null; "state": "not-yet" | "valid" | "renewable" | "expired" } | null; "certificates": { "authentication": boolean | null; "signature": boolean | null }; "device": "plastic" | "resident-card" | "android" | "iphone" | "unknown"; "label": string | null; "perhaps_without_pins": boolean; "reader": string };

export interface CertificateReadParams {
  card: string;
  consent?: { "disclosesAttributes": boolean } | null;
  purpose?: string | null;
  timeoutMs?: number | null;
  which: "auth" | "sign" | "auth-ca" | "sign-ca";
}
export type CertificateReadResult = { "der": string; "issuer": string; "key": string; "notAfter": string; "notBefore": string; "subject": string; "which": "auth" | "sign" | "auth-ca" | "sign-ca" };

export interface CertificateVerifyParams {
  at?: string | null;
  crl?: Array<string>;
  der?: string | null;
  file?: string | null;
  ocsp?: string | null;
  requireRevocation?: boolean;
  trust?: string | null;
}
export type CertificateVerifyResult = { "accepted": boolean; "at": string; "card_verifiable": { "application": string | null; "issuer": string; "subject": string } | null; "certificate": { "fingerprint": string; "issuer": string; "not_after": string; "not_before": string; "subject": string } | null; "kind": string; "reason": string | null; "revocation": { "cause": string | null; "evidence": string | null; "fresh": boolean | null; "invalid_since": string | null; "made": string | null; "next": string | null; "reason": string | null; "since": string | null; "status": string }; "role": string | null; "root": { "environment": string | null; "fingerprint": string; "generation": number; "role": string } | null; "rules": Array<{ "reason": string | null; "rule": string; "verdict": string }>; "trust": { "roots": Array<{ "environment": string | null; "fingerprint": string; "generation": number; "role": string }>; "skipped": Array<string>; "source": string } };

export interface DocumentSignParams {
  card: string;
  check?: boolean;
  consent?: { "disclosesAttributes": boolean } | null;
  cosign?: string | null;
  detached?: boolean;
  field?: string | null;
  files: Array<{ "file": string; "output"?: string | null }>;
  font?: string | null;
  force?: boolean;
  format: "cms" | "cms-attached" | "pdf" | "xml" | "jws" | "raw" | "asic";
  key?: "sign" | "auth";
  output?: string | null;
  pdfProfile?: "moj" | "pades" | null;
  profile?: "egov" | null;
  purpose?: string | null;
  resume?: boolean;
  timeoutMs?: number | null;
  timestamp?: string | null;
  timestampTrust?: string | null;
  visible?: { "height": number; "page": number; "width": number; "x": number; "y": number } | null;
  visibleInField?: boolean;
  withCa?: boolean;
  xades?: boolean;
}
export type DocumentSignResult = { "checked": boolean; "contents": Array<string | null>; "files": Array<{ "algorithm": string | null; "digest": string; "hash": string; "input": string; "output": string | null; "signature": string | null; "size": number; "skipped": boolean; "time_stamp": string | null; "waiting_field": string | null; "warnings": Array<string> }>; "format": string; "key": string; "warnings": Array<string> };

export interface DocumentVerifyParams {
  at?: string | null;
  certificates?: Array<string>;
  crl?: Array<string>;
  file: string;
  ocsp?: string | null;
  profile?: "moj" | "egov" | null;
  purpose?: "signature" | "authentication";
  requireRevocation?: boolean;
  signature?: string | null;
  trust?: string | null;
}
export type DocumentVerifyResult = { "accepted": boolean; "at": string; "document": Array<{ "facts": Record<string, unknown>; "id": string; "reason": string | null; "rule": string; "verdict": string }>; "file": string; "files": Array<string>; "format": string | null; "profile": string | null; "purpose": string; "reason": string | null; "revocation": { "cause": string | null; "evidence": string | null; "fresh": boolean | null; "invalid_since": string | null; "made": string | null; "next": string | null; "reason": string | null; "since": string | null; "status": string }; "signature": string | null; "signatures": Array<{ "accepted": boolean; "certificate_rules": Array<{ "reason": string | null; "rule": string; "verdict": string }>; "claimed_time": string | null; "discloses": Array<string>; "judged_at": string | null; "proven_time": string | null; "root": { "environment": string | null; "fingerprint": string; "generation": number; "role": string } | null; "rules": Array<{ "facts": Record<string, unknown>; "id": string; "reason": string | null; "rule": string; "verdict": string }>; "signer": { "fingerprint": string; "issuer": string; "name": string | null; "not_after": string; "not_before": string; "subject": string } | null }>; "trust": { "roots": Array<{ "environment": string | null; "fingerprint": string; "generation": number; "role": string }>; "skipped": Array<string>; "source": string } };

export interface FaceReadParams {
  card: string;
  consent?: { "disclosesAttributes": boolean } | null;
  png?: boolean;
  purpose?: string | null;
  timeoutMs?: number | null;
  with?: "pin" | "number-a" | "number-b" | "birth" | null;
}
export type FaceReadResult = { "birth": string | null; "birth_japanese": string | null; "expiry": string | null; "files": Array<{ "path": string; "what": string }>; "pictures": Array<{ "data": string; "format": string; "what": string }>; "sex": string | null; "unknown": Array<{ "tag": string; "value": string }> };

export interface GenuineCheckParams {
  card: string;
  purpose?: string | null;
  record: "profile" | "face" | "age" | "number";
  timeoutMs?: number | null;
  trust?: string | null;
  with?: "pin" | "number-a" | "number-b" | "birth" | null;
}
export type GenuineCheckResult = { "all_valid": boolean; "certified_key": string | null; "issuer": string | null; "issuer_key": string | null; "live": string | null; "not_covered": Array<string>; "not_proven": Array<string>; "reasons": { "issuer": string | null; "live": string | null; "signature": string | null }; "record": "profile" | "face" | "age" | "number"; "signature": string | null; "trust": string };

export interface LoginChallengeParams {
  origin: string;
  store?: string | null;
}
export type LoginChallengeResult = { "expires": string; "nonce": string; "origin": string };

export interface LoginSignParams {
  card: string;
  challenge: string;
  origin: string;
  purpose?: string | null;
  timeoutMs?: number | null;
}
export type LoginSignResult = { "token": unknown; "warnings": Array<string> };

export interface LoginVerifyParams {
  challenge: string;
  crl?: Array<string>;
  identityKey?: string | null;
  ocsp?: string | null;
  origin: string;
  requireRevocation?: boolean;
  store?: string | null;
  token: string | Record<string, unknown>;
  trust?: string | null;
}
export type LoginVerifyResult = { "accepted": boolean; "certificate": Array<{ "reason": string | null; "rule": string; "verdict": string }>; "identity": string | null; "origin": string; "reason": string | null; "revocation": { "cause": string | null; "evidence": string | null; "fresh": boolean | null; "invalid_since": string | null; "made": string | null; "next": string | null; "reason": string | null; "since": string | null; "status": string }; "root": { "environment": string | null; "fingerprint": string; "generation": number; "role": string } | null; "rules": Array<{ "reason": string | null; "rule": string; "verdict": string }>; "trust": { "roots": Array<{ "environment": string | null; "fingerprint": string; "generation": number; "role": string }>; "skipped": Array<string>; "source": string } };

export interface NumberReadParams {
  card: string;
  handling: { "law"?: string | null; "purpose": string };
  purpose?: string | null;
  reveal?: boolean;
  secureMessaging?: boolean;
  timeoutMs?: number | null;
  with?: "pin" | "number-a" | "number-b" | "birth" | null;
}
export type NumberReadResult = { "law": string | null; "number": string; "purpose": string; "record": string; "revealed": boolean };

export interface PinChangeParams {
  card: string;
  purpose?: string | null;
  timeoutMs?: number | null;
  which: "auth" | "sign" | "profile" | "resident";
}
export type PinChangeResult = { "changed": boolean; "pin": string };

export interface PinCheckParams {
  card: string;
  purpose?: string | null;
  timeoutMs?: number | null;
  which: "auth" | "sign" | "profile" | "resident";
}
export type PinCheckResult = { "accepted": boolean; "pin": string };

export interface PinStatusParams {
  card: string;
  purpose?: string | null;
  timeoutMs?: number | null;
}
export type PinStatusResult = { "attempts": { "authentication": number | null; "licence": number | null; "profile": number | null; "profile_number_a": number | null; "profile_number_b": number | null; "signature": number | null; "visual_number_a": number | null; "visual_number_b": number | null } };

export interface ProfileReadParams {
  card: string;
  consent?: { "disclosesAttributes": boolean } | null;
  only?: Array<"name" | "address" | "birth" | "sex">;
  purpose?: string | null;
  secureMessaging?: boolean;
  signed?: boolean;
  timeoutMs?: number | null;
  trust?: string | null;
  with?: "pin" | "number-a" | "number-b" | "birth" | null;
}
export type ProfileReadResult = { "address"?: string | null; "birth"?: string | null; "birth_japanese"?: string | null; "name"?: string | null; "proof": { "all_valid": boolean; "certified_key": string | null; "issuer": string | null; "issuer_key": string | null; "live": string | null; "not_covered": Array<string>; "not_proven": Array<string>; "reasons": { "issuer": string | null; "live": string | null; "signature": string | null }; "signature": string | null; "trust": string } | null; "sex"?: string | null; "unknown"?: Array<{ "tag": string; "value": string }> | null };

export interface ReadersListParams {
}
export type ReadersListResult = { "readers": Array<{ "busy": boolean; "card": string | null; "name": string; "pinpad": boolean; "reader": string; "simulated": boolean }> };

export declare class Methods {
  /** Tells whether the holder is at least so old; does not tell the birth date. */
  ageCheck(params: AgeCheckParams, options?: CallOptions): Promise<AgeCheckResult>;
  /** Reads the driving licence. */
  cardLicence(params: CardLicenceParams, options?: CallOptions): Promise<CardLicenceResult>;
  /** Takes nothing of its own. */
  cardNumber(params: CardNumberParams, options?: CallOptions): Promise<CardNumberResult>;
  /** Takes nothing of its own. */
  cardStatus(params: CardStatusParams, options?: CallOptions): Promise<CardStatusResult>;
  /** Reads a certificate of the card. */
  certificateRead(params: CertificateReadParams, options?: CallOptions): Promise<CertificateReadResult>;
  /** Judges a certificate rule by rule, X.509 or card-verifiable. A refusal is an answer. */
  certificateVerify(params?: CertificateVerifyParams, options?: CallOptions): Promise<CertificateVerifyResult>;
  /** Signs files with one PIN, as `mynacard sign`. */
  documentSign(params: DocumentSignParams, options?: CallOptions): Promise<DocumentSignResult>;
  /** Judges the signatures inside a file, or those beside it, as `mynacard verify`. A refusal is an answer, not an error: the report says which rule is broken. */
  documentVerify(params: DocumentVerifyParams, options?: CallOptions): Promise<DocumentVerifyResult>;
  /** Reads the card face. */
  faceRead(params: FaceReadParams, options?: CallOptions): Promise<FaceReadResult>;
  /** Checks whether a record is the issuer's and the card is here; does not tell the record. */
  genuineCheck(params: GenuineCheckParams, options?: CallOptions): Promise<GenuineCheckResult>;
  /** Makes a challenge, for a service that judges logins here. */
  loginChallenge(params: LoginChallengeParams, options?: CallOptions): Promise<LoginChallengeResult>;
  /** Answers a challenge of a site. */
  loginSign(params: LoginSignParams, options?: CallOptions): Promise<LoginSignResult>;
  /** Judges a token. The challenge is used up, whatever comes of it. A refusal is an answer. */
  loginVerify(params: LoginVerifyParams, options?: CallOptions): Promise<LoginVerifyResult>;
  /** Reads the My Number for a purpose that the law allows, and records its handling. */
  numberRead(params: NumberReadParams, options?: CallOptions): Promise<NumberReadResult>;
  /** Changes a PIN: two questions, the second with `new`. The old one is presented once. */
  pinChange(params: PinChangeParams, options?: CallOptions): Promise<PinChangeResult>;
  /** Presents a PIN once; a wrong one costs an attempt, of `resident` one of each copy. */
  pinCheck(params: PinCheckParams, options?: CallOptions): Promise<PinCheckResult>;
  /** Takes nothing of its own. */
  pinStatus(params: PinStatusParams, options?: CallOptions): Promise<PinStatusResult>;
  /** Reads name, address, birth date and sex. */
  profileRead(params: ProfileReadParams, options?: CallOptions): Promise<ProfileReadResult>;
  /** Takes nothing. */
  readersList(params?: ReadersListParams, options?: CallOptions): Promise<ReadersListResult>;
}

export type ErrorCode =
  | "age.not-reached"
  | "age.unknown"
  | "application.missing"
  | "card.busy"
  | "card.malformed"
  | "card.mute"
  | "card.none"
  | "card.power"
  | "card.refused"
  | "card.removed"
  | "card.reset"
  | "card.several"
  | "card.silent"
  | "certificate.absent"
  | "certificate.algorithm"
  | "certificate.algorithm-mismatch"
  | "certificate.authority"
  | "certificate.critical-extension"
  | "certificate.duplicate-extension"
  | "certificate.encoding"
  | "certificate.expired"
  | "certificate.extended-key-usage"
  | "certificate.extension"
  | "certificate.key-usage"
  | "certificate.malformed"
  | "certificate.not-yet-valid"
  | "certificate.policy"
  | "certificate.revoked"
  | "certificate.serial"
  | "certificate.signature"
  | "certificate.trailing-data"
  | "certificate.version"
  | "consent.disclosure"
  | "consent.missing"
  | "document.refused"
  | "document.unknown"
  | "document.unreadable"
  | "document.unsigned"
  | "document.unsuitable"
  | "documents.refused"
  | "file.missing"
  | "folder.unknown"
  | "font.unreadable"
  | "frame.broken"
  | "handling.unwritable"
  | "input.changed"
  | "input.unreadable"
  | "issuer.domain"
  | "issuer.key-identifier"
  | "issuer.purpose"
  | "issuer.signature"
  | "issuer.unknown"
  | "issuer.validity"
  | "key.exponent"
  | "key.kind"
  | "key.size"
  | "licence.certificate"
  | "licence.expired"
  | "nonce.expired"
  | "nonce.full"
  | "nonce.invalid"
  | "nonce.store"
  | "nonce.unknown"
  | "operation.cancelled"
  | "origin.invalid"
  | "output.exists"
  | "output.unwritable"
  | "pdf.glyph"
  | "pdf.room"
  | "persona.exists"
  | "persona.field"
  | "persona.name"
  | "persona.syntax"
  | "persona.unknown"
  | "persona.unreadable"
  | "picture.unreadable"
  | "pin.absent"
  | "pin.blocked"
  | "pin.last-attempt"
  | "pin.needed"
  | "pin.no-terminal"
  | "pin.not-repeated"
  | "pin.not-set"
  | "pin.refused-before"
  | "pin.same"
  | "pin.shape"
  | "pin.sim-only"
  | "pin.source"
  | "pin.split"
  | "pin.wrong"
  | "pinpad.cancelled"
  | "pinpad.length"
  | "pinpad.none"
  | "pinpad.not-repeated"
  | "pinpad.refused"
  | "pinpad.timeout"
  | "program.bug"
  | "purpose.law"
  | "purpose.missing"
  | "purpose.unknown"
  | "random.none"
  | "reader.ambiguous"
  | "reader.busy"
  | "reader.failed"
  | "reader.gone"
  | "reader.none"
  | "reader.unknown"
  | "record.not-genuine"
  | "replay.mismatch"
  | "revocation.extension"
  | "revocation.future"
  | "revocation.issuer"
  | "revocation.malformed"
  | "revocation.nonce"
  | "revocation.not-checked"
  | "revocation.other-certificate"
  | "revocation.partition"
  | "revocation.past"
  | "revocation.refused"
  | "revocation.responder"
  | "revocation.scope"
  | "revocation.signature"
  | "revocation.stale"
  | "revocation.unknown"
  | "revocation.unreachable"
  | "secure.extended-length"
  | "secure.lost"
  | "service.none"
  | "service.permission"
  | "setup.broken"
  | "sign.algorithm"
  | "sign.existing"
  | "signature.mismatch"
  | "signature.pss"
  | "sim.absent"
  | "sim.command"
  | "sim.in-use"
  | "sim.library"
  | "sim.misbehaved"
  | "sim.refused"
  | "sim.state"
  | "timestamp.silent"
  | "timestamp.unfit"
  | "token.algorithm"
  | "token.format"
  | "token.length"
  | "token.malformed"
  | "token.signature"
  | "trace.malformed"
  | "trust.empty"
  | "trust.issuer-key"
  | "trust.root"
  | "trust.unreadable"
  | "usage.wrong"
  | "web-eid.argument"
  | "web-eid.request";

export type ReaderAddedEvent = { "name": string; "pinpad": boolean; "reader": string; "simulated": boolean };
export type ReaderRemovedEvent = { "reader": string | null };
export type CardInsertedEvent = { "card": string; "reader": string | null };
export type CardRemovedEvent = { "card": string | null; "reader": string | null };
export type CardWaitingEvent = { "card": string; "for": number | string };
export type RequestProgressEvent = { "done": number; "file": string | null; "for": number | string; "step": string; "total": number };
export type LogEvent = { "code": string };
export type CancelRequestEvent = { "id": number | string };
export type Question = { "alternatives": Array<{ "attemptsLeft": number | null; "attemptsMaximum": number | null; "characters": { "kind": string; "least": number; "most": number }; "name": string; "secret": string }>; "attemptsLeft": number | null; "attemptsMaximum": number | null; "card": string; "characters": { "kind": string; "least": number; "most": number }; "disclosesAttributes"?: boolean; "documents"?: Array<{ "file": string; "sha256": string; "size": number; "warnings": Array<string> }>; "for": number | string; "handling"?: { "law": string | null; "purpose": string; "reveal": boolean } | null; "name": string; "new": boolean; "origin"?: string | null; "purpose": string | null; "secret": string };
export declare const API: number;
