# Help texts and what is said about a wrong command line.

help-heading-usage = Usage:
help-heading-commands = Commands
help-heading-arguments = Arguments
help-heading-options = Options
help-heading-global = Options of every command
help-value-command = COMMAND
help-value-options = [OPTIONS]

help-mynacard = Reads, signs with and explains the Japanese My Number Card.
help-mynacard-more =
    No PIN is ever taken from the command line or the environment. The last attempt of a PIN is spent only
    with a separate consent.
    Without a card: `mynacard --reader sim:hanako status`. A menu: `mynacard guide`. More about a command:
    `mynacard help COMMAND`.
help-mynacard-readers = Lists readers, the cards in them, and the simulated cards
help-mynacard-status = Shows the kind of card, its applications and certificates, and the attempts left; asks for no PIN
help-mynacard-cert = Shows or saves a certificate of the card
help-mynacard-cert-more =
    auth     authentication certificate: holds no name; free to read on a card, behind its PIN on a phone
    sign     signature certificate: holds name, address, birth date and sex; needs the signature password
    auth-ca, sign-ca   the certificates of their issuers; free to read
help-mynacard-sign = Signs files with a key of the card; many files with one PIN entry
help-mynacard-sign-more =
    cms writes a separate signature (.p7s); cms-attached includes the file (.p7m). pdf and xml sign inside a copy
    (.signed.pdf, .signed.xml), jws writes a token (.jws). All of them contain the signature certificate with
    name, address, birth date and sex; the program asks for consent first. raw is the bare signature value (.sig).
    asic puts all files into one container (.asice) with one signature: name it with -o.
    Files that contain the certificate are readable by you alone, whatever the mode of the original. With - and
    no -o the signature goes to standard output and the report to standard error.
help-mynacard-profile = Reads name, address, birth date and sex as text
help-mynacard-profile-more =
    Opened with the profile PIN (4 digits) or verification number B (14 digits). --signed also checks the
    issuer's signature; if it is not valid, the exit status is 40.
help-mynacard-number = Reads the My Number for a purpose; shows stars unless --reveal
help-mynacard-number-more =
    The law lists what a My Number may be read for. Each reading is recorded, without the number, in
    $XDG_STATE_HOME/mynacard/handling.jsonl. Opened with the profile PIN (4 digits) or the number itself.
help-mynacard-face = Reads portrait, name, address and security code as pictures
help-mynacard-face-more =
    Opened with verification number B (14 digits) or A (12 digits). Writes portrait.png, name.png, address.png,
    security-code.png and face.txt, each readable by you alone. Expiry and security code are not signed.
help-mynacard-genuine = Checks that the data come from the issuer and that the card is here; shows none of the data
help-mynacard-genuine-more =
    profile  attributes as text: profile PIN or verification number B; number as text: number A
    face     the card face: verification number B or A
    age      the age record: birth date as printed, six digits
    number   the picture of the My Number: verification number A
    The exit status is 0 only if every check passes. The output also says what these checks do not prove.
help-mynacard-age = Tells whether the holder is at least N years old, from the smallest record that answers
help-mynacard-age-more =
    Opened with the birth date as printed (6 digits), which reads nothing else, or with the profile PIN (4),
    verification number B (14) or A (12). Exit status: 0 yes, 3 no or not known, 40 the proof failed and there is
    no answer. With --no-proof the record is only read.
help-mynacard-card = Shows card number, municipality and expiry; asks for no PIN
help-mynacard-pin = Shows attempts left, checks or changes a PIN
help-mynacard-pin-status = Shows the attempts left of every PIN; costs none
help-mynacard-pin-check = Checks a PIN; a wrong one costs an attempt
help-mynacard-pin-change = Changes a PIN; a wrong old one costs an attempt
help-mynacard-pin-change-more =
    From stdin, fd:N or file:PATH the old PIN is the first line and the new one the second.
help-mynacard-licence = Shows the driving licence on the card, and checks its signature
help-mynacard-licence-more =
    Ten attempts; a blocked PIN is reset by the police. A licence without a PIN is read without asking.
    With --expiry the exit status is 3 when the licence has expired. Name and address are not in this
    application, and nothing in it proves the chip: `mynacard genuine` does that for the card.
