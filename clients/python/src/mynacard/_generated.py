"""Written by generate.py from docs/schema/openrpc.json; not by hand."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

from ._core import MynacardError, SecretHandler

API = 2

# Why a check does not hold or was not tried; null where it holds.
AgeCheckResultProofReasons = TypedDict(
    'AgeCheckResultProofReasons',
    {
        'issuer': 'Union[str, None]',
        'live': 'Union[str, None]',
        'signature': 'Union[str, None]',
    },
    total=False,
)

# Null with `--no-proof`.
AgeCheckResultProof = TypedDict(
    'AgeCheckResultProof',
    {
        'all_valid': 'bool',
        'certified_key': 'Union[str, None]',
        'issuer': 'Union[str, None]',
        'issuer_key': 'Union[str, None]',
        'live': 'Union[str, None]',
        'not_covered': 'List[str]',
        'not_proven': 'List[str]',
        'reasons': 'AgeCheckResultProofReasons',
        'signature': 'Union[str, None]',
        'trust': 'str',
    },
    total=False,
)

# `mynacard.age/1`. Holds no birth date.
AgeCheckResult = TypedDict(
    'AgeCheckResult',
    {
        'answer': 'Union[bool, None]',
        'on': 'str',
        'over': 'int',
        'proof': 'Union[AgeCheckResultProof, None]',
        'record': "Union[Literal['profile'], Literal['face'], Literal['age'], Literal['number']]",
    },
    total=False,
)

# `mynacard.licence-expiry/1`.
CardLicenceResult = TypedDict(
    'CardLicenceResult',
    {
        'expired': 'Union[bool, None]',
        'expiry': 'Union[str, None]',
        'expiry_japanese': 'Union[str, None]',
        'unreadable': 'bool',
    },
    total=False,
)

# 運転経歴情報.
CardLicenceResult1History = TypedDict(
    'CardLicenceResult1History',
    {
        'class': 'Union[str, None]',
        'date': 'Union[str, None]',
        'number': 'Union[str, None]',
    },
    total=False,
)

CardLicenceResult1PicturesItem = TypedDict(
    'CardLicenceResult1PicturesItem',
    {
        'bytes': 'str',
        'number': 'int',
    },
    total=False,
)

# Whether the signature fits. Says nothing about the chip, nor whether the holder may drive.
CardLicenceResult1Signature = TypedDict(
    'CardLicenceResult1Signature',
    {
        'certificate_valid': 'Union[bool, None]',
        'mismatches': 'List[str]',
        'over': 'Union[str, None]',
        'result': 'str',
    },
    total=False,
)

CardLicenceResult1UnknownItem = TypedDict(
    'CardLicenceResult1UnknownItem',
    {
        'tag': 'str',
        'value': 'str',
    },
    total=False,
)

# `mynacard.licence/1`. Null is not on this licence. Name and address are not in this application.
CardLicenceResult1 = TypedDict(
    'CardLicenceResult1',
    {
        'classes': 'List[str]',
        'colour': 'Union[str, None]',
        'conditions': 'List[str]',
        'expired': 'Union[bool, None]',
        'expiry': 'Union[str, None]',
        'expiry_japanese': 'Union[str, None]',
        'history': 'CardLicenceResult1History',
        'missing_characters': 'int',
        'motorcycle_date': 'Union[str, None]',
        'number': 'Union[str, None]',
        'other_date': 'Union[str, None]',
        'pictures': 'List[CardLicenceResult1PicturesItem]',
        'portrait': 'Union[str, None]',
        'portrait_bytes': 'Union[int, None]',
        'portrait_file': 'Union[str, None]',
        'remarks': 'List[str]',
        'second_class_date': 'Union[str, None]',
        'signature': 'CardLicenceResult1Signature',
        'spare': 'List[str]',
        'unknown': 'List[CardLicenceResult1UnknownItem]',
        'unreadable': 'bool',
        'unreadable_fields': 'List[str]',
    },
    total=False,
)

# Needed for `whole`.
CardLicenceConsent = TypedDict(
    'CardLicenceConsent',
    {
        'disclosesAttributes': 'bool',
    },
    total=False,
)

# `mynacard.card/1`.
CardNumberResult = TypedDict(
    'CardNumberResult',
    {
        'expiry': 'str',
        'municipality_code': 'str',
        'municipality_name': 'Union[str, None]',
        'municipality_names_as_of': 'str',
        'serial': 'str',
    },
    total=False,
)

# Attempts left by PIN: 0 is blocked, null is not told by the card, or not there.
CardStatusResultAttempts = TypedDict(
    'CardStatusResultAttempts',
    {
        'authentication': 'Union[int, None]',
        'licence': 'Union[int, None]',
        'profile': 'Union[int, None]',
        'profile_number_a': 'Union[int, None]',
        'profile_number_b': 'Union[int, None]',
        'signature': 'Union[int, None]',
        'visual_number_a': 'Union[int, None]',
        'visual_number_b': 'Union[int, None]',
    },
    total=False,
)

# Of the authentication certificate; null where it is not free to read. The signature certificate ends with it at the latest.
CardStatusResultAuthenticationValidity = TypedDict(
    'CardStatusResultAuthenticationValidity',
    {
        'not_after': 'str',
        'not_before': 'str',
        'renewable_from': 'Union[str, None]',
        'state': "Literal['not-yet', 'valid', 'renewable', 'expired']",
    },
    total=False,
)

# Which certificates the card holds; null where it does not say.
CardStatusResultCertificates = TypedDict(
    'CardStatusResultCertificates',
    {
        'authentication': 'Union[bool, None]',
        'signature': 'Union[bool, None]',
    },
    total=False,
)

# `mynacard.status/1`.
CardStatusResult = TypedDict(
    'CardStatusResult',
    {
        'applications': 'List[str]',
        'atr': 'str',
        'attempts': 'CardStatusResultAttempts',
        'authentication_validity': 'Union[CardStatusResultAuthenticationValidity, None]',
        'certificates': 'CardStatusResultCertificates',
        'device': "Literal['plastic', 'resident-card', 'android', 'iphone', 'unknown']",
        'label': 'Union[str, None]',
        'perhaps_without_pins': 'bool',
        'reader': 'str',
    },
    total=False,
)

# A certificate.
CertificateReadResult = TypedDict(
    'CertificateReadResult',
    {
        'der': 'str',
        'issuer': 'str',
        'key': 'str',
        'notAfter': 'str',
        'notBefore': 'str',
        'subject': 'str',
        'which': "Literal['auth', 'sign', 'auth-ca', 'sign-ca']",
    },
    total=False,
)

# Needed for `sign`, which holds name, address, birth date and sex.
CertificateReadConsent = TypedDict(
    'CertificateReadConsent',
    {
        'disclosesAttributes': 'bool',
    },
    total=False,
)

# Null unless it is a card-verifiable certificate that can be read.
CertificateVerifyResultCardVerifiable = TypedDict(
    'CertificateVerifyResultCardVerifiable',
    {
        'application': 'Union[str, None]',
        'issuer': 'str',
        'subject': 'str',
    },
    total=False,
)

# Null where nothing can be read.
CertificateVerifyResultCertificate = TypedDict(
    'CertificateVerifyResultCertificate',
    {
        'fingerprint': 'str',
        'issuer': 'str',
        'not_after': 'str',
        'not_before': 'str',
        'subject': 'str',
    },
    total=False,
)

# What is known of a certificate's revocation, and from whom.
CertificateVerifyResultRevocation = TypedDict(
    'CertificateVerifyResultRevocation',
    {
        'cause': 'Union[str, None]',
        'evidence': 'Union[str, None]',
        'fresh': 'Union[bool, None]',
        'invalid_since': 'Union[str, None]',
        'made': 'Union[str, None]',
        'next': 'Union[str, None]',
        'reason': 'Union[str, None]',
        'since': 'Union[str, None]',
        'status': 'str',
    },
    total=False,
)

# The root that signed it; null where none did.
CertificateVerifyResultRoot = TypedDict(
    'CertificateVerifyResultRoot',
    {
        'environment': 'Union[str, None]',
        'fingerprint': 'str',
        'generation': 'int',
        'role': 'str',
    },
    total=False,
)

# A rule and how it came out.
CertificateVerifyResultRulesItem = TypedDict(
    'CertificateVerifyResultRulesItem',
    {
        'reason': 'Union[str, None]',
        'rule': 'str',
        'verdict': 'str',
    },
    total=False,
)

# A root.
CertificateVerifyResultTrustRootsItem = TypedDict(
    'CertificateVerifyResultTrustRootsItem',
    {
        'environment': 'Union[str, None]',
        'fingerprint': 'str',
        'generation': 'int',
        'role': 'str',
    },
    total=False,
)

# What was trusted.
CertificateVerifyResultTrust = TypedDict(
    'CertificateVerifyResultTrust',
    {
        'roots': 'List[CertificateVerifyResultTrustRootsItem]',
        'skipped': 'List[str]',
        'source': 'str',
    },
    total=False,
)

# `mynacard.verify-cert/1`.
CertificateVerifyResult = TypedDict(
    'CertificateVerifyResult',
    {
        'accepted': 'bool',
        'at': 'str',
        'card_verifiable': 'Union[CertificateVerifyResultCardVerifiable, None]',
        'certificate': 'Union[CertificateVerifyResultCertificate, None]',
        'kind': 'str',
        'reason': 'Union[str, None]',
        'revocation': 'CertificateVerifyResultRevocation',
        'role': 'Union[str, None]',
        'root': 'Union[CertificateVerifyResultRoot, None]',
        'rules': 'List[CertificateVerifyResultRulesItem]',
        'trust': 'CertificateVerifyResultTrust',
    },
    total=False,
)

DocumentSignResultFilesItem = TypedDict(
    'DocumentSignResultFilesItem',
    {
        'algorithm': 'Union[str, None]',
        'digest': 'str',
        'hash': 'str',
        'input': 'str',
        'output': 'Union[str, None]',
        'signature': 'Union[str, None]',
        'size': 'int',
        'skipped': 'bool',
        'time_stamp': 'Union[str, None]',
        'waiting_field': 'Union[str, None]',
        'warnings': 'List[str]',
    },
    total=False,
)

# What was signed, as `mynacard sign --json`.
DocumentSignResult = TypedDict(
    'DocumentSignResult',
    {
        'checked': 'bool',
        'contents': 'List[Union[str, None]]',
        'files': 'List[DocumentSignResultFilesItem]',
        'format': 'str',
        'key': 'str',
        'warnings': 'List[str]',
    },
    total=False,
)

# A file to sign.
DocumentSignFilesItem = TypedDict(
    'DocumentSignFilesItem',
    {
        'file': 'str',
        'output': 'Union[str, None]',
    },
    total=False,
)

# Needed where the signature holds the signature certificate with name, address, birth date and sex: for every format but `raw`, unless `key` is `auth`.
DocumentSignConsent = TypedDict(
    'DocumentSignConsent',
    {
        'disclosesAttributes': 'bool',
    },
    total=False,
)

# Where a visible signature stands; with `pdf`, not with `field`.
DocumentSignVisible = TypedDict(
    'DocumentSignVisible',
    {
        'height': 'float',
        'page': 'int',
        'width': 'float',
        'x': 'float',
        'y': 'float',
    },
    total=False,
)

# A rule of a format and how it fared.
DocumentVerifyResultDocumentItem = TypedDict(
    'DocumentVerifyResultDocumentItem',
    {
        'facts': 'Dict[str, Any]',
        'id': 'str',
        'reason': 'Union[str, None]',
        'rule': 'str',
        'verdict': 'str',
    },
    total=False,
)

# Of all signers the most alarming.
DocumentVerifyResultRevocation = TypedDict(
    'DocumentVerifyResultRevocation',
    {
        'cause': 'Union[str, None]',
        'evidence': 'Union[str, None]',
        'fresh': 'Union[bool, None]',
        'invalid_since': 'Union[str, None]',
        'made': 'Union[str, None]',
        'next': 'Union[str, None]',
        'reason': 'Union[str, None]',
        'since': 'Union[str, None]',
        'status': 'str',
    },
    total=False,
)

# A rule and how it came out.
DocumentVerifyResultSignaturesItemCertificateRulesItem = TypedDict(
    'DocumentVerifyResultSignaturesItemCertificateRulesItem',
    {
        'reason': 'Union[str, None]',
        'rule': 'str',
        'verdict': 'str',
    },
    total=False,
)

# The root that signed the certificate.
DocumentVerifyResultSignaturesItemRoot = TypedDict(
    'DocumentVerifyResultSignaturesItemRoot',
    {
        'environment': 'Union[str, None]',
        'fingerprint': 'str',
        'generation': 'int',
        'role': 'str',
    },
    total=False,
)

# A rule of a format and how it fared.
DocumentVerifyResultSignaturesItemRulesItem = TypedDict(
    'DocumentVerifyResultSignaturesItemRulesItem',
    {
        'facts': 'Dict[str, Any]',
        'id': 'str',
        'reason': 'Union[str, None]',
        'rule': 'str',
        'verdict': 'str',
    },
    total=False,
)

# Whose certificate it names; believed only if no rule is broken.
DocumentVerifyResultSignaturesItemSigner = TypedDict(
    'DocumentVerifyResultSignaturesItemSigner',
    {
        'fingerprint': 'str',
        'issuer': 'str',
        'name': 'Union[str, None]',
        'not_after': 'str',
        'not_before': 'str',
        'subject': 'str',
    },
    total=False,
)

DocumentVerifyResultSignaturesItem = TypedDict(
    'DocumentVerifyResultSignaturesItem',
    {
        'accepted': 'bool',
        'certificate_rules': 'List[DocumentVerifyResultSignaturesItemCertificateRulesItem]',
        'claimed_time': 'Union[str, None]',
        'discloses': 'List[str]',
        'judged_at': 'Union[str, None]',
        'proven_time': 'Union[str, None]',
        'root': 'Union[DocumentVerifyResultSignaturesItemRoot, None]',
        'rules': 'List[DocumentVerifyResultSignaturesItemRulesItem]',
        'signer': 'Union[DocumentVerifyResultSignaturesItemSigner, None]',
    },
    total=False,
)

# A root.
DocumentVerifyResultTrustRootsItem = TypedDict(
    'DocumentVerifyResultTrustRootsItem',
    {
        'environment': 'Union[str, None]',
        'fingerprint': 'str',
        'generation': 'int',
        'role': 'str',
    },
    total=False,
)

# What was trusted.
DocumentVerifyResultTrust = TypedDict(
    'DocumentVerifyResultTrust',
    {
        'roots': 'List[DocumentVerifyResultTrustRootsItem]',
        'skipped': 'List[str]',
        'source': 'str',
    },
    total=False,
)

# `mynacard.verify/1`.
DocumentVerifyResult = TypedDict(
    'DocumentVerifyResult',
    {
        'accepted': 'bool',
        'at': 'str',
        'document': 'List[DocumentVerifyResultDocumentItem]',
        'file': 'str',
        'files': 'List[str]',
        'format': 'Union[str, None]',
        'profile': 'Union[str, None]',
        'purpose': 'str',
        'reason': 'Union[str, None]',
        'revocation': 'DocumentVerifyResultRevocation',
        'signature': 'Union[str, None]',
        'signatures': 'List[DocumentVerifyResultSignaturesItem]',
        'trust': 'DocumentVerifyResultTrust',
    },
    total=False,
)

# A file that was written.
FaceReadResultFilesItem = TypedDict(
    'FaceReadResultFilesItem',
    {
        'path': 'str',
        'what': 'str',
    },
    total=False,
)

# A picture.
FaceReadResultPicturesItem = TypedDict(
    'FaceReadResultPicturesItem',
    {
        'data': 'str',
        'format': 'str',
        'what': 'str',
    },
    total=False,
)

# A field that this program does not know.
FaceReadResultUnknownItem = TypedDict(
    'FaceReadResultUnknownItem',
    {
        'tag': 'str',
        'value': 'str',
    },
    total=False,
)

# The card face. Expiry and security code are not signed.
FaceReadResult = TypedDict(
    'FaceReadResult',
    {
        'birth': 'Union[str, None]',
        'birth_japanese': 'Union[str, None]',
        'expiry': 'Union[str, None]',
        'files': 'List[FaceReadResultFilesItem]',
        'pictures': 'List[FaceReadResultPicturesItem]',
        'sex': 'Union[str, None]',
        'unknown': 'List[FaceReadResultUnknownItem]',
    },
    total=False,
)

# Needed.
FaceReadConsent = TypedDict(
    'FaceReadConsent',
    {
        'disclosesAttributes': 'bool',
    },
    total=False,
)

# Why a check does not hold or was not tried; null where it holds.
GenuineCheckResultReasons = TypedDict(
    'GenuineCheckResultReasons',
    {
        'issuer': 'Union[str, None]',
        'live': 'Union[str, None]',
        'signature': 'Union[str, None]',
    },
    total=False,
)

# `mynacard.genuine/1`.
GenuineCheckResult = TypedDict(
    'GenuineCheckResult',
    {
        'all_valid': 'bool',
        'certified_key': 'Union[str, None]',
        'issuer': 'Union[str, None]',
        'issuer_key': 'Union[str, None]',
        'live': 'Union[str, None]',
        'not_covered': 'List[str]',
        'not_proven': 'List[str]',
        'reasons': 'GenuineCheckResultReasons',
        'record': "Union[Literal['profile'], Literal['face'], Literal['age'], Literal['number']]",
        'signature': 'Union[str, None]',
        'trust': 'str',
    },
    total=False,
)

# `mynacard.login-challenge/1`.
LoginChallengeResult = TypedDict(
    'LoginChallengeResult',
    {
        'expires': 'str',
        'nonce': 'str',
        'origin': 'str',
    },
    total=False,
)

# The token for the site.
LoginSignResult = TypedDict(
    'LoginSignResult',
    {
        'token': 'Any',
        'warnings': 'List[str]',
    },
    total=False,
)

# A rule and how it came out.
LoginVerifyResultCertificateItem = TypedDict(
    'LoginVerifyResultCertificateItem',
    {
        'reason': 'Union[str, None]',
        'rule': 'str',
        'verdict': 'str',
    },
    total=False,
)

# What is known of a certificate's revocation, and from whom.
LoginVerifyResultRevocation = TypedDict(
    'LoginVerifyResultRevocation',
    {
        'cause': 'Union[str, None]',
        'evidence': 'Union[str, None]',
        'fresh': 'Union[bool, None]',
        'invalid_since': 'Union[str, None]',
        'made': 'Union[str, None]',
        'next': 'Union[str, None]',
        'reason': 'Union[str, None]',
        'since': 'Union[str, None]',
        'status': 'str',
    },
    total=False,
)

# The root that signed the certificate; null where none did.
LoginVerifyResultRoot = TypedDict(
    'LoginVerifyResultRoot',
    {
        'environment': 'Union[str, None]',
        'fingerprint': 'str',
        'generation': 'int',
        'role': 'str',
    },
    total=False,
)

# A rule and how it came out.
LoginVerifyResultRulesItem = TypedDict(
    'LoginVerifyResultRulesItem',
    {
        'reason': 'Union[str, None]',
        'rule': 'str',
        'verdict': 'str',
    },
    total=False,
)

# A root.
LoginVerifyResultTrustRootsItem = TypedDict(
    'LoginVerifyResultTrustRootsItem',
    {
        'environment': 'Union[str, None]',
        'fingerprint': 'str',
        'generation': 'int',
        'role': 'str',
    },
    total=False,
)

# What was trusted.
LoginVerifyResultTrust = TypedDict(
    'LoginVerifyResultTrust',
    {
        'roots': 'List[LoginVerifyResultTrustRootsItem]',
        'skipped': 'List[str]',
        'source': 'str',
    },
    total=False,
)

# `mynacard.login-verify/1`.
LoginVerifyResult = TypedDict(
    'LoginVerifyResult',
    {
        'accepted': 'bool',
        'certificate': 'List[LoginVerifyResultCertificateItem]',
        'identity': 'Union[str, None]',
        'origin': 'str',
        'reason': 'Union[str, None]',
        'revocation': 'LoginVerifyResultRevocation',
        'root': 'Union[LoginVerifyResultRoot, None]',
        'rules': 'List[LoginVerifyResultRulesItem]',
        'trust': 'LoginVerifyResultTrust',
    },
    total=False,
)

# `mynacard.number/1`.
NumberReadResult = TypedDict(
    'NumberReadResult',
    {
        'law': 'Union[str, None]',
        'number': 'str',
        'purpose': 'str',
        'record': 'str',
        'revealed': 'bool',
    },
    total=False,
)

# What the My Number is read for.
NumberReadHandling = TypedDict(
    'NumberReadHandling',
    {
        'law': 'Union[str, None]',
        'purpose': 'str',
    },
    total=False,
)

# `mynacard.pin-change/1`.
PinChangeResult = TypedDict(
    'PinChangeResult',
    {
        'changed': 'bool',
        'pin': 'str',
    },
    total=False,
)

# `mynacard.pin-check/1`.
PinCheckResult = TypedDict(
    'PinCheckResult',
    {
        'accepted': 'bool',
        'pin': 'str',
    },
    total=False,
)

# Attempts left by PIN: 0 is blocked, null is not told by the card, or not there.
PinStatusResultAttempts = TypedDict(
    'PinStatusResultAttempts',
    {
        'authentication': 'Union[int, None]',
        'licence': 'Union[int, None]',
        'profile': 'Union[int, None]',
        'profile_number_a': 'Union[int, None]',
        'profile_number_b': 'Union[int, None]',
        'signature': 'Union[int, None]',
        'visual_number_a': 'Union[int, None]',
        'visual_number_b': 'Union[int, None]',
    },
    total=False,
)

# `mynacard.pin-status/1`.
PinStatusResult = TypedDict(
    'PinStatusResult',
    {
        'attempts': 'PinStatusResultAttempts',
    },
    total=False,
)

# Why a check does not hold or was not tried; null where it holds.
ProfileReadResultProofReasons = TypedDict(
    'ProfileReadResultProofReasons',
    {
        'issuer': 'Union[str, None]',
        'live': 'Union[str, None]',
        'signature': 'Union[str, None]',
    },
    total=False,
)

# With `--signed`.
ProfileReadResultProof = TypedDict(
    'ProfileReadResultProof',
    {
        'all_valid': 'bool',
        'certified_key': 'Union[str, None]',
        'issuer': 'Union[str, None]',
        'issuer_key': 'Union[str, None]',
        'live': 'Union[str, None]',
        'not_covered': 'List[str]',
        'not_proven': 'List[str]',
        'reasons': 'ProfileReadResultProofReasons',
        'signature': 'Union[str, None]',
        'trust': 'str',
    },
    total=False,
)

# A field that this program does not know.
ProfileReadResultUnknownItem = TypedDict(
    'ProfileReadResultUnknownItem',
    {
        'tag': 'str',
        'value': 'str',
    },
    total=False,
)

# `mynacard.profile/1`. A field that was not asked for is not there; null is not on the card.
ProfileReadResult = TypedDict(
    'ProfileReadResult',
    {
        'address': 'Union[str, None]',
        'birth': 'Union[str, None]',
        'birth_japanese': 'Union[str, None]',
        'name': 'Union[str, None]',
        'proof': 'Union[ProfileReadResultProof, None]',
        'sex': 'Union[str, None]',
        'unknown': 'Union[List[ProfileReadResultUnknownItem], None]',
    },
    total=False,
)

# Needed.
ProfileReadConsent = TypedDict(
    'ProfileReadConsent',
    {
        'disclosesAttributes': 'bool',
    },
    total=False,
)

# A reader.
ReadersListResultReadersItem = TypedDict(
    'ReadersListResultReadersItem',
    {
        'busy': 'bool',
        'card': 'Union[str, None]',
        'name': 'str',
        'pinpad': 'bool',
        'reader': 'str',
        'simulated': 'bool',
    },
    total=False,
)

# Readers and the cards in them.
ReadersListResult = TypedDict(
    'ReadersListResult',
    {
        'readers': 'List[ReadersListResultReadersItem]',
    },
    total=False,
)


class Methods:
    def call(self, method, params=None, on_secret=None):
        raise NotImplementedError

    def age_check(self, *, card: str, over: int, proof: Optional[bool] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, trust: Union[str, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> AgeCheckResult:
        """Tells whether the holder is at least so old; does not tell the birth date."""
        params = {'card': card, 'over': over, 'proof': proof, 'purpose': purpose, 'timeoutMs': timeout_ms, 'trust': trust, 'with': with_}
        return self.call('age/check', params, on_secret)

    def card_licence(self, *, card: str, what: Union[Literal['expiry'], Literal['whole']], consent: Union[CardLicenceConsent, None] = None, issuer: Union[str, None] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> Union[CardLicenceResult, CardLicenceResult1]:
        """Reads the driving licence."""
        params = {'card': card, 'what': what, 'consent': consent, 'issuer': issuer, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('card/licence', params, on_secret)

    def card_number(self, *, card: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> CardNumberResult:
        """Takes nothing of its own."""
        params = {'card': card, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('card/number', params, on_secret)

    def card_status(self, *, card: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> CardStatusResult:
        """Takes nothing of its own."""
        params = {'card': card, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('card/status', params, on_secret)

    def certificate_read(self, *, card: str, which: Literal['auth', 'sign', 'auth-ca', 'sign-ca'], consent: Union[CertificateReadConsent, None] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> CertificateReadResult:
        """Reads a certificate of the card."""
        params = {'card': card, 'which': which, 'consent': consent, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('certificate/read', params, on_secret)

    def certificate_verify(self, *, at: Union[str, None] = None, crl: Optional[List[str]] = None, der: Union[str, None] = None, file: Union[str, None] = None, ocsp: Union[str, None] = None, require_revocation: Optional[bool] = None, trust: Union[str, None] = None) -> CertificateVerifyResult:
        """Judges a certificate rule by rule, X.509 or card-verifiable. A refusal is an answer."""
        params = {'at': at, 'crl': crl, 'der': der, 'file': file, 'ocsp': ocsp, 'requireRevocation': require_revocation, 'trust': trust}
        return self.call('certificate/verify', params)

    def document_sign(self, *, card: str, files: List[DocumentSignFilesItem], format: Literal['cms', 'cms-attached', 'pdf', 'xml', 'jws', 'raw', 'asic'], check: Optional[bool] = None, consent: Union[DocumentSignConsent, None] = None, cosign: Union[str, None] = None, detached: Optional[bool] = None, field: Union[str, None] = None, font: Union[str, None] = None, force: Optional[bool] = None, key: Optional[Literal['sign', 'auth']] = None, output: Union[str, None] = None, pdf_profile: Literal['moj', 'pades', None] = None, profile: Literal['egov', None] = None, purpose: Union[str, None] = None, resume: Optional[bool] = None, timeout_ms: Union[int, None] = None, timestamp: Union[str, None] = None, timestamp_trust: Union[str, None] = None, visible: Union[DocumentSignVisible, None] = None, visible_in_field: Optional[bool] = None, with_ca: Optional[bool] = None, xades: Optional[bool] = None, on_secret: Optional[SecretHandler] = None) -> DocumentSignResult:
        """Signs files with one PIN, as `mynacard sign`."""
        params = {'card': card, 'files': files, 'format': format, 'check': check, 'consent': consent, 'cosign': cosign, 'detached': detached, 'field': field, 'font': font, 'force': force, 'key': key, 'output': output, 'pdfProfile': pdf_profile, 'profile': profile, 'purpose': purpose, 'resume': resume, 'timeoutMs': timeout_ms, 'timestamp': timestamp, 'timestampTrust': timestamp_trust, 'visible': visible, 'visibleInField': visible_in_field, 'withCa': with_ca, 'xades': xades}
        return self.call('document/sign', params, on_secret)

    def document_verify(self, *, file: str, at: Union[str, None] = None, certificates: Optional[List[str]] = None, crl: Optional[List[str]] = None, ocsp: Union[str, None] = None, profile: Literal['moj', 'egov', None] = None, purpose: Optional[Literal['signature', 'authentication']] = None, require_revocation: Optional[bool] = None, signature: Union[str, None] = None, trust: Union[str, None] = None) -> DocumentVerifyResult:
        """Judges the signatures inside a file, or those beside it, as `mynacard verify`.
        
        A refusal is an answer, not an error: the report says which rule is broken."""
        params = {'file': file, 'at': at, 'certificates': certificates, 'crl': crl, 'ocsp': ocsp, 'profile': profile, 'purpose': purpose, 'requireRevocation': require_revocation, 'signature': signature, 'trust': trust}
        return self.call('document/verify', params)

    def face_read(self, *, card: str, consent: Union[FaceReadConsent, None] = None, png: Optional[bool] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> FaceReadResult:
        """Reads the card face."""
        params = {'card': card, 'consent': consent, 'png': png, 'purpose': purpose, 'timeoutMs': timeout_ms, 'with': with_}
        return self.call('face/read', params, on_secret)

    def genuine_check(self, *, card: str, record: Union[Literal['profile'], Literal['face'], Literal['age'], Literal['number']], purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, trust: Union[str, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> GenuineCheckResult:
        """Checks whether a record is the issuer's and the card is here; does not tell the record."""
        params = {'card': card, 'record': record, 'purpose': purpose, 'timeoutMs': timeout_ms, 'trust': trust, 'with': with_}
        return self.call('genuine/check', params, on_secret)

    def login_challenge(self, *, origin: str, store: Union[str, None] = None) -> LoginChallengeResult:
        """Makes a challenge, for a service that judges logins here."""
        params = {'origin': origin, 'store': store}
        return self.call('login/challenge', params)

    def login_sign(self, *, card: str, challenge: str, origin: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> LoginSignResult:
        """Answers a challenge of a site."""
        params = {'card': card, 'challenge': challenge, 'origin': origin, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('login/sign', params, on_secret)

    def login_verify(self, *, challenge: str, origin: str, token: Union[str, Dict[str, Any]], crl: Optional[List[str]] = None, identity_key: Union[str, None] = None, ocsp: Union[str, None] = None, require_revocation: Optional[bool] = None, store: Union[str, None] = None, trust: Union[str, None] = None) -> LoginVerifyResult:
        """Judges a token. The challenge is used up, whatever comes of it. A refusal is an answer."""
        params = {'challenge': challenge, 'origin': origin, 'token': token, 'crl': crl, 'identityKey': identity_key, 'ocsp': ocsp, 'requireRevocation': require_revocation, 'store': store, 'trust': trust}
        return self.call('login/verify', params)

    def number_read(self, *, card: str, handling: NumberReadHandling, purpose: Union[str, None] = None, reveal: Optional[bool] = None, secure_messaging: Optional[bool] = None, timeout_ms: Union[int, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> NumberReadResult:
        """Reads the My Number for a purpose that the law allows, and records its handling."""
        params = {'card': card, 'handling': handling, 'purpose': purpose, 'reveal': reveal, 'secureMessaging': secure_messaging, 'timeoutMs': timeout_ms, 'with': with_}
        return self.call('number/read', params, on_secret)

    def pin_change(self, *, card: str, which: Literal['auth', 'sign', 'profile', 'resident'], purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> PinChangeResult:
        """Changes a PIN: two questions, the second with `new`. The old one is presented once."""
        params = {'card': card, 'which': which, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('pin/change', params, on_secret)

    def pin_check(self, *, card: str, which: Literal['auth', 'sign', 'profile', 'resident'], purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> PinCheckResult:
        """Presents a PIN once; a wrong one costs an attempt, of `resident` one of each copy."""
        params = {'card': card, 'which': which, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('pin/check', params, on_secret)

    def pin_status(self, *, card: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> PinStatusResult:
        """Takes nothing of its own."""
        params = {'card': card, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return self.call('pin/status', params, on_secret)

    def profile_read(self, *, card: str, consent: Union[ProfileReadConsent, None] = None, only: Optional[List[Literal['name', 'address', 'birth', 'sex']]] = None, purpose: Union[str, None] = None, secure_messaging: Optional[bool] = None, signed: Optional[bool] = None, timeout_ms: Union[int, None] = None, trust: Union[str, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> ProfileReadResult:
        """Reads name, address, birth date and sex."""
        params = {'card': card, 'consent': consent, 'only': only, 'purpose': purpose, 'secureMessaging': secure_messaging, 'signed': signed, 'timeoutMs': timeout_ms, 'trust': trust, 'with': with_}
        return self.call('profile/read', params, on_secret)

    def readers_list(self) -> ReadersListResult:
        """Takes nothing."""
        params = {}
        return self.call('readers/list', params)


class AsyncMethods:
    async def call(self, method, params=None, on_secret=None):
        raise NotImplementedError

    async def age_check(self, *, card: str, over: int, proof: Optional[bool] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, trust: Union[str, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> AgeCheckResult:
        """Tells whether the holder is at least so old; does not tell the birth date."""
        params = {'card': card, 'over': over, 'proof': proof, 'purpose': purpose, 'timeoutMs': timeout_ms, 'trust': trust, 'with': with_}
        return await self.call('age/check', params, on_secret)

    async def card_licence(self, *, card: str, what: Union[Literal['expiry'], Literal['whole']], consent: Union[CardLicenceConsent, None] = None, issuer: Union[str, None] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> Union[CardLicenceResult, CardLicenceResult1]:
        """Reads the driving licence."""
        params = {'card': card, 'what': what, 'consent': consent, 'issuer': issuer, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('card/licence', params, on_secret)

    async def card_number(self, *, card: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> CardNumberResult:
        """Takes nothing of its own."""
        params = {'card': card, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('card/number', params, on_secret)

    async def card_status(self, *, card: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> CardStatusResult:
        """Takes nothing of its own."""
        params = {'card': card, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('card/status', params, on_secret)

    async def certificate_read(self, *, card: str, which: Literal['auth', 'sign', 'auth-ca', 'sign-ca'], consent: Union[CertificateReadConsent, None] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> CertificateReadResult:
        """Reads a certificate of the card."""
        params = {'card': card, 'which': which, 'consent': consent, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('certificate/read', params, on_secret)

    async def certificate_verify(self, *, at: Union[str, None] = None, crl: Optional[List[str]] = None, der: Union[str, None] = None, file: Union[str, None] = None, ocsp: Union[str, None] = None, require_revocation: Optional[bool] = None, trust: Union[str, None] = None) -> CertificateVerifyResult:
        """Judges a certificate rule by rule, X.509 or card-verifiable. A refusal is an answer."""
        params = {'at': at, 'crl': crl, 'der': der, 'file': file, 'ocsp': ocsp, 'requireRevocation': require_revocation, 'trust': trust}
        return await self.call('certificate/verify', params)

    async def document_sign(self, *, card: str, files: List[DocumentSignFilesItem], format: Literal['cms', 'cms-attached', 'pdf', 'xml', 'jws', 'raw', 'asic'], check: Optional[bool] = None, consent: Union[DocumentSignConsent, None] = None, cosign: Union[str, None] = None, detached: Optional[bool] = None, field: Union[str, None] = None, font: Union[str, None] = None, force: Optional[bool] = None, key: Optional[Literal['sign', 'auth']] = None, output: Union[str, None] = None, pdf_profile: Literal['moj', 'pades', None] = None, profile: Literal['egov', None] = None, purpose: Union[str, None] = None, resume: Optional[bool] = None, timeout_ms: Union[int, None] = None, timestamp: Union[str, None] = None, timestamp_trust: Union[str, None] = None, visible: Union[DocumentSignVisible, None] = None, visible_in_field: Optional[bool] = None, with_ca: Optional[bool] = None, xades: Optional[bool] = None, on_secret: Optional[SecretHandler] = None) -> DocumentSignResult:
        """Signs files with one PIN, as `mynacard sign`."""
        params = {'card': card, 'files': files, 'format': format, 'check': check, 'consent': consent, 'cosign': cosign, 'detached': detached, 'field': field, 'font': font, 'force': force, 'key': key, 'output': output, 'pdfProfile': pdf_profile, 'profile': profile, 'purpose': purpose, 'resume': resume, 'timeoutMs': timeout_ms, 'timestamp': timestamp, 'timestampTrust': timestamp_trust, 'visible': visible, 'visibleInField': visible_in_field, 'withCa': with_ca, 'xades': xades}
        return await self.call('document/sign', params, on_secret)

    async def document_verify(self, *, file: str, at: Union[str, None] = None, certificates: Optional[List[str]] = None, crl: Optional[List[str]] = None, ocsp: Union[str, None] = None, profile: Literal['moj', 'egov', None] = None, purpose: Optional[Literal['signature', 'authentication']] = None, require_revocation: Optional[bool] = None, signature: Union[str, None] = None, trust: Union[str, None] = None) -> DocumentVerifyResult:
        """Judges the signatures inside a file, or those beside it, as `mynacard verify`.
        
        A refusal is an answer, not an error: the report says which rule is broken."""
        params = {'file': file, 'at': at, 'certificates': certificates, 'crl': crl, 'ocsp': ocsp, 'profile': profile, 'purpose': purpose, 'requireRevocation': require_revocation, 'signature': signature, 'trust': trust}
        return await self.call('document/verify', params)

    async def face_read(self, *, card: str, consent: Union[FaceReadConsent, None] = None, png: Optional[bool] = None, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> FaceReadResult:
        """Reads the card face."""
        params = {'card': card, 'consent': consent, 'png': png, 'purpose': purpose, 'timeoutMs': timeout_ms, 'with': with_}
        return await self.call('face/read', params, on_secret)

    async def genuine_check(self, *, card: str, record: Union[Literal['profile'], Literal['face'], Literal['age'], Literal['number']], purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, trust: Union[str, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> GenuineCheckResult:
        """Checks whether a record is the issuer's and the card is here; does not tell the record."""
        params = {'card': card, 'record': record, 'purpose': purpose, 'timeoutMs': timeout_ms, 'trust': trust, 'with': with_}
        return await self.call('genuine/check', params, on_secret)

    async def login_challenge(self, *, origin: str, store: Union[str, None] = None) -> LoginChallengeResult:
        """Makes a challenge, for a service that judges logins here."""
        params = {'origin': origin, 'store': store}
        return await self.call('login/challenge', params)

    async def login_sign(self, *, card: str, challenge: str, origin: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> LoginSignResult:
        """Answers a challenge of a site."""
        params = {'card': card, 'challenge': challenge, 'origin': origin, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('login/sign', params, on_secret)

    async def login_verify(self, *, challenge: str, origin: str, token: Union[str, Dict[str, Any]], crl: Optional[List[str]] = None, identity_key: Union[str, None] = None, ocsp: Union[str, None] = None, require_revocation: Optional[bool] = None, store: Union[str, None] = None, trust: Union[str, None] = None) -> LoginVerifyResult:
        """Judges a token. The challenge is used up, whatever comes of it. A refusal is an answer."""
        params = {'challenge': challenge, 'origin': origin, 'token': token, 'crl': crl, 'identityKey': identity_key, 'ocsp': ocsp, 'requireRevocation': require_revocation, 'store': store, 'trust': trust}
        return await self.call('login/verify', params)

    async def number_read(self, *, card: str, handling: NumberReadHandling, purpose: Union[str, None] = None, reveal: Optional[bool] = None, secure_messaging: Optional[bool] = None, timeout_ms: Union[int, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> NumberReadResult:
        """Reads the My Number for a purpose that the law allows, and records its handling."""
        params = {'card': card, 'handling': handling, 'purpose': purpose, 'reveal': reveal, 'secureMessaging': secure_messaging, 'timeoutMs': timeout_ms, 'with': with_}
        return await self.call('number/read', params, on_secret)

    async def pin_change(self, *, card: str, which: Literal['auth', 'sign', 'profile', 'resident'], purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> PinChangeResult:
        """Changes a PIN: two questions, the second with `new`. The old one is presented once."""
        params = {'card': card, 'which': which, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('pin/change', params, on_secret)

    async def pin_check(self, *, card: str, which: Literal['auth', 'sign', 'profile', 'resident'], purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> PinCheckResult:
        """Presents a PIN once; a wrong one costs an attempt, of `resident` one of each copy."""
        params = {'card': card, 'which': which, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('pin/check', params, on_secret)

    async def pin_status(self, *, card: str, purpose: Union[str, None] = None, timeout_ms: Union[int, None] = None, on_secret: Optional[SecretHandler] = None) -> PinStatusResult:
        """Takes nothing of its own."""
        params = {'card': card, 'purpose': purpose, 'timeoutMs': timeout_ms}
        return await self.call('pin/status', params, on_secret)

    async def profile_read(self, *, card: str, consent: Union[ProfileReadConsent, None] = None, only: Optional[List[Literal['name', 'address', 'birth', 'sex']]] = None, purpose: Union[str, None] = None, secure_messaging: Optional[bool] = None, signed: Optional[bool] = None, timeout_ms: Union[int, None] = None, trust: Union[str, None] = None, with_: Literal['pin', 'number-a', 'number-b', 'birth', None] = None, on_secret: Optional[SecretHandler] = None) -> ProfileReadResult:
        """Reads name, address, birth date and sex."""
        params = {'card': card, 'consent': consent, 'only': only, 'purpose': purpose, 'secureMessaging': secure_messaging, 'signed': signed, 'timeoutMs': timeout_ms, 'trust': trust, 'with': with_}
        return await self.call('profile/read', params, on_secret)

    async def readers_list(self) -> ReadersListResult:
        """Takes nothing."""
        params = {}
        return await self.call('readers/list', params)


class AgeNotReached(MynacardError):
    """`age.not-reached`, exit status 3."""


class AgeUnknown(MynacardError):
    """`age.unknown`, exit status 3."""


class ApplicationMissing(MynacardError):
    """`application.missing`, exit status 11."""


class CardBusy(MynacardError):
    """`card.busy`, exit status 13."""


class CardMalformed(MynacardError):
    """`card.malformed`, exit status 30."""


class CardMute(MynacardError):
    """`card.mute`, exit status 12."""


class CardNone(MynacardError):
    """`card.none`, exit status 10."""


class CardPower(MynacardError):
    """`card.power`, exit status 12."""


class CardRefused(MynacardError):
    """`card.refused`, exit status 14."""


class CardRemoved(MynacardError):
    """`card.removed`, exit status 12."""


class CardReset(MynacardError):
    """`card.reset`, exit status 12."""


class CardSeveral(MynacardError):
    """`card.several`, exit status 10."""


class CardSilent(MynacardError):
    """`card.silent`, exit status 12."""


class CertificateAbsent(MynacardError):
    """`certificate.absent`, exit status 11."""


class CertificateAlgorithm(MynacardError):
    """`certificate.algorithm`, exit status 40."""


class CertificateAlgorithmMismatch(MynacardError):
    """`certificate.algorithm-mismatch`, exit status 40."""


class CertificateAuthority(MynacardError):
    """`certificate.authority`, exit status 40."""


class CertificateCriticalExtension(MynacardError):
    """`certificate.critical-extension`, exit status 40."""


class CertificateDuplicateExtension(MynacardError):
    """`certificate.duplicate-extension`, exit status 40."""


class CertificateEncoding(MynacardError):
    """`certificate.encoding`, exit status 40."""


class CertificateExpired(MynacardError):
    """`certificate.expired`, exit status 40."""


class CertificateExtendedKeyUsage(MynacardError):
    """`certificate.extended-key-usage`, exit status 40."""


class CertificateExtension(MynacardError):
    """`certificate.extension`, exit status 40."""


class CertificateKeyUsage(MynacardError):
    """`certificate.key-usage`, exit status 40."""


class CertificateMalformed(MynacardError):
    """`certificate.malformed`, exit status 40."""


class CertificateNotYetValid(MynacardError):
    """`certificate.not-yet-valid`, exit status 40."""


class CertificatePolicy(MynacardError):
    """`certificate.policy`, exit status 40."""


class CertificateRevoked(MynacardError):
    """`certificate.revoked`, exit status 40."""


class CertificateSerial(MynacardError):
    """`certificate.serial`, exit status 40."""


class CertificateSignature(MynacardError):
    """`certificate.signature`, exit status 40."""


class CertificateTrailingData(MynacardError):
    """`certificate.trailing-data`, exit status 40."""


class CertificateVersion(MynacardError):
    """`certificate.version`, exit status 40."""


class ConsentDisclosure(MynacardError):
    """`consent.disclosure`, exit status 2."""


class ConsentMissing(MynacardError):
    """`consent.missing`, exit status 2."""


class DocumentRefused(MynacardError):
    """`document.refused`, exit status 40."""


class DocumentUnknown(MynacardError):
    """`document.unknown`, exit status 40."""


class DocumentUnreadable(MynacardError):
    """`document.unreadable`, exit status 40."""


class DocumentUnsigned(MynacardError):
    """`document.unsigned`, exit status 40."""


class DocumentUnsuitable(MynacardError):
    """`document.unsuitable`, exit status 2."""


class DocumentsRefused(MynacardError):
    """`documents.refused`, exit status 40."""


class FileMissing(MynacardError):
    """`file.missing`, exit status 11."""


class FolderUnknown(MynacardError):
    """`folder.unknown`, exit status 2."""


class FontUnreadable(MynacardError):
    """`font.unreadable`, exit status 2."""


class FrameBroken(MynacardError):
    """`frame.broken`, exit status 1."""


class HandlingUnwritable(MynacardError):
    """`handling.unwritable`, exit status 2."""


class InputChanged(MynacardError):
    """`input.changed`, exit status 2."""


class InputUnreadable(MynacardError):
    """`input.unreadable`, exit status 2."""


class IssuerDomain(MynacardError):
    """`issuer.domain`, exit status 40."""


class IssuerKeyIdentifier(MynacardError):
    """`issuer.key-identifier`, exit status 40."""


class IssuerPurpose(MynacardError):
    """`issuer.purpose`, exit status 40."""


class IssuerSignature(MynacardError):
    """`issuer.signature`, exit status 40."""


class IssuerUnknown(MynacardError):
    """`issuer.unknown`, exit status 40."""


class IssuerValidity(MynacardError):
    """`issuer.validity`, exit status 40."""


class KeyExponent(MynacardError):
    """`key.exponent`, exit status 40."""


class KeyKind(MynacardError):
    """`key.kind`, exit status 40."""


class KeySize(MynacardError):
    """`key.size`, exit status 40."""


class LicenceCertificate(MynacardError):
    """`licence.certificate`, exit status 2."""


class LicenceExpired(MynacardError):
    """`licence.expired`, exit status 3."""


class MethodUnknown(MynacardError):
    """`method.unknown`, exit status None."""


class NonceExpired(MynacardError):
    """`nonce.expired`, exit status 40."""


class NonceFull(MynacardError):
    """`nonce.full`, exit status 40."""


class NonceInvalid(MynacardError):
    """`nonce.invalid`, exit status 40."""


class NonceStore(MynacardError):
    """`nonce.store`, exit status 2."""


class NonceUnknown(MynacardError):
    """`nonce.unknown`, exit status 40."""


class OperationCancelled(MynacardError):
    """`operation.cancelled`, exit status 50."""


class OriginInvalid(MynacardError):
    """`origin.invalid`, exit status 2."""


class OutputExists(MynacardError):
    """`output.exists`, exit status 2."""


class OutputUnwritable(MynacardError):
    """`output.unwritable`, exit status 2."""


class PdfGlyph(MynacardError):
    """`pdf.glyph`, exit status 2."""


class PdfRoom(MynacardError):
    """`pdf.room`, exit status 2."""


class PersonaExists(MynacardError):
    """`persona.exists`, exit status 2."""


class PersonaField(MynacardError):
    """`persona.field`, exit status 2."""


class PersonaName(MynacardError):
    """`persona.name`, exit status 2."""


class PersonaSyntax(MynacardError):
    """`persona.syntax`, exit status 2."""


class PersonaUnknown(MynacardError):
    """`persona.unknown`, exit status 2."""


class PersonaUnreadable(MynacardError):
    """`persona.unreadable`, exit status 2."""


class PictureUnreadable(MynacardError):
    """`picture.unreadable`, exit status 30."""


class PinAbsent(MynacardError):
    """`pin.absent`, exit status 11."""


class PinBlocked(MynacardError):
    """`pin.blocked`, exit status 21."""


class PinLastAttempt(MynacardError):
    """`pin.last-attempt`, exit status 22."""


class PinNeeded(MynacardError):
    """`pin.needed`, exit status 2."""


class PinNoTerminal(MynacardError):
    """`pin.no-terminal`, exit status 2."""


class PinNotRepeated(MynacardError):
    """`pin.not-repeated`, exit status 2."""


class PinNotSet(MynacardError):
    """`pin.not-set`, exit status 2."""


class PinRefusedBefore(MynacardError):
    """`pin.refused-before`, exit status 20."""


class PinSame(MynacardError):
    """`pin.same`, exit status 2."""


class PinShape(MynacardError):
    """`pin.shape`, exit status 2."""


class PinSimOnly(MynacardError):
    """`pin.sim-only`, exit status 2."""


class PinSource(MynacardError):
    """`pin.source`, exit status 2."""


class PinSplit(MynacardError):
    """`pin.split`, exit status 14."""


class PinWrong(MynacardError):
    """`pin.wrong`, exit status 20."""


class PinpadCancelled(MynacardError):
    """`pinpad.cancelled`, exit status 50."""


class PinpadLength(MynacardError):
    """`pinpad.length`, exit status 2."""


class PinpadNone(MynacardError):
    """`pinpad.none`, exit status 2."""


class PinpadNotRepeated(MynacardError):
    """`pinpad.not-repeated`, exit status 2."""


class PinpadRefused(MynacardError):
    """`pinpad.refused`, exit status 14."""


class PinpadTimeout(MynacardError):
    """`pinpad.timeout`, exit status 50."""


class ProgramBug(MynacardError):
    """`program.bug`, exit status 1."""


class PurposeLaw(MynacardError):
    """`purpose.law`, exit status 2."""


class PurposeMissing(MynacardError):
    """`purpose.missing`, exit status 2."""


class PurposeUnknown(MynacardError):
    """`purpose.unknown`, exit status 2."""


class RandomNone(MynacardError):
    """`random.none`, exit status 2."""


class ReaderAmbiguous(MynacardError):
    """`reader.ambiguous`, exit status 10."""


class ReaderBusy(MynacardError):
    """`reader.busy`, exit status 13."""


class ReaderFailed(MynacardError):
    """`reader.failed`, exit status 10."""


class ReaderGone(MynacardError):
    """`reader.gone`, exit status 10."""


class ReaderNone(MynacardError):
    """`reader.none`, exit status 10."""


class ReaderUnknown(MynacardError):
    """`reader.unknown`, exit status 10."""


class RecordNotGenuine(MynacardError):
    """`record.not-genuine`, exit status 40."""


class ReplayMismatch(MynacardError):
    """`replay.mismatch`, exit status 2."""


class RequestInvalid(MynacardError):
    """`request.invalid`, exit status None."""


class RequestRepeated(MynacardError):
    """`request.repeated`, exit status None."""


class RevocationExtension(MynacardError):
    """`revocation.extension`, exit status 40."""


class RevocationFuture(MynacardError):
    """`revocation.future`, exit status 40."""


class RevocationIssuer(MynacardError):
    """`revocation.issuer`, exit status 40."""


class RevocationMalformed(MynacardError):
    """`revocation.malformed`, exit status 40."""


class RevocationNonce(MynacardError):
    """`revocation.nonce`, exit status 40."""


class RevocationNotChecked(MynacardError):
    """`revocation.not-checked`, exit status 41."""


class RevocationOtherCertificate(MynacardError):
    """`revocation.other-certificate`, exit status 40."""


class RevocationPartition(MynacardError):
    """`revocation.partition`, exit status 40."""


class RevocationPast(MynacardError):
    """`revocation.past`, exit status 40."""


class RevocationRefused(MynacardError):
    """`revocation.refused`, exit status 40."""


class RevocationResponder(MynacardError):
    """`revocation.responder`, exit status 40."""


class RevocationScope(MynacardError):
    """`revocation.scope`, exit status 40."""


class RevocationSignature(MynacardError):
    """`revocation.signature`, exit status 40."""


class RevocationStale(MynacardError):
    """`revocation.stale`, exit status 40."""


class RevocationUnknown(MynacardError):
    """`revocation.unknown`, exit status 40."""


class RevocationUnreachable(MynacardError):
    """`revocation.unreachable`, exit status 40."""


class SecureExtendedLength(MynacardError):
    """`secure.extended-length`, exit status 14."""


class SecureLost(MynacardError):
    """`secure.lost`, exit status 14."""


class ServiceNone(MynacardError):
    """`service.none`, exit status 10."""


class ServicePermission(MynacardError):
    """`service.permission`, exit status 10."""


class SetupBroken(MynacardError):
    """`setup.broken`, exit status 10."""


class SignAlgorithm(MynacardError):
    """`sign.algorithm`, exit status 2."""


class SignExisting(MynacardError):
    """`sign.existing`, exit status 2."""


class SignatureMismatch(MynacardError):
    """`signature.mismatch`, exit status 40."""


class SignaturePss(MynacardError):
    """`signature.pss`, exit status 14."""


class SimAbsent(MynacardError):
    """`sim.absent`, exit status 2."""


class SimCommand(MynacardError):
    """`sim.command`, exit status 127."""


class SimInUse(MynacardError):
    """`sim.in-use`, exit status 13."""


class SimLibrary(MynacardError):
    """`sim.library`, exit status 2."""


class SimMisbehaved(MynacardError):
    """`sim.misbehaved`, exit status 3."""


class SimRefused(MynacardError):
    """`sim.refused`, exit status 2."""


class SimState(MynacardError):
    """`sim.state`, exit status 2."""


class TimestampSilent(MynacardError):
    """`timestamp.silent`, exit status 2."""


class TimestampUnfit(MynacardError):
    """`timestamp.unfit`, exit status 40."""


class TokenAlgorithm(MynacardError):
    """`token.algorithm`, exit status 40."""


class TokenFormat(MynacardError):
    """`token.format`, exit status 40."""


class TokenLength(MynacardError):
    """`token.length`, exit status 40."""


class TokenMalformed(MynacardError):
    """`token.malformed`, exit status 40."""


class TokenSignature(MynacardError):
    """`token.signature`, exit status 40."""


class TraceMalformed(MynacardError):
    """`trace.malformed`, exit status 2."""


class TrustEmpty(MynacardError):
    """`trust.empty`, exit status 2."""


class TrustIssuerKey(MynacardError):
    """`trust.issuer-key`, exit status 2."""


class TrustRoot(MynacardError):
    """`trust.root`, exit status 2."""


class TrustUnreadable(MynacardError):
    """`trust.unreadable`, exit status 2."""


class UsageWrong(MynacardError):
    """`usage.wrong`, exit status 2."""


class WebEidArgument(MynacardError):
    """`web-eid.argument`, exit status 2."""


class WebEidRequest(MynacardError):
    """`web-eid.request`, exit status 2."""


ERRORS = {
    'age.not-reached': AgeNotReached,
    'age.unknown': AgeUnknown,
    'application.missing': ApplicationMissing,
    'card.busy': CardBusy,
    'card.malformed': CardMalformed,
    'card.mute': CardMute,
    'card.none': CardNone,
    'card.power': CardPower,
    'card.refused': CardRefused,
    'card.removed': CardRemoved,
    'card.reset': CardReset,
    'card.several': CardSeveral,
    'card.silent': CardSilent,
    'certificate.absent': CertificateAbsent,
    'certificate.algorithm': CertificateAlgorithm,
    'certificate.algorithm-mismatch': CertificateAlgorithmMismatch,
    'certificate.authority': CertificateAuthority,
    'certificate.critical-extension': CertificateCriticalExtension,
    'certificate.duplicate-extension': CertificateDuplicateExtension,
    'certificate.encoding': CertificateEncoding,
    'certificate.expired': CertificateExpired,
    'certificate.extended-key-usage': CertificateExtendedKeyUsage,
    'certificate.extension': CertificateExtension,
    'certificate.key-usage': CertificateKeyUsage,
    'certificate.malformed': CertificateMalformed,
    'certificate.not-yet-valid': CertificateNotYetValid,
    'certificate.policy': CertificatePolicy,
    'certificate.revoked': CertificateRevoked,
    'certificate.serial': CertificateSerial,
    'certificate.signature': CertificateSignature,
    'certificate.trailing-data': CertificateTrailingData,
    'certificate.version': CertificateVersion,
    'consent.disclosure': ConsentDisclosure,
    'consent.missing': ConsentMissing,
    'document.refused': DocumentRefused,
    'document.unknown': DocumentUnknown,
    'document.unreadable': DocumentUnreadable,
    'document.unsigned': DocumentUnsigned,
    'document.unsuitable': DocumentUnsuitable,
    'documents.refused': DocumentsRefused,
    'file.missing': FileMissing,
    'folder.unknown': FolderUnknown,
    'font.unreadable': FontUnreadable,
    'frame.broken': FrameBroken,
    'handling.unwritable': HandlingUnwritable,
    'input.changed': InputChanged,
    'input.unreadable': InputUnreadable,
    'issuer.domain': IssuerDomain,
    'issuer.key-identifier': IssuerKeyIdentifier,
    'issuer.purpose': IssuerPurpose,
    'issuer.signature': IssuerSignature,
    'issuer.unknown': IssuerUnknown,
    'issuer.validity': IssuerValidity,
    'key.exponent': KeyExponent,
    'key.kind': KeyKind,
    'key.size': KeySize,
    'licence.certificate': LicenceCertificate,
    'licence.expired': LicenceExpired,
    'method.unknown': MethodUnknown,
    'nonce.expired': NonceExpired,
    'nonce.full': NonceFull,
    'nonce.invalid': NonceInvalid,
    'nonce.store': NonceStore,
    'nonce.unknown': NonceUnknown,
    'operation.cancelled': OperationCancelled,
    'origin.invalid': OriginInvalid,
    'output.exists': OutputExists,
    'output.unwritable': OutputUnwritable,
    'pdf.glyph': PdfGlyph,
    'pdf.room': PdfRoom,
    'persona.exists': PersonaExists,
    'persona.field': PersonaField,
    'persona.name': PersonaName,
    'persona.syntax': PersonaSyntax,
    'persona.unknown': PersonaUnknown,
    'persona.unreadable': PersonaUnreadable,
    'picture.unreadable': PictureUnreadable,
    'pin.absent': PinAbsent,
    'pin.blocked': PinBlocked,
    'pin.last-attempt': PinLastAttempt,
    'pin.needed': PinNeeded,
    'pin.no-terminal': PinNoTerminal,
    'pin.not-repeated': PinNotRepeated,
    'pin.not-set': PinNotSet,
    'pin.refused-before': PinRefusedBefore,
    'pin.same': PinSame,
    'pin.shape': PinShape,
    'pin.sim-only': PinSimOnly,
    'pin.source': PinSource,
    'pin.split': PinSplit,
    'pin.wrong': PinWrong,
    'pinpad.cancelled': PinpadCancelled,
    'pinpad.length': PinpadLength,
    'pinpad.none': PinpadNone,
    'pinpad.not-repeated': PinpadNotRepeated,
    'pinpad.refused': PinpadRefused,
    'pinpad.timeout': PinpadTimeout,
    'program.bug': ProgramBug,
    'purpose.law': PurposeLaw,
    'purpose.missing': PurposeMissing,
    'purpose.unknown': PurposeUnknown,
    'random.none': RandomNone,
    'reader.ambiguous': ReaderAmbiguous,
    'reader.busy': ReaderBusy,
    'reader.failed': ReaderFailed,
    'reader.gone': ReaderGone,
    'reader.none': ReaderNone,
    'reader.unknown': ReaderUnknown,
    'record.not-genuine': RecordNotGenuine,
    'replay.mismatch': ReplayMismatch,
    'request.invalid': RequestInvalid,
    'request.repeated': RequestRepeated,
    'revocation.extension': RevocationExtension,
    'revocation.future': RevocationFuture,
    'revocation.issuer': RevocationIssuer,
    'revocation.malformed': RevocationMalformed,
    'revocation.nonce': RevocationNonce,
    'revocation.not-checked': RevocationNotChecked,
    'revocation.other-certificate': RevocationOtherCertificate,
    'revocation.partition': RevocationPartition,
    'revocation.past': RevocationPast,
    'revocation.refused': RevocationRefused,
    'revocation.responder': RevocationResponder,
    'revocation.scope': RevocationScope,
    'revocation.signature': RevocationSignature,
    'revocation.stale': RevocationStale,
    'revocation.unknown': RevocationUnknown,
    'revocation.unreachable': RevocationUnreachable,
    'secure.extended-length': SecureExtendedLength,
    'secure.lost': SecureLost,
    'service.none': ServiceNone,
    'service.permission': ServicePermission,
    'setup.broken': SetupBroken,
    'sign.algorithm': SignAlgorithm,
    'sign.existing': SignExisting,
    'signature.mismatch': SignatureMismatch,
    'signature.pss': SignaturePss,
    'sim.absent': SimAbsent,
    'sim.command': SimCommand,
    'sim.in-use': SimInUse,
    'sim.library': SimLibrary,
    'sim.misbehaved': SimMisbehaved,
    'sim.refused': SimRefused,
    'sim.state': SimState,
    'timestamp.silent': TimestampSilent,
    'timestamp.unfit': TimestampUnfit,
    'token.algorithm': TokenAlgorithm,
    'token.format': TokenFormat,
    'token.length': TokenLength,
    'token.malformed': TokenMalformed,
    'token.signature': TokenSignature,
    'trace.malformed': TraceMalformed,
    'trust.empty': TrustEmpty,
    'trust.issuer-key': TrustIssuerKey,
    'trust.root': TrustRoot,
    'trust.unreadable': TrustUnreadable,
    'usage.wrong': UsageWrong,
    'web-eid.argument': WebEidArgument,
    'web-eid.request': WebEidRequest,
}
