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
    No PIN is ever taken from the command line or the environment, and the last attempt of a PIN is
    never spent without a consent of its own.
    Without a card: mynacard --reader sim:hanako status
help-mynacard-readers = Lists readers, what is in them, and the simulated residents
help-mynacard-status = Shows the kind of card, its applications and certificates, and the attempts left; asks for no PIN
help-mynacard-cert = Shows or saves a certificate of the card
help-mynacard-cert-more =
    auth     authentication certificate: holds no name; free to read on a card, behind its PIN on a phone
    sign     signature certificate: holds name, address, birth date and sex; behind its password
    auth-ca, sign-ca   the certificates of their issuers; free to read
help-mynacard-sign = Signs files with a key of the card, many with one PIN
help-mynacard-sign-more =
    cms is a file of its own beside the signed one (.p7s), cms-attached has it inside (.p7m); pdf and xml sign
    inside a copy (.signed.pdf, .signed.xml), jws is a token (.jws). All of them carry the signer's certificate:
    name, address, birth date and sex, which is asked about first. raw is the bare signature value (.sig).
    What carries the certificate is readable by you alone, whatever the mode of the original. With - and no -o the signature goes to standard output and the report to standard error.
help-mynacard-profile = Reads name, address, birth date and sex as text
help-mynacard-profile-more =
    Opened by the profile PIN (4 digits) or by verification number B (14 digits). With --signed the issuer's
    signature is checked; if it does not hold, the exit status is 40.
help-mynacard-number = Reads the My Number for a purpose; shows stars unless --reveal
help-mynacard-number-more =
    The law lists what a My Number may be read for. A line about each reading is kept, without the number, in
    $XDG_STATE_HOME/mynacard/handling.jsonl. Opened by the profile PIN (4 digits), or by the number itself.
help-mynacard-face = Reads portrait, name, address and security code as pictures
help-mynacard-face-more =
    Opened by verification number B (14 digits) or A (12 digits). Writes portrait.png, name.png, address.png,
    security-code.png and face.txt, each readable by you alone. Expiry and security code are not signed.
help-mynacard-genuine = Checks whether the data are the issuer's and the card is here; shows none of them
help-mynacard-genuine-more =
    profile  attributes as text: profile PIN or verification number B; number as text: number A
    face     the card face: verification number B or A
    age      the age record: birth date as printed, six digits
    number   the picture of the My Number: verification number A
    Exit status 0 only if every check holds. What is not proven even then is said.
help-mynacard-age = Answers whether the holder has an age, from the smallest record that does
help-mynacard-age-more =
    Opened by the birth date as printed (6 digits), which reads nothing else; or by the profile PIN (4), or
    verification number B (14) or A (12). Exit status: 0 yes, 3 no or not known, 40 the proof failed and there
    is no answer. With --no-proof the record is only read.
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
    The token is for this origin and this nonce only. login challenge and login verify are the
    service's side, for those who build one.
help-mynacard-login-challenge = Makes a challenge for a login and remembers it for five minutes
help-mynacard-login-verify = Checks a token, rule by rule; a failed attempt burns the nonce too
help-mynacard-login-verify-more =
    Without --store nothing is remembered, and a token can be replayed. The holder's identity at this
    service is a keyed hash; the key lies in the folder of --store or comes by --identity-key.
help-mynacard-verify-cert = Checks a certificate, rule by rule
help-mynacard-verify-cert-more =
    Exit status 40: not to be believed. Revocation is checked only with what --crl and --ocsp give.
help-mynacard-serve = Serves desktop programs: JSON-RPC 2.0 over standard input and output
help-mynacard-serve-more =
    Each PIN is asked for by the program that started this one. The end of standard input ends it; the
    cards have forgotten then. The last attempt of a PIN is never spent here.
help-mynacard-web-eid = Lets the public Web eID browser extension use the card; the browser starts it
help-mynacard-web-eid-more =
    PIN and consent are asked for by pinentry. Nothing is kept between requests, so a site that signs
    asks for the password twice: for the certificate and for the signature.
help-mynacard-web-eid-install = Tells browsers where the host is
help-mynacard-web-eid-install-more =
    The public extension calls eu.webeid, the name of its own program: --as eu.webeid takes that name,
    and never writes over a foreign file. With --reader the host uses that reader.
