# What commands show, ask and note.

note-simulated = SIMULATED: the card of the made-up resident { $name }; nothing here is real
note-serving = SIMULATED cards; nothing here is real. Commands: insert NAME, remove NAME, reset, quit
note-busy = another program is using the card; waiting until it has finished (Ctrl-C ends)
note-waiting = waiting for a reader and a card (Ctrl-C ends)
note-cost = { $exchanges ->
        [1] 1 exchange
       *[other] { $exchanges } exchanges
    } with the card, { $presented ->
        [1] 1 PIN
       *[other] { $presented } PINs
    } presented
note-one-attempt = a wrong { $pin } costs one attempt
note-two-attempts = the { $pin } is stored in two applications of the card and is presented to each; a wrong one costs one attempt
note-stars = the number will be shown as stars; to see the digits, stop here (Ctrl-C) and add --reveal
note-stopped = cancelled: no file is half written, and the card keeps no PIN of this run
note-format = format: { $format }, by the ending of the file (--format chooses another)
note-handling = this handling of a My Number was recorded, without the number: { $path }
note-cannot-draw = this terminal is not known to draw pictures (kitty and iTerm2 are)
note-remembered = Kept in { $path }. It identifies you, so only you can read it. cert auth --forget removes it.
note-forgotten = Not kept: { $path }
note-signature-certificate = The signature certificate holds name, address, birth date and sex. Everyone who has it, or a document signed with it, can read them.
note-trace-failed = the transcript is not whole: not everything could be written
note-old-option = { $old } is now written { $new }; the old spelling is still understood.
note-done = finished before that, whole and usable:{ $files }
note-to-sign = To be signed:
note-disclosure = The signature certificate goes into the signed file: name, address, birth date and sex. Everyone who has the file can read them.
note-sign-warning = before you sign { $path }: { $reason } ({ $code })
note-sign-field = { $path } has one empty signature field, { $field }; the signature does not go into it. To use it: `--field "{ $field }"`, and `--visible field` to show the signature there.
note-signer-expired = the signature certificate is not valid now: its signatures will not be accepted
note-time-stamp-unknown = the time-stamp authority is not known here; verifiers have to trust it (--trust DIR)

prompt-pinpad = type the { $pin } on the reader and press OK ({ $left }). To give up, press Cancel on the reader: this computer cannot end the wait, which takes up to 30 seconds. To type it here: --no-pinpad
prompt-pinpad-ok = Go on
note-not-on-pinpad = type the { $pin } here: it can have letters, which the reader's keypad lacks
prompt-pin = { $pin }, { $left } of { $maximum } attempts left:{" "}
prompt-pin-unknown = { $pin }, the card does not say how many attempts are left:{" "}
prompt-pin-left = { $pin }, { $left } attempts left:{" "}
prompt-one-of =
    One of these opens it:{ $pins }
    The length decides which one it is:{" "}
prompt-new = New { $pin }:{" "}
prompt-again = New { $pin }, once more:{" "}
prompt-last-attempt =
    The { $pin } has only its last attempt left.
    If it is wrong now, it is blocked, and only a municipal office can help.
    Type "last" to go on:{" "}
prompt-attempts-unknown =
    The card does not say how many attempts the { $pin } has left; this could be the last one.
    If it is wrong then, it is blocked, and only a municipal office can help.
    Type "last" to go on:{" "}
pin-current = current { $pin }
prompt-disclosure = Go on? (y/n):{" "}

time-in-japan = { $day } { $clock } (Japan time)
validity-not-yet = present, but not valid yet
validity-valid = valid until { $end }; renewable from { $from }
validity-renewable = valid until { $end }; renewable since { $from }: take the card to your municipal office
validity-expired = EXPIRED on { $end }; your municipal office renews it
note-expired = { $certificate }: expired on { $end }. Services do not accept it any more. Your municipal office renews it.
note-expired-too = { $certificate }: expired, because it is valid no longer than the authentication certificate, which expired on { $end }. Its signatures are not accepted any more. Your municipal office renews it.
prompt-expired = Using the PIN would be pointless. Continue anyway? (y/n):{" "}
prompt-expired-ok = Continue anyway