help-mynacard-licence--expiry = Shows the date of expiry only
help-mynacard-licence--portrait = Writes the portrait (JPEG 2000) to this file
help-mynacard-licence--force = Replaces an existing file
help-mynacard-licence--issuer = Checks the signature with this certificate of the police (DER or PEM)
help-mynacard-login = Answers a service's challenge with the authentication key: a Web eID token
help-mynacard-login-more =
    The token is valid for this origin and this challenge only. login challenge and login verify are the
    service's side, for developers of services.
help-mynacard-login-challenge = Issues a login challenge, valid for five minutes
help-mynacard-login-verify = Checks a token, rule by rule; the challenge is used up even if the token fails
help-mynacard-login-verify-more =
    Without --store challenges are not recorded, so a token can be replayed. The holder's identity at this
    service is a keyed hash; the key is in the folder of --store or in the file of --identity-key.
help-mynacard-verify-cert = Checks a certificate, rule by rule
help-mynacard-verify-cert-more =
    Exit status 40: the certificate is not trusted. Revocation is checked only with --crl and --ocsp.
help-mynacard-serve = Serves desktop programs: JSON-RPC 2.0 on standard input and output
help-mynacard-serve-more =
    PINs are asked for through the program that started this one. It ends when standard input ends; the cards
    have then lost every right that a PIN gave. The last attempt of a PIN is never spent here.
help-mynacard-web-eid = Lets the public Web eID browser extension use the card; the browser starts it
help-mynacard-web-eid-more =
    PIN and consent are asked for with pinentry. Nothing is kept between requests, so a site that signs asks for
    the password twice: for the certificate and for the signature.
help-mynacard-web-eid-install = Registers this program with browsers
help-mynacard-web-eid-install-more =
    The public extension calls eu.webeid, the name of its own program: --as eu.webeid takes that name, and never
    overwrites a file of another program. With --reader the host uses that reader.
help-mynacard-web-eid-uninstall = Removes what install wrote
help-mynacard-pkcs11 = Registers the PKCS #11 module with programs of this user
help-mynacard-pkcs11-install = Shows the lines that each program needs; writes them with --yes
help-mynacard-pkcs11-install-more =
    Writes nothing without --yes. NSS is for Firefox and Chromium. OpenSSL and Java get separate files, which are
    named on their command lines. LibreOffice sees the signature key only.
help-mynacard-pkcs11-uninstall = Removes what install wrote
help-mynacard-pkcs11-status = Shows with which programs the module is registered
help-mynacard-pkcs11-status-more =
    With --prove-pss the card makes one PSS signature, which TLS 1.3 needs. That asks for the PIN once. The module
    uses the result from its next start.
help-mynacard-probe = Examines how the card answers, for the simulator; presents no PIN, shows nothing about the holder
help-mynacard-probe-more =
    About 400 commands: SELECT, READ, GET DATA and queries of counters. Only status words are shown. A simulated
    card uses the file of -o with quirks-from in its resident's file.
help-mynacard-probe--output = File for the result, which the simulator reads
help-mynacard-sim = Simulated cards, for those who have no card
help-mynacard-sim-list = Lists the simulated residents
help-mynacard-sim-show = Shows a resident and the published PINs
help-mynacard-sim-judge = Runs a command on a new card in several scenes and reports its effects on the card
help-mynacard-sim-judge-more =
    The command presents the published PIN of the resident, or none. Scenes: nothing is wrong; the card has other
    PINs; the same with one attempt left; the card is taken out in the middle; another program resets it in the
    middle; the card takes no extended lengths. Exit status 3: the command did something that it should not do.
help-mynacard-sim-ctl = Moves cards and causes faults while programs use them
help-mynacard-sim-ctl-more =
    A card is named by its resident or by the number of its reader, from 0. Inside the command of sim run the
    cards are found automatically: `mynacard sim run hanako -- sh -c 'my-client & mynacard sim ctl remove hanako'`.
help-mynacard-sim-ctl-cards = Lists the cards, their exchanges so far, and attempts left
help-mynacard-sim-ctl-insert = Puts a card into its reader
help-mynacard-sim-ctl-remove = Takes a card out of its reader
help-mynacard-sim-ctl-reset = Resets a card, as another program does
help-mynacard-sim-ctl-swap = Exchanges a card for that of another resident, as issued
help-mynacard-sim-ctl-fault = Causes a fault once, at the next exchange, or by chance until clear
help-mynacard-sim-ctl-fault-more =
    FAULT: remove, remove-after, reader-gone, reset, power-loss, lose-command, lose-answer, cut (--bytes),
    status (--status), delay (--milliseconds).