help-mynacard-web-eid-uninstall = Removes what install wrote
help-mynacard-pkcs11 = Registers the PKCS #11 module with programs of this user
help-mynacard-pkcs11-install = Shows the lines that each program needs, and writes them with --yes
help-mynacard-pkcs11-install-more =
    Writes nothing without --yes. NSS is for Firefox and Chromium. OpenSSL and Java get files of their own,
    named on their command lines. LibreOffice sees the signature key only.
help-mynacard-pkcs11-uninstall = Removes what install wrote
help-mynacard-pkcs11-status = Shows which programs know the module
help-mynacard-pkcs11-status-more =
    With --prove-pss the card makes one PSS signature, which TLS 1.3 needs. That asks for the PIN once. The
    module reads the result at its next start.
help-mynacard-probe = Takes a census of the card for the simulator: presents no PIN, shows nothing about its holder
help-mynacard-probe-more =
    About 400 commands: SELECT, READ, GET DATA and the question for a counter. What it prints are status words.
    A persona file of the simulator uses the file of -o with quirks-from.
help-mynacard-probe--output = A file for the census, which the simulator reads
help-mynacard-sim = Made-up residents for those who have no card
help-mynacard-sim-list = Lists the residents
help-mynacard-sim-show = Shows a resident and the published PINs
help-mynacard-sim-judge = Runs a command on a new card in several scenes, and tells what it costs the card
help-mynacard-sim-judge-more =
    The command presents the published PIN of the resident, or none. Scenes: nothing is wrong; the card has other
    PINs; the same with one attempt left; the card is taken out in the middle; another program resets it in the
    middle; the card takes no extended lengths. Exit status 3: the command does what it should not do.
help-mynacard-sim-ctl = Moves cards and lets things go wrong while programs use them
help-mynacard-sim-ctl-more =
    A card is named by its resident, or by the number of its reader from 0. Inside the command of sim run the
    cards are found by themselves: mynacard sim run hanako -- sh -c 'my-client & mynacard sim ctl remove hanako'.
help-mynacard-sim-ctl-cards = Lists the cards, what they cost so far, and attempts left
help-mynacard-sim-ctl-insert = Puts a card into its reader
help-mynacard-sim-ctl-remove = Takes a card out of its reader
help-mynacard-sim-ctl-reset = Resets a card, as another program does
help-mynacard-sim-ctl-swap = Exchanges a card for that of another resident, as issued
help-mynacard-sim-ctl-fault = Lets something go wrong once, at the next exchange, or by chance until clear
help-mynacard-sim-ctl-fault-more =
    FAULT: remove, remove-after, reader-gone, reset, power-loss, lose-command, lose-answer, cut (--bytes),
    status (--status), delay (--milliseconds).
help-mynacard-sim-ctl-clear = Drops the faults that have not happened
help-mynacard-sim-ctl-quirk = Gives a quirk a value (docs/card/quirks.md); the card loses its power for a moment
help-mynacard-sim-ctl-keys = Presses keys of a reader with a keypad (sim run --pinpad)
help-mynacard-sim-ctl-keys-more =
    DIGITS end with the key OK. Keys are kept until the reader asks for a PIN; it asks twice for a new one.
help-mynacard-sim-ctl-counter = Sets the attempts left of a PIN
help-mynacard-sim-ctl-latency = Answers as slowly as a real card
help-mynacard-sim-ctl-snapshot = Writes what a card remembers
help-mynacard-sim-ctl-restore = Makes a card remember what a snapshot says
help-mynacard-sim-ctl-log = Follows what programs do with the cards, line by line; with --json as JSON
help-mynacard-sim-run = Runs a command whose readers hold the cards of residents, without any service
help-mynacard-sim-run-more =
    For example: mynacard sim run hanako taro -- opensc-tool --list-readers. The cards are new at each run,
    unless --state names a folder. The exit status is that of the command. Java looks for the library by its
    path: java -Dsun.security.smartcardio.library=$LIBPCSCLITE_DELEGATE …
help-mynacard-sim-serve = Serves cards of residents to the virtual reader vpcd, for every program on this computer
help-mynacard-sim-serve-more =
    Each card takes one slot: the first listens at --port, each further one at the next port. Lines on
    standard input: insert NAME, remove NAME, reset, quit. Ctrl-C ends it too.