list-comma = ,{" "}

attempts-left = { $left ->
        [0] blocked
        [1] 1 attempt left
       *[other] { $left } attempts left
    }
attempts-unknown = the card does not say
attempts-profile-number-a = verification number A, profile application
attempts-profile-number-b = verification number B, profile application
attempts-visual-number-b = verification number B, visual application
attempts-visual-number-a = verification number A, visual application

field-absent = not on the card
field-number = My Number
field-name = name
field-address = address
field-birth = birth date
field-sex = sex
field-expiry = expiry
field-security-code = picture of the security code

proof-row-signature = Record signed by the certified key
proof-row-issuer = Key certified by a trusted issuer
proof-row-live = Card answers with the record's key
proof-row-not-covered = Not covered
proof-row-not-proven = Not proven
proof-valid = valid
proof-invalid = INVALID
proof-not-tried = not tried
proof-certificate-malformed = the certificate cannot be read
proof-issuer-domain = the issuer issues for another application
proof-issuer-signature = the issuer's signature does not fit
proof-issuer-unknown = the issuer is not among those that are trusted
proof-live-key = the key that answers is not the issuer's word
proof-live-not-asked = the card was not asked
proof-live-refused = the card refused to answer
proof-live-signature = the answer does not fit: this card is not the one that the record was written for
proof-record-attributes-digest = name, address, birth date or sex are not those that were signed
proof-record-closed = the file with the signature did not open
proof-record-malformed = the record cannot be read, or lacks a field that is signed
proof-record-number-digest = the My Number is not the one that was signed
proof-record-offsets = the table of offsets does not match the positions of the fields
proof-record-order = the fields are not in the signed order
proof-record-signature = the signature does not fit
proof-card-status = whether the card was reported lost or replaced
proof-records-not-bound = that these data belong to this card: nothing binds them to the key that answers (`genuine face` proves that)

cv-subject = Certified key
cv-issuer = Issuer's key
cv-domain = Application
cv-domain-profile = profile application
cv-domain-visual = visual application
cv-domain-issuer = issuer domain
cv-revocation = Such certificates name no dates and are not revoked.

age-yes = yes
age-no = no
age-unknown = unknown: the card knows too little of the birth date
age-not-proven-so-none = no answer: the proof failed
age-not-proven = Read only, nothing was proven.

face-portrait = Portrait
face-name = Name
face-address = Address
face-security-code = Security code
face-text = Text

readers-none = no reader is connected
readers-empty = empty
readers-card = card
readers-busy = card, held by another program
readers-mute = something that does not answer
readers-residents = Simulated cards (--reader sim:NAME): { $names }

status-reader = Reader
status-card = Card
status-applications = Applications
status-device-plastic = My Number Card
status-device-resident-card = Basic Resident Registration Card (the older card)
status-device-android = Android phone
status-device-iphone = iPhone
status-device-unknown = of a kind that is not known
status-present = present
status-absent = not present
status-not-told = the card does not say
status-signature-present = present; valid no longer than the authentication certificate
status-signature-expired = EXPIRED: it is valid no longer than the authentication certificate
status-pins = PINs
status-perhaps-without-pins = none can be used: all blocked, or a card without PINs (顔認証マイナンバーカード)

cert-subject = Subject
cert-issuer = Issuer
cert-issuer-japanese = Issuer (Japanese)
cert-serial = Serial number
cert-from = Valid from
cert-until = Valid until
cert-expired = {" "}(expired)
cert-key = Key
cert-usage = Key usage
cert-policy = Policy
cert-policy-production = (issued to a real person)
cert-policy-test = (issued for tests)
cert-policy-foreign = (not of JPKI)
cert-crl = Revocation list
cert-ocsp = OCSP
cert-fingerprint = SHA-256
cert-name = Name
cert-address = Address
cert-birth = Birth date
cert-sex = Sex
cert-has-substitutes = {" "}(has substitute characters)
cert-no-name = This certificate holds no name, address or birth date. It identifies its holder all the same, until it is renewed.

