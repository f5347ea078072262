# What commands show, ask and note.

note-simulated = SIMULATED: the card of the made-up resident { $name }; nothing here is real
note-serving = SIMULATED cards of made-up residents; nothing here is real
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
note-signature-certificate = The signature certificate holds name, address, birth date and sex. Whoever gets it, or a document signed with it, can read them.
note-trace-failed = the transcript is not whole: not everything could be written
note-done = finished before that, whole and usable:{ $files }

prompt-pin = { $pin }, { $left } of { $maximum } attempts left:{" "}
prompt-pin-unknown = { $pin }, the card does not say how many attempts are left:{" "}
prompt-new = New { $pin }:{" "}
prompt-again = New { $pin }, once more:{" "}
prompt-last-attempt =
    The { $pin } has only its last attempt left, or the card does not say how many.
    If it is wrong now, it is blocked, and only a municipal office can help.
    Type "last" to go on:{" "}

list-comma = ,{" "}

attempts-left = { $left ->
        [0] blocked
        [1] 1 attempt left
       *[other] { $left } attempts left
    }
attempts-unknown = the card does not say

readers-none = no reader is connected
readers-empty = empty
readers-card = card
readers-busy = card, held by another program
readers-mute = something that does not answer
readers-residents = Simulated residents (--reader sim:NAME): { $names }

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
sim-pki-hint = Try one: mynacard verify-cert --trust sim DIR/cases/NAME.der

serve-waiting = { $name }: waits for the reader at port { $port }
serve-connected = { $name }: in the reader
serve-disconnected = { $name }: the reader is gone, looking for it
serve-lifted = { $name }: lifted
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

meaning-9000 = done
meaning-left = { $left ->
        [1] 1 attempt left
       *[other] { $left } attempts left
    }
meaning-blocked = blocked
meaning-6300 = not verified
meaning-6282 = end of the file
meaning-61 = more data waiting
meaning-6C = asks for the exact length
meaning-6700 = wrong length
meaning-6982 = a PIN is needed first
meaning-6983 = blocked
meaning-6984 = blocked
meaning-6985 = conditions not satisfied
meaning-6986 = nothing is selected
meaning-6A80 = wrong data
meaning-6A82 = not there
meaning-6A83 = no such record
meaning-6A86 = wrong parameters
meaning-6A88 = no such object
meaning-6B00 = beyond the end
meaning-6D00 = unknown command
meaning-6E00 = unknown class
meaning-6F00 = no reason given
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