help-mynacard-sim-ctl-clear = Cancels the faults that have not happened yet
help-mynacard-sim-ctl-quirk = Sets a quirk (docs/card/quirks.md); the card is powered off and on
help-mynacard-sim-ctl-keys = Presses keys of a reader with a keypad (sim run --pinpad)
help-mynacard-sim-ctl-keys-more =
    DIGITS end with the key OK. Keys are kept until the reader asks for a PIN; it asks twice for a new one.
help-mynacard-sim-ctl-counter = Sets the attempts left of a PIN
help-mynacard-sim-ctl-latency = Answers as slowly as a real card
help-mynacard-sim-ctl-snapshot = Writes the memory of a card
help-mynacard-sim-ctl-restore = Restores the memory of a card from a snapshot
help-mynacard-sim-ctl-log = Follows what programs do with the cards, line by line; with --json as JSON
help-mynacard-sim-run = Runs a command with residents' cards in its readers; needs no service
help-mynacard-sim-run-more =
    For example: `mynacard sim run hanako taro -- opensc-tool --list-readers`. The cards are new at each run, unless
    --state names a folder. The exit status is that of the command. Java looks for the library by its path:
    java -Dsun.security.smartcardio.library=$LIBPCSCLITE_DELEGATE …
help-mynacard-sim-serve = Puts residents' cards into the virtual reader vpcd, for every program on this computer
help-mynacard-sim-serve-more =
    Each card takes one slot: the first at --port, the next at the following port. Commands on standard input:
    insert NAME, remove NAME, reset, quit. Ctrl-C ends it too.
help-mynacard-sim-reset = Resets the counters and PINs of a resident's card to those issued
help-mynacard-sim-new = Writes a commented file that defines a resident of your own
help-mynacard-sim-pki = Writes the simulator's CAs and certificates that break one rule each, for tests of verifiers
help-mynacard-sim-pki-more =
    Use DIR as --trust DIR: it holds CA certificates and issuer keys of card-verifiable certificates. DIR/list.json
    lists what each case breaks and the expected result; keys/ holds the published test keys.
help-mynacard-trace = Transcripts of exchanges with a card
help-mynacard-trace-show = Explains a transcript that was written with --trace
help-mynacard-completions = Writes completions for a shell
help-mynacard-man = Writes the manual page