sign-done = { $input } → { $output } ({ $algorithm })
sign-skipped = signed before
sign-size = { $bytes ->
        [1] 1 byte
       *[other] { $bytes } bytes
    }
progress-files = Files

list-semicolon = ;{" "}
verify-who = Signer
verify-who-claimed = Signer, as claimed
verify-by = { $name } ({ $issued })
verify-nobody = not named
verify-issued-production = certificate issued by JPKI
verify-issued-jlis-test = J-LIS test card, no real person
verify-issued-sim = SIMULATED card, no real person
verify-issued-folder = certificate issued by an authority of your folder
verify-issued-none = the certificate's issuer is not a trusted authority
verify-when = Signed
verify-when-proven = { $time }, or before: proven by a time stamp
verify-when-claimed = { $time }, as the signer states
verify-when-unknown = no time is stated
verify-unchecked = Not checked
verify-unchecked-revocation = revocation (only accredited verifiers receive the lists)
verify-unknown-revocation = revocation: { $text }
verify-skipped = { $count ->
        [1] 1 rule that was not reached
       *[other] { $count } rules that were not reached
    }
verify-warnings = Note
verify-files = Files
verify-count-files = { $count } signed together
verify-more-files = … and { $count } more (see --rules)
verify-broken = Broken
verify-nothing = nothing
verify-rules-hint = --rules shows every rule.
verify-files-failed = NOT CHECKED
verify-files-unconfirmed = NOT CONFIRMED
verify-files-sum = { $count ->
    [one] 1 file
   *[other] { $count } files
}: { $valid } valid, { $invalid } invalid, { $failed } not checked.
verify-file = File
verify-signature-file = Signature file
verify-format = Format
verify-claimed = Signed at, as claimed
verify-covered = the signature covers: { $names }
verify-picture = Page { $page }, signature field { $field }
verify-proven = Existed at, as proven
verify-discloses = Shows of the signer
verify-signature = Signature { $number }
verify-certificate-rules = Rules for the certificate:
verify-document = The file as a whole
verify-profile-moj = These are the known rules of registry filing. Only the office decides.
verify-profile-egov = This is the shape that e-Gov is known to have read until 2024. The receiver has not confirmed it.
disclosed-name = name
disclosed-address = address
disclosed-birth-date = birth date
disclosed-sex = sex
disclosed-municipality = municipality

explain-file = File
explain-length = Length in bytes
explain-inside = Inside
explain-cms = CMS
explain-pdf = PDF
explain-xml = XML
explain-jws = JWS
explain-asic = ASiC
explain-files = file
explain-version = Version
explain-content-type = Type of the content
explain-content-length = Length of the content
explain-certificates = Certificate
explain-revocation-lists = Revocation lists
explain-signers = Signer
explain-certificate = Names certificate
explain-hash = Hash function
explain-scheme = Signature scheme
explain-signature-length = Length of the signature value
explain-claimed-time = Signed at, as claimed
explain-signed-attributes = Signed attributes
explain-unsigned-attributes = Unsigned attributes
explain-time-stamps = Time stamps, as they state
explain-name = Name
explain-subject = Subject
explain-issuer = Issuer
explain-not-before = Valid from
explain-not-after = Valid until
explain-key = Key
explain-revisions = Revisions end at
explain-pages = Pages
explain-fields = Fields of the form
explain-signatures = Signature
explain-field = Field
explain-kind = Kind
explain-reason = Reason
explain-location = Place
explain-byte-range = Byte range
explain-revision = Covers revision
explain-certification = Certification level
explain-root = Document element
explain-id = Identifier
explain-place = Located in
explain-canonicalization = Canonical form
explain-method = Signature method
explain-references = Reference
explain-uri = Address
explain-transforms = Transforms
explain-signed-properties = Signed properties (XAdES)
explain-unsigned-properties = Unsigned properties
explain-algorithm = Algorithm
explain-critical = Critical
explain-payload-length = Length of the payload
explain-yes = yes
explain-no = no
explain-not-verified = Nothing of this was verified: `mynacard verify` does that.