help-mynacard-sim-reset = Makes counters and PINs of a resident's card as they were issued
help-mynacard-sim-new = Writes a commented file for a resident of your own
help-mynacard-sim-pki = Writes the simulator's roots and certificates that break one rule each, for tests of verifiers
help-mynacard-sim-pki-more =
    DIR serves as --trust DIR: roots, and issuer keys of card-verifiable certificates. DIR/list.json says
    what each case breaks and what to expect; keys/ holds the published test keys, to issue more.
help-mynacard-trace = Transcripts of conversations with a card
help-mynacard-trace-show = Explains a transcript that was written with --trace
help-mynacard-completions = Writes completions for a shell
help-mynacard-man = Writes the manual page

help-arg-reader = The reader: part of its name, its number in the list, or sim: and the name or file of a simulated resident
help-arg-json = Writes one JSON document
help-arg-lang = The language; otherwise that of the environment
help-arg-wait = Waits for a reader, a card and the end of another program's transaction, at most so many seconds if a number is given (without a terminal, a transaction is waited for at most 30 seconds)
help-arg-no-pinpad = Asks for PINs here although the reader has a keypad
help-arg-pin = Where a PIN comes from; sim is what is published of a simulated resident [default: prompt]
help-arg-trace = Writes the conversation with the card into a new file; holds no PIN and no personal data
help-arg-verbose = Says what the conversation with the card cost
help-arg-help = Shows this help
help-arg-version = Shows the version
help-arg-spend-last-attempt = Agrees to spend the last attempt of a PIN: if it is wrong, only a municipal office can help
help-arg-which = Which certificate
help-arg-format = In which form
help-mynacard-sign--chosen = The form of the signature [default: by the ending: pdf for .pdf, xml for .xml, else cms, a separate .p7s]
help-arg-rules = Shows every rule
help-mynacard-cert--format = In which form [default: text on the screen, pem in a file]
help-arg-output = Where to write to; - is standard output
help-arg-output-dir = The folder to write into
help-arg-force = Writes over a file that is there
help-arg-files = The files to sign; - is standard input
help-arg-key = Which key signs [default: sign]
help-arg-check = Reads the certificate first and checks each signature against it; needed for cards with other keys than RSA-2048
help-arg-resume = Leaves out files whose signature is there already and verifies over the same bytes
help-arg-consent-disclosure = Agrees that name, address, birth date and sex go into the signed file
help-arg-timestamp = Asks this authority for a time stamp (RFC 3161); http only. It learns a digest, nothing else
help-arg-timestamp-trust = Accepts a time stamp only if it proves its time under these roots, as `verify --trust` would
help-arg-cosign = Adds a signature to those in this file
help-arg-pdf-profile = Now --filing moj or --pades
help-mynacard-sign--filing = The office that receives it: moj for a PDF of registry filing [default for PDF], egov for XML of e-Gov applications, a shape that the receiver has not confirmed; signs kousei.xml and the other XML files of its folder
help-arg-pades = A PAdES signature in a PDF, in place of the form of registry filing
help-arg-field = Signs in this empty signature field of the PDF file; what it locks is locked, and what it demands is fulfilled or refused
help-arg-visible = Shows the signature on a page, in points from the lower left corner; or field: in the box of the field
help-arg-font = A TrueType font for it that may be embedded [default: IPAex Gothic]
help-arg-detached = A signature that does not hold what it signs
help-arg-with-ca = Puts the certificate of the issuing CA into the JWS too
help-arg-xades = Adds signing time and certificate to what is signed (XAdES-B-B)
help-mynacard-verify--filing = moj: also the known rules of registry filing; egov: the shape of e-Gov applications
help-arg-kind = Which PIN: auth, profile and resident have 4 digits, sign 6 to 16 letters and digits
help-arg-new-pin = Where the new PIN comes from, if from another place than the old one
help-arg-with = Which secret opens it, where its length does not tell
help-arg-face-values = Verification number B from what is printed: birth date (550217 or 1980-02-17), year of expiry, security code
help-arg-trust = The trusted authorities; a folder holds issuers' keys, *.cvkey.toml [default: production]
help-arg-signed = Checks the issuer's signature
help-arg-only = Shows these only
help-arg-secure-messaging = Lets what is read travel encrypted; needs the profile PIN, which travels in the clear
help-arg-purpose = What the number is read for
help-arg-law = The name of the law, with other-by-law
help-arg-reveal = Shows the digits
help-mynacard-face--output-dir = The folder to write into; it is made if it is missing
help-arg-folder = The folder; it is made if it is missing
help-mynacard-verify-cert--file = The certificate; - is standard input
help-arg-png = Now the rule
help-arg-original = Writes the portrait as the card has it (JPEG 2000), which few programs show
help-arg-show = Draws the pictures in terminals that can
help-arg-record = Which record
help-arg-over = The age in years
help-arg-no-proof = Reads only: fewer exchanges, no proof
help-arg-name = The resident: a name, or a persona file (with / or .toml)
help-mynacard-sim-new--name = The new name: a to z, 0 to 9 and hyphens, beginning with a letter
help-mynacard-sim-new--count = So many residents, NAME-1 and so on, each another person
help-mynacard-sim-new--seed = What everything about them is derived from; the same text gives the same files [default: NAME]
help-mynacard-sim-pki--folder = The folder to make
help-arg-names = The residents
help-mynacard-sim-serve--state = The folder where cards keep counters and changed PINs, or none for new cards [default: the user's]
help-mynacard-sim-serve--control = A new socket for sim ctl --socket
help-mynacard-sim-serve--log = A new file for what programs do with the cards, line by line; with --json as JSON
help-mynacard-sim-run--state = The folder where cards keep counters and changed PINs [default: new cards]
help-mynacard-sim-run--log = A new file for what programs do with the cards, line by line; with --json as JSON
help-mynacard-sim-judge--limit = How long the command may take in each scene [default: 60]
help-mynacard-sim-judge--name = The resident
help-mynacard-sim-ctl--socket = The control socket [default: that of the surrounding sim run]
help-arg-sim-card = The card
help-mynacard-sim-ctl-swap--resident = The other resident
help-arg-fault = What goes wrong
help-mynacard-sim-ctl-fault--at = At this exchange from now, counted from 1
help-arg-instruction = At the first command with this instruction byte, two hexadecimal digits
help-arg-presenting = At the first command that presents a PIN
help-arg-chance = At each exchange with this chance in percent
help-arg-chance-seed = The same number draws the same exchanges [default: 0]
help-arg-bytes = How many bytes of the answer arrive
help-arg-status = The status word, four hexadecimal digits
help-arg-milliseconds = How much later the answer comes
help-arg-quirk = The quirk
help-arg-keys = What is pressed when the reader asks once
help-arg-quirks = A profile of quirks, as probe -o writes it, in place of each card's own
help-arg-pinpad = Gives each reader a keypad of its own; keys are pressed with sim ctl keys
help-mynacard-sim-ctl-quirk--value = Its value
help-mynacard-sim-ctl-counter--which = authentication, signature, profile, profile-number-a, profile-number-b, visual-number-a, visual-number-b, licence
help-arg-left = Attempts left, at most the maximum of the PIN
help-mynacard-sim-ctl-latency--speed = none, contact (10 kbit/s), contactless-106, contactless-424
help-mynacard-sim-ctl-snapshot--output = A new file [default: standard output]
help-mynacard-sim-ctl-restore--file = The snapshot
help-mynacard-sim-run--command = The command and its arguments
help-arg-port = Where the reader's first slot listens [default: 35963]
help-arg-file = The transcript
help-arg-origin = The site, as browsers write it: https://example.org
help-arg-nonce = The service's challenge, 44 to 128 characters of Base64
help-mynacard-login-verify--nonce = The challenge that the token should answer
help-arg-store = The folder that remembers challenges
help-mynacard-login-challenge--store = The folder that remembers challenges; made if it is not there, for you only
help-mynacard-login-verify--file = The token; - is standard input
help-arg-identity-key = A file with a key of at least 32 bytes for the holder's identity at this service
help-arg-card = A certificate of the card instead: auth or sign
help-arg-at = The moment to judge for: YYYY-MM-DD or RFC 3339 [default: now]
help-arg-crl = A revocation list, DER or PEM; may stand several times
help-arg-ocsp = Asks this responder about revocation; http only. It learns whose certificate is checked
help-arg-require-revocation = Exit status 41 if nobody could tell whether the certificate was revoked
help-arg-signature = The signature over FILE, where it is not inside; FILE.p7s is found by itself
help-arg-certificate = A certificate that the signature lacks, DER or PEM; may stand several times
help-mynacard-verify--key = The key of the card that has to have signed: sign or auth [default: sign]
help-mynacard-verify--files = The signed file, several, or folders with everything in them; - is standard input
help-mynacard-explain = Shows what stands in a signed file; verifies nothing
help-mynacard-explain--file = The signed file: CMS, PDF, XML or JWS; - is standard input
help-mynacard-verify = Checks a signed file, rule by rule; needs no card
help-mynacard-verify-more =
    Knows CMS (.p7s, .p7m), PDF, XML, JWS, and bare values with --certificate. Exit status: 0 valid, 40
    invalid, 41 revocation was not checked and --require-revocation demanded it; of several files the worst:
    40, then 2 (one cannot be read), then 41. In a folder a file without a signature is refused. `mynacard help CODE`
    explains a reason. --filing moj also holds the known rules of registry filing: only the office decides.
help-arg-framing = How messages are set apart: headers (Content-Length) or lines [default: headers]
help-arg-sim = A simulated card instead of the readers; may stand several times
help-arg-browser = For which browser; may stand several times [default: all three]
help-mynacard-web-eid-install--name = The name that extensions call [default: mynacard.webeid]
help-mynacard-web-eid-uninstall--name = The name that extensions call [default: mynacard.webeid]
help-arg-caller = What the browser adds
help-arg-client = For which program; may stand several times [default: all]
help-arg-module = The file of the module [default: where it was installed]
help-arg-nss = A further NSS database; may stand several times
help-arg-yes = Writes the lines
help-arg-prove-pss = Asks the card for one PSS signature
help-arg-shell = The shell

usage-value = { $value } is not a value of { $argument }
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
usage-missing = missing: { $argument }
usage-equals = the value of { $argument } stands behind =
usage-conflict = { $argument } and { $other } exclude each other
usage-twice = { $argument } stands there twice
usage-number = { $argument } has the wrong number of values
usage-other = the command line is not understood
usage-json-format = --json and this --format exclude each other
usage-no-ssh = OpenSSH does not know this kind of key
usage-new-pin = the new PIN is missing: give it as a second line, or its source with --new-pin
usage-stdin-twice = standard input can be signed only once
usage-stdin-pin = standard input cannot be both the PIN and what is signed
usage-stdin-alone = standard input is signed alone: its signature goes to standard output
usage-stdin-folder = standard input has no name for a file in a folder: use -o FILE
usage-one-output = -o names one file: for several signatures use --output-dir
usage-same-output = two signatures would have the same name
usage-option-format = { $option } does not belong to --format { $format }
usage-moj-timestamp = registry filing is said to refuse time stamps: use --pades with --timestamp
usage-egov-shape = --filing egov has a shape of its own: leave out --detached and --xades
usage-visible-field = --visible field needs --field, and --field needs no other place: leave out PAGE,X,Y,W,H
usage-cosign-one = --cosign adds to one signature over one file, and is not resumed
usage-stdin-name = standard input has no name, and this signature names what it signs
usage-profile-format = --filing moj is for PDF files and --filing egov for kousei.xml, each signed inside
usage-verify-several = --signature and --rules are for one file; --json shows every rule of each
usage-raw-certificate = a bare signature value says nothing about who signed: give one certificate with --certificate FILE
usage-persona-twice = two of these residents have the same name
usage-no-port = there is no port for so many cards
usage-login-stdin = standard input cannot be both the PIN and what is checked
usage-sim-serve = sim serve does not take { $option }
usage-sim-run = sim run does not take { $option }; options of the command follow --
usage-serve-reader = serve uses every reader; give simulated cards with --sim
usage-parameter = the parameter { $name } is missing or wrong
usage-nonce = this is no nonce: 44 to 128 characters of Base64 are needed
usage-with = the { $pin } does not open this; possible: --with { $values }
usage-length = this is as long as none of these, which open it:{ $pins }
usage-face-values = --face-values takes what is printed on the card: birth date (550217 or 1980-02-17), year of expiry (2035), four-digit security code, with commas between
usage-json-show = --json and --show exclude each other
help-mynacard-doctor = Finds out why the card cannot be used, with one line to type for each finding
help-mynacard-doctor--root = Looks at the system below this folder instead of this one
help-mynacard-doctor-more = Presents no PIN and changes nothing. The report holds no personal data and may be shared.
    Exit status: 0 if nothing is in the way, 10 otherwise.
help-mynacard-web-eid-install--sim = Lets browsers use this simulated card: for testing a site
help-mynacard-help = Shows the help of a command, or explains a code
help-arg-topic = A command, a code of an error or a refusal such as pin.wrong, or a page: errors, refusals
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
    22  only the last attempt is left, and nobody agreed to spend it
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