help-arg-reader = Reader: part of its name, its number in the list, or sim: and the name or file of a simulated resident
help-arg-json = Writes one JSON document
help-arg-lang = Language [default: that of the environment]
help-arg-wait = Waits for a reader, a card and the end of another program's transaction, at most so many seconds if a number is given (without a terminal, at most 30 seconds for a transaction)
help-arg-no-pinpad = Asks for PINs here even if the reader has a keypad
help-arg-pin = Where the PIN comes from; sim is the published PIN of a simulated card [default: prompt]
help-arg-trace = Writes the exchanges with the card to a new file, without PIN and personal data
help-arg-verbose = Shows the number of exchanges with the card
help-arg-help = Shows this help
help-arg-version = Shows the version
help-arg-spend-last-attempt = Agrees to spend the last attempt of a PIN: if it is wrong, only a municipal office can unblock it
help-arg-which = Which certificate
help-arg-format = Format
help-mynacard-sign--chosen = Format of the signature [default: by the ending: pdf for .pdf, xml for .xml, else cms, a separate .p7s]
help-arg-rules = Shows every rule
help-mynacard-cert--format = Format [default: text on the screen, pem in a file]
help-mynacard-cert--remember = Keeps the authentication certificate, for you only: on this card later runs read its beginning and compare
help-mynacard-cert--forget = Removes what --remember kept of this card
help-arg-output = Output file; - is standard output
help-arg-output-dir = Output folder
help-arg-force = Overwrites an existing file
help-arg-files = The files to sign; - is standard input
help-arg-key = Which key signs [default: sign]
help-arg-check = Reads the certificate first and checks each signature against it; needed for cards with other keys than RSA-2048
help-arg-resume = Skips files that already have a valid signature over the same bytes
help-arg-consent-disclosure = Agrees that name, address, birth date and sex go into the signed file
help-arg-timestamp = Asks this authority for a time stamp (RFC 3161); http only. The authority receives only a digest
help-arg-timestamp-trust = Accepts a time stamp only if it proves its time under these roots, as `verify --trust` would
help-arg-cosign = Adds a signature to those in this file
help-arg-pdf-profile = Now --filing moj or --pades
help-mynacard-sign--filing = Office that receives the file: moj for registry filing, PDF [default for PDF]; egov for e-Gov applications, XML: signs kousei.xml with the other XML files of its folder (not confirmed by the receiver)
help-arg-pades = Makes a PAdES signature in a PDF instead of the form of registry filing
help-arg-field = Signs in this empty signature field of the PDF file, applies its lock, and meets what it demands or does not sign
help-arg-visible = Shows the signature on a page, in points from the lower left corner; or field: in the box of the field
help-arg-font = TrueType font for --visible; it must allow embedding [default: IPAex Gothic]
help-arg-detached = A signature that does not contain what it signs
help-arg-with-ca = Puts the certificate of the issuing CA into the JWS too
help-arg-xades = Adds signing time and certificate to what is signed (XAdES-B-B)
help-mynacard-verify--filing = moj: also checks the known rules of registry filing; egov: the form of e-Gov applications
help-arg-kind = Which PIN: auth, profile and resident have 4 digits, sign 6 to 16 letters and digits
help-arg-new-pin = Where the new PIN comes from, if not from the same source as the old one
help-arg-with = Which secret opens it, if its length does not decide
help-arg-face-values = Verification number B from what is printed: birth date (550217 or 1980-02-17), year of expiry, security code
help-arg-trust = Trusted authorities; a folder also holds issuers' keys, *.cvkey.toml [default: production]
help-arg-signed = Checks the issuer's signature
help-arg-only = Shows these only
help-arg-secure-messaging = Encrypts what the card sends; needs the profile PIN, which is itself sent unencrypted
help-arg-purpose = Purpose of reading the number
help-arg-law = The name of the law, with other-by-law
help-arg-reveal = Shows the digits
help-mynacard-face--output-dir = Output folder; it is created if it is missing
help-arg-folder = Folder; it is created if it is missing
help-mynacard-verify-cert--file = The certificate; - is standard input
help-arg-png = Now the default
help-arg-original = Writes the portrait as it is on the card (JPEG 2000), which few programs can show
help-arg-show = Draws the pictures, in terminals that can
help-arg-record = Which record
help-arg-over = The age in years
help-arg-no-proof = Reads only: fewer exchanges, no proof
help-arg-name = The resident: a name, or a persona file (with / or .toml)
help-mynacard-sim-new--name = The new name: a to z, 0 to 9 and hyphens, beginning with a letter
help-mynacard-sim-new--count = Number of residents: NAME-1 and so on, each a different person
help-mynacard-sim-new--seed = Text from which every value is derived; the same text gives the same files [default: NAME]
help-mynacard-sim-pki--folder = Folder to create
help-arg-names = The residents
help-mynacard-sim-serve--state = Folder where cards keep counters and changed PINs; none means new cards [default: the user's folder]
help-mynacard-sim-serve--control = New socket for sim ctl --socket
help-mynacard-sim-serve--log = New file that records what programs do with the cards, line by line; with --json as JSON
help-mynacard-sim-run--state = Folder where cards keep counters and changed PINs [default: new cards]
help-mynacard-sim-run--log = New file that records what programs do with the cards, line by line; with --json as JSON
help-mynacard-sim-judge--limit = Seconds that the command may take in each scene [default: 60]
help-mynacard-sim-judge--name = The resident
help-mynacard-sim-ctl--socket = The control socket [default: that of the surrounding sim run]
help-arg-sim-card = The card
help-mynacard-sim-ctl-swap--resident = The other resident
help-arg-fault = Fault
help-mynacard-sim-ctl-fault--at = At this exchange from now, counted from 1
help-arg-instruction = At the first command with this instruction byte (two hexadecimal digits)
help-arg-presenting = At the first command that presents a PIN
help-arg-chance = At each exchange with this probability in percent
help-arg-chance-seed = The same number selects the same exchanges [default: 0]
help-arg-bytes = Number of bytes of the answer that arrive
help-arg-status = Status word (four hexadecimal digits)
help-arg-milliseconds = Delay of the answer in milliseconds
help-arg-quirk = The quirk
help-arg-keys = Keys pressed when the reader asks once
help-arg-quirks = File of quirks, as probe -o writes it, in place of each card's own
help-arg-pinpad = Gives each reader a keypad; its keys are pressed with sim ctl keys
help-mynacard-sim-ctl-quirk--value = Its value
help-mynacard-sim-ctl-counter--which = authentication, signature, profile, profile-number-a, profile-number-b, visual-number-a, visual-number-b, licence
help-arg-left = Attempts left, at most the maximum of the PIN
help-mynacard-sim-ctl-latency--speed = none, contact (10 kbit/s), contactless-106, contactless-424
help-mynacard-sim-ctl-snapshot--output = New file [default: standard output]
help-mynacard-sim-ctl-restore--file = The snapshot
help-arg-command = The command and its arguments
help-arg-port = Port of the reader's first slot [default: 35963]
help-arg-file = The transcript
help-arg-origin = Site, as browsers write it: https://example.org
help-arg-nonce = The service's challenge: 44 to 128 characters of Base64
help-mynacard-login-verify--nonce = The challenge that the token should answer
help-arg-store = Folder in which challenges are kept
help-mynacard-login-challenge--store = Folder in which challenges are kept; it is created for you alone if it is missing
help-mynacard-login-verify--file = Token file; - is standard input
help-arg-identity-key = File with a key of at least 32 bytes for the holder's identity at this service
help-arg-card = A certificate of the card instead: auth or sign
help-arg-at = Time to check for: YYYY-MM-DD or RFC 3339 [default: now]
help-arg-crl = Revocation list, DER or PEM; may be repeated
help-arg-ocsp = Asks this responder about revocation; http only. The responder learns which certificate is checked
help-arg-require-revocation = Exit status 41 if revocation could not be checked
help-arg-signature = Signature outside FILE; FILE.p7s is found automatically
help-arg-certificate = Certificate that is missing in the signature, DER or PEM; may be repeated
help-mynacard-verify--key = Key of the card that must have signed: sign or auth [default: sign]
help-mynacard-verify--files = Signed files, or folders with everything in them; - is standard input
help-mynacard-explain = Shows what is inside a signed file; verifies nothing
help-mynacard-explain--file = Signed file: CMS, PDF, XML, JWS or ASiC; - is standard input
help-mynacard-verify = Verifies a signed file, rule by rule; needs no card
help-mynacard-verify-more =
    Handles CMS (.p7s, .p7m), PDF, XML, JWS, ASiC-E (.asice), and bare signature values with --certificate. Exit status: 0 valid,
    40 invalid, 41 --require-revocation was given and revocation could not be checked. Of several files the worst
    counts: 40, then 2 (a file cannot be read), then 41. A file without a signature in a folder is invalid.
    `mynacard help CODE` explains a reason. --filing moj also checks the known rules of registry filing: only the
    office decides.
help-arg-framing = How messages are separated: headers (Content-Length) or lines [default: headers]
help-arg-sim = Simulated card in place of the readers; may be repeated
help-arg-browser = Browser; may be repeated [default: all three]
help-mynacard-web-eid-install--name = Name that extensions call [default: mynacard.webeid]
help-mynacard-web-eid-uninstall--name = Name that extensions call [default: mynacard.webeid]
help-arg-caller = Added by the browser
help-arg-client = Program; may be repeated [default: all]
help-arg-module = File of the module [default: where it was installed]
help-arg-nss = Further NSS database; may be repeated
help-arg-yes = Writes the lines
help-arg-prove-pss = Makes one PSS signature with the card
help-arg-shell = The shell

usage-value = { $argument } cannot be { $value }
usage-value-missing = { $argument } needs a value
usage-secret = { $argument } takes where a PIN comes from, never the PIN itself
usage-values = possible: { $values }
usage-suggestion = did you mean { $suggestion }?
usage-unknown = there is no { $argument } here
usage-too-many = unexpected argument
usage-unexpected = unexpected argument: { $argument }
usage-format-mixed = the files have different endings: choose one format for all with --format
usage-command = there is no command { $command }
usage-command-missing = a command is missing
usage-alone =
    a command is missing. To begin with:
    {"  "}mynacard status                      what is on the card
    {"  "}mynacard --reader sim:hanako status  the same with a simulated card
    {"  "}mynacard sign FILE                   sign a file
    {"  "}mynacard verify FILE                 verify a signed file
    {"  "}mynacard doctor                      why the card is not found
usage-missing = missing: { $argument }
usage-equals = { $argument } takes its value after =
usage-conflict = { $argument } and { $other } cannot be combined
usage-twice = { $argument } was given twice
usage-number = { $argument } has the wrong number of values
usage-other = the command line cannot be understood
usage-json-format = --json and this --format cannot be combined
usage-remember = --remember and --forget are for the authentication certificate: cert auth
usage-no-ssh = OpenSSH does not know this kind of key
usage-new-pin = the new PIN is missing: give it as a second line, or its source with --new-pin
usage-stdin-twice = standard input can be signed only once
usage-stdin-pin = standard input cannot be both the PIN and what is signed
usage-stdin-alone = standard input is signed alone: its signature goes to standard output
usage-stdin-folder = standard input has no name for a file in a folder: use -o FILE
usage-asic-output = a container for several files needs a name: -o FILE.asice
usage-one-output = -o names one file: for several signatures use --output-dir
usage-same-output = two signatures would have the same name
usage-option-format = { $option } cannot be used with --format { $format }
usage-moj-timestamp = registry filing is said to refuse time stamps: use --pades with --timestamp
usage-egov-shape = --filing egov has a shape of its own: leave out --detached and --xades
usage-visible-field = --visible field needs --field, and --field needs no other place: leave out PAGE,X,Y,W,H
usage-cosign-one = --cosign adds to one signature over one file and cannot be combined with --resume
usage-stdin-name = standard input has no name, and this signature names what it signs
usage-profile-format = --filing moj is for PDF files and --filing egov for kousei.xml, each signed inside
usage-verify-several = --signature and --rules are for one file; --json shows every rule of each
usage-raw-certificate = a bare signature value does not say who signed: name one certificate with --certificate FILE
usage-persona-twice = two of these residents have the same name
usage-no-port = there is no port for so many cards
usage-login-stdin = standard input cannot be both the PIN and what is checked
usage-sim-serve = sim serve does not take { $option }
usage-sim-run = sim run does not take { $option }; options of the command follow --
usage-serve-reader = serve uses every reader; give simulated cards with --sim
usage-parameter = the parameter { $name } is missing or wrong
usage-nonce = this is not a challenge: 44 to 128 characters of Base64 are needed
usage-with = the { $pin } does not open this; possible: --with { $values }
pin-record = secret of this record
shape-lengths = wrong length. Accepted:{ $pins }
usage-face-values = --face-values takes what is printed on the card: birth date (550217 or 1980-02-17), year of expiry (2035), four-digit security code, with commas between
usage-json-show = --json and --show cannot be combined
help-mynacard-doctor = Finds out why the card cannot be used; shows one line to type for each finding
help-mynacard-doctor--root = Examines the system below this folder instead of this one
help-mynacard-doctor-more =
    Presents no PIN and changes nothing. The report holds no personal data and can be shared. Exit status: 0 if
    nothing is in the way, 10 otherwise.
help-mynacard-web-eid-install--sim = Lets browsers use this simulated card: for testing a site
help-mynacard-help = Shows the help of a command, or explains a code
help-arg-topic = Command, code of an error or a refusal such as pin.wrong, or page: errors, refusals
help-status = Exit status: { $status }
usage-topic = there is no command and no code { $topic }
man-exit-status = EXIT STATUS
man-exit-status-text =
    0   done
    1   a bug of this program
    2   usage: the command line, a PIN of wrong shape, a missing consent, a file that cannot be used
    3   the answer is no
    10  no service, no reader, no card, or no single one
    11  not a My Number Card, or it lacks this application, certificate or file
    12  the card was removed, reset, without an answer or without power
    13  another program holds the reader
    14  the card refused a step
    20  the PIN is wrong
    21  the PIN is blocked
    22  only the last attempt is left, and there was no consent to spend it
    30  the data of the card are malformed
    40  does not verify
    41  verifies, but revocation was not checked and that was demanded
    50  cancelled
    The codes behind them: mynacard help errors
man-examples = EXAMPLES
man-files = FILES
man-files-text =
    ~/.local/state/mynacard/handling.jsonl  handlings of a My Number, without the number
    ~/.local/state/mynacard/                counters of simulated cards
    ~/.local/share/mynacard/                simulated residents of one's own
man-environment = ENVIRONMENT
man-environment-text =
    LC_ALL, LC_MESSAGES, LANG       language: Japanese where the first that is set begins with ja
    NO_COLOR, TERM                  no colours where NO_COLOR is set or TERM is dumb
    XDG_STATE_HOME, XDG_DATA_HOME   other places for the files above
    PCSCLITE_CSOCK_NAME             another socket of the smart card service
    A PIN is never taken from the environment.
help-mynacard-guide = Shows what can be done, as a menu; the same as `mynacard` alone at a terminal