oid-1-2-840-113549-1-7-1 = data
oid-1-2-840-113549-1-9-3 = content type
oid-1-2-840-113549-1-9-4 = message digest
oid-1-2-840-113549-1-9-5 = signing time
oid-1-2-840-113549-1-9-15 = S/MIME capabilities
oid-1-2-840-113549-1-9-16-2-12 = signing certificate
oid-1-2-840-113549-1-9-16-2-47 = signing certificate, version 2
oid-1-2-840-113549-1-9-16-2-14 = time stamp
oid-1-2-840-113549-1-9-16-1-4 = time-stamp information
oid-1-2-840-113549-1-9-52 = algorithm protection
oid-1-2-840-113583-1-1-8 = revocation information

pin-accepted = The card accepted the { $pin }.
pin-changed = The { $pin } was changed.

sim-name = Name
sim-about = About
sim-invented = {" "}[invented: no card has this today]
sim-card-number = Card number
sim-municipality = Municipality
sim-expiry = Expiry
sim-published = Published PINs; they protect nothing:
sim-quirks = Where this card differs from the usual:
sim-in-use = in use by another program
sim-was-reset = The card of { $name } is as it was issued.
sim-made = Wrote { $path }. Use it: mynacard --reader sim:{ $name } status
sim-made-many = Wrote { $count } files, from { $path } on. Use them: mynacard --reader sim:{ $name } status, up to sim:{ $last }
sim-pki-hint = Try one: mynacard verify-cert --trust sim DIR/cases/NAME.der

judge-scene = Scene
judge-exit = Exit
judge-exchanges = Exchanges
judge-bytes = Bytes
judge-presented = PINs presented
judge-spent = Attempts spent
judge-findings = Findings
judge-plain = plain
judge-wrong-pin = wrong PIN
judge-last-attempt = wrong PIN, one attempt left
judge-pulled = card taken out
judge-reset = reset by another program
judge-short = no extended lengths
judge-fine = none
judge-failed = fails although nothing is wrong
judge-silent = sends nothing to the card
judge-spent-twice = spends more than one attempt
judge-spent-last = spends the last attempt
judge-spent-right = spends an attempt with the right PIN
judge-left-unlocked = leaves a PIN verified
judge-unnoticed = says success although the card refused or was gone
judge-crashed = crashes
judge-hung = does not end

ctl-asking = in the reader, which waits for a key
ctl-in = in the reader
ctl-out = out
ctl-unlocked = in the reader, a PIN is verified

serve-waiting = { $name }: waits for the reader at port { $port }
serve-connected = { $name }: in the reader
serve-disconnected = { $name }: the reader is gone, looking for it
serve-lifted = { $name }: lifted
serve-no-driver = { $name }: no reader yet, nothing listens at its port. Install and start the virtual reader: sudo apt install pcscd vsmartcard-vpcd && sudo systemctl restart pcscd. Without a service: mynacard sim run { $name } -- COMMAND
serve-busy = { $name }: the slot has another card. Give another first slot with --port, or add slots in /etc/reader.conf.d/vpcd and restart pcscd.
serve-taken-out = { $name }: taken out
serve-reissued = { $name }: as issued
serve-not-reissued = { $name }: its memory cannot be cleared
serve-no-card = { $name }: no such card here
serve-no-command = commands: insert NAME, remove NAME, reset, quit

trace-bytes = { $bytes ->
        [1] 1 byte
       *[other] { $bytes } bytes
    }
trace-secret = [PIN, not recorded]
trace-presenting = · from here on the card must be made to forget
trace-was-reset = · another program had reset the card
trace-left-as-is = · end of transaction, card left as it is
trace-left-reset = · end of transaction, card reset
trace-left-power-off = · end of transaction, card without power
trace-totals = { $exchanges ->
        [1] 1 exchange
       *[other] { $exchanges } exchanges
    }, { $presented ->
        [1] 1 PIN
       *[other] { $presented } PINs
    } presented

meaning-done = done
meaning-left = { $left ->
        [1] 1 attempt left
       *[other] { $left } attempts left
    }
meaning-blocked = blocked
meaning-not-verified = not verified
meaning-end-of-file = end of the file
meaning-more-waiting = more data waiting
meaning-exact-length = asks for the exact length
meaning-wrong-length = wrong length
meaning-pin-needed = a PIN is needed first
meaning-conditions = conditions not satisfied
meaning-nothing-selected = nothing is selected
meaning-wrong-data = wrong data
meaning-not-found = not there
meaning-record-not-found = no such record
meaning-wrong-parameters = wrong parameters
meaning-reference-not-found = no such object
meaning-past-end = beyond the end
meaning-unknown-instruction = unknown command
meaning-unknown-class = unknown class
meaning-unspecific = no reason given
meaning-other = not in the list of this program
meaning-removed = the card was removed
meaning-reset = another program reset the card
meaning-gone = the reader is gone
meaning-power = the card lost its power
meaning-lost = the answer was lost

target-jpki = JPKI application
target-profile = profile application
target-visual = visual application
target-resident = resident application
target-common = common application
target-licence = driving licence application
target-issuer-domain = issuer domain
target-jpki-0001 = signature certificate
target-jpki-0002 = CA certificate of the signature certificate
target-jpki-0006 = token information
target-jpki-0008 = list of certificates
target-jpki-000A = authentication certificate
target-jpki-000B = CA certificate of the authentication certificate
target-jpki-0017 = authentication key
target-jpki-0018 = authentication PIN
target-jpki-001A = signature key
target-jpki-001B = signature password
target-common-0001 = card number
target-common-0002 = key reference
target-common-0019 = internal authentication key
target-common-001C = resident PIN
target-profile-0001 = My Number
target-profile-0002 = attributes
target-profile-0003 = signature over number and attributes
target-profile-0004 = certificate
target-profile-0005 = basic information
target-profile-0006 = key for session keys
target-profile-0007 = own key
target-profile-0011 = profile PIN
target-profile-0014 = verification number A
target-profile-0015 = verification number B
target-visual-0001 = age record
target-visual-0002 = card face
target-visual-0003 = basic information
target-visual-0004 = certificate
target-visual-0005 = picture of the My Number
target-visual-0011 = birth date
target-visual-0012 = verification number B
target-visual-0013 = verification number A
target-resident-0002 = key reference
target-resident-001C = resident PIN

web-eid-login = { $origin } asks you to log in with your My Number Card.
web-eid-read = { $origin } gets your signature certificate.
web-eid-signing = { $origin } gets your signature.
web-eid-disclose = { $origin } asks for your signature certificate. It holds your name, address, birth date and sex, and the site can keep them. Signing will ask for the password twice: now, and for the signature.
web-eid-sign = { $origin } asks you to sign a document. What you sign is what the site has shown you; the card cannot show it.
web-eid-agree = Agree
web-eid-again = Try again
web-eid-written = written
web-eid-removed = removed
web-eid-absent = was not there
web-eid-foreign = not ours, left alone

pkcs11-registered = registered
pkcs11-missing = not registered
pkcs11-other = registered for another module
pkcs11-foreign = not ours, left alone
pkcs11-unused = not used yet: start the program once, then try again
pkcs11-removed = removed
pkcs11-written = Programs that are running see the change when they are started again.
pkcs11-not-written = Nothing was changed. To write these lines, add --yes.
pkcs11-module = Module: { $path }
pkcs11-no-module = The module was not found. Name it with --module.
pkcs11-about-pss = Asks the card for one PSS signature, which TLS 1.3 needs.
pkcs11-pss-proven = The card makes PSS signatures: TLS 1.3 works with it.
pkcs11-pss-refused = The card does not make PSS signatures. The module will not offer them; TLS 1.2 works.

doctor-mark-good = [OK]
doctor-mark-note = [--]
doctor-mark-problem = [NG]
doctor-healthy = Nothing is in the way.
doctor-broken = Mend the first finding marked NG, then run `mynacard doctor` again.
doctor-bus-unreachable = The smart card service refuses everyone, because it cannot ask polkit over the system bus (D-Bus)
doctor-card-absent = No card is in any reader. Put the card on the reader
doctor-card-held = Another program holds the card exclusively. Close it; the list of programs below may name it
doctor-card-in-use = Another program uses the card, so it was not asked what it is
doctor-card-mute = The card does not answer. Turn it over, or put it flat on the reader
doctor-card-my-number = A My Number Card
doctor-card-other = The card is not a My Number Card, or is one without a certificate application
doctor-card-unread = The card cannot be read
doctor-driver-missing = The driver for this reader is not installed
doctor-driver-unknown = The installed driver does not know this reader; a newer one may
doctor-host-broken = A browser is configured to start a program that no longer exists
doctor-host-registered = Registered with browsers
doctor-module-broken = A PKCS #11 module is registered that no longer exists
doctor-module-registered = The PKCS #11 module is registered
doctor-programs-connected = Programs that use the smart card service
doctor-programs-several = Several programs are called mynacard; the shell takes the first it finds
doctor-reader-foreign-driver = The system has loaded the driver port100, which keeps this reader from pcscd. The reader (Sony RC-S380) also needs a program of its own; readers of the kind CCID work, such as Sony RC-S300
doctor-reader-not-ccid = This reader (Sony RC-S380) has no driver for the smart card service on Linux. Readers of the kind CCID work, such as Sony RC-S300. Until then, try a simulated card
doctor-reader-seen = A reader
doctor-reader-unplugged = No smart card reader is connected. Plug it in; this waits for it and for a card
doctor-reader-unseen = The reader is connected, but the smart card service does not list it
doctor-sandbox-container = This program runs in a container, which has to be given the smart card service of its host
doctor-sandbox-flatpak = This program runs inside Flatpak
doctor-sandbox-snap = This program runs inside Snap
doctor-service-failed = The smart card service failed
doctor-service-missing = The smart card service (pcscd) is not installed
doctor-service-refused = The smart card service refuses this user (polkit): it admits the user who sits at the computer, not one who came by ssh. This admits you for good
doctor-service-running = The smart card service is running
doctor-service-stopped = The smart card service (pcscd) is not running
doctor-versions-differ = Smart card service and library are of different versions
licence-row-expiry = Expiry
licence-row-classes = Classes
licence-row-colour = Colour
licence-row-condition = Condition
licence-row-remark = Remark
licence-row-number = Licence number
licence-row-motorcycle-date = First motorcycle, small special or moped
licence-row-other-date = First other class
licence-row-second-class-date = First second class
licence-row-history-date = Driving history recorded
licence-row-history-number = Driving history number
licence-row-missing = Missing characters
licence-row-unreadable = Fields that cannot be read
licence-row-portrait = Portrait
licence-row-signature = Signature
licence-missing = { $count } (marked in the text; the pictures are in the JSON report)
licence-none = none (this card holds a driving history only)
licence-unreadable = the card holds no readable date
licence-expired = (expired)
licence-signature-fits = fits the certificate given
licence-signature-other-certificate = fits the key given, but the card names another certificate
licence-signature-does-not-fit = does not fit
licence-signature-not-checked = present, not checked: no certificate
licence-signature-absent = absent
licence-mismatch-serial = other serial number
licence-mismatch-issuer = other issuer
licence-mismatch-subject = other subject
licence-mismatch-key-identifier = other key identifier
licence-certificate-expired = the certificate given is not valid today
licence-not-proven = The chip, the name and the permission to drive are not proven by this.
serve-parameter-unknown = there is no parameter { $name }
serve-next-api-unknown = Ask for api 2.
serve-next-frame-broken = Send each message as a frame of the form chosen with --framing, then start again.
serve-next-method-unknown = The answer to initialize lists the methods. A newer mynacard may have this one.
serve-next-request-early = Send initialize first.
serve-next-request-invalid = Send a JSON-RPC 2.0 request with an id that is a whole number or a text of at most 128 bytes, and params that are an object.
serve-next-request-repeated = Use an id that no unanswered request has, at most 64 requests at once, and initialize only once.
serve-next-ui-unknown = Send "ui": "client", or leave it out.
serve-next-usage-wrong = Correct the request. docs/guide/serve.md lists the parameters of each method.

probe-quirks = Where cards are known to differ, this one does so:
probe-undecided = Not decided: { $names }
probe-where = No PIN was presented and nothing here is about you. docs/guide/probe.md says how to pass it on.
guide-welcome = mynacard: what do you want to do with your My Number Card?
guide-simulated = Its PINs are published: mynacard sim show { $name }
guide-choose = What next?
guide-keys = Arrow keys and Enter, or a number; q leaves.
guide-type-number = Number (an empty line leaves):{" "}
guide-choose-pin = Which PIN?
guide-status = See what is on the card
guide-sign = Sign a file
guide-verify = Check a signed file
guide-profile = Read name, address, birth date and sex
guide-number = Read My Number (leaves a record without the number)
guide-pin-status = See how many attempts each PIN has left
guide-pin-change = Change a PIN
guide-doctor = Find out why the card does not work
guide-reader = Choose another reader, or a simulated card
guide-quit = Leave
guide-ask-reader = Reader (part of its name, its number, or sim:hanako for a simulated card):{" "}
guide-ask-sign = File to sign (type its path, or drop it here):{" "}
guide-ask-verify = Signed file (type its path, or drop it here):{" "}
guide-same = The same by one line: { $line }

# A judgement as people read it.
trust-production = Trusted: the six roots of JPKI, for persons
trust-jlis-test = Trusted: the roots of J-LIS test cards
trust-sim = Trusted: the roots of SIMULATED cards
trust-folder = Trusted: the roots of a folder (SHA-256)
judged-accepted = VALID
judged-accepted-unchecked = VALID (revocation not checked)
judged-unconfirmed = NOT CONFIRMED: revocation was to be checked and was not
judged-refused-for = INVALID: { $reason }
judged-refused = INVALID
judged-at = Checked as of
judged-role = Purpose
judged-root = Issued by
judged-root-none = no trusted authority
judged-revocation = Revocation
judged-rules = Rules:
judged-identity = Identity at this service
judged-origin = Origin
judged-generation = { $fingerprint } (generation { $generation })
login-written = Wrote the token to { $path }. It serves for one login within five minutes of its challenge.
serve-next-font-unreadable = Debian: `sudo apt install fonts-ipaexfont-gothic`, or name another one as `font`.
serve-next-licence-certificate = Give one certificate with an RSA key of 2048 bits, as DER or PEM. The police does not publish it.
serve-next-output-exists = Choose another name, or let it be replaced.
serve-next-pdf-glyph = Use another font, or sign without a visible signature.
serve-next-picture-unreadable = Ask for the pictures as the card has them.
serve-next-pin-last-attempt = The last attempt is never used here. Find the right PIN first: after one more wrong one only a municipal office can help.
serve-next-purpose-law = `law` belongs to the purpose `other-by-law` and to no other: the name of the law or ordinance.
serve-next-record-not-genuine = Do not rely on this record. Choose the trusted issuers with `trust`.
serve-next-sign-algorithm = Choose another format: the key of this card does not fit this one.
serve-next-sign-existing = Check that signature first. Only a signature over the same file can be added to.
serve-next-trust-issuer-key = It has three lines, `key-id`, `modulus` and `exponent`, each a text of hexadecimal digits.
