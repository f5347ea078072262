# demo: the main job on a simulated card · test: everything that must pass · check: format, lints, docs
# judges: verifiers of Python and JavaScript on our signatures
# dss: EU DSS on our containers, DSS="its class path"
# bench: figures, beside OpenSSL, pdfsig, xmlsec1 and Python's cryptography in the same run, and growth
# instructions: what short runs of the program cost, counted by valgrind
# trixie: the tests of sharing with pcsc-lite 2.x, in a Debian 13 root
# simulated: any client on simulated cards in a Debian 13 root without pcscd, as an ordinary user
# valgrind, endurance: misuse of the PKCS #11 module under valgrind, ten thousand signatures through it
# dialogues: harmless conversations with a real card, READER="part of a name"
# density: figures of the simulator: exchanges per second beside pcscd, starts, a thousand residents
# clients, browsers: LibreOffice, OpenSSL's provider; Firefox, Chromium on the PKCS #11 module
# packages: the Python package on each Python that it is for, the Node package as npm packs it
# window: the pictures of the example window in docs/screens, taken anew on a virtual screen
# logins: fifty thousand logins through the login service of the guide
# install, uninstall: program, manual, completions under PREFIX (/usr/local) · deb: Debian packages
# fresh: all of that, as README says, in new Debian roots
# fuzz: changed files for one reader, TARGET=card|licence|asic|cms|jws|pdf|xml, or calls of the simulated
# card, TARGET=command|control; SECONDS=600
# mutants: changes of the code that no test notices, PART=pin|channel|card|chain|revocation|trust
# deps: the Debian packages of the tests (every target installs what it needs itself)

.POSIX:
.PHONY: demo test build install uninstall deb fresh check judges dss trixie simulated clients browsers valgrind endurance density dialogues packages window logins bench instructions fuzz mutants deps

# What building needs, and what testing needs on top: foreign clients and judges.
BUILD = gcc libc6-dev libpcsclite-dev pkg-config
TEST = openssl pcscd opensc vsmartcard-vpcd openssh-client python3 python3-jwt python3-cryptography \
    binutils poppler-utils qpdf fonts-ipaexfont-gothic xmlsec1 libxml2-utils \
    openssh-server git gnutls-bin libengine-pkcs11-openssl libnss3-tools python3-pykcs11 \
    libp11-kit-dev p11-kit redis-server nodejs python3-pytest python3-setuptools python3-venv \
    python3-wheel python3-pyscard scdaemon gpgsm default-jdk-headless

demo:
	@packaging/needs $(BUILD)
	@packaging/toolchain
	cargo build --release --locked -p card-cli
	sh docs/guide/demo.sh

build:
	@packaging/needs $(BUILD)
	@packaging/toolchain
	cargo build --release --locked -p card-cli -p card-sim $(MODULE)

MODULE = $$(test ! -d card-pkcs11 || echo -p card-pkcs11)
PREFIX = /usr/local
install: build
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/install install

uninstall:
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/install uninstall

deb: build
	@packaging/needs dpkg-dev
	packaging/deb

# As root: the demo, the tests and the packages in bare Debian 12 and 13.
RELEASES = bookworm trixie
ROUTES = demo deb test
fresh:
	@packaging/needs debootstrap git
	for release in $(RELEASES); do packaging/fresh $$release $(ROUTES) || exit 1; done

# Every failure is told, not only those of the first binary that has one.
test: deps check
	cargo test --workspace --locked --no-fail-fast

check:
	@packaging/needs $(BUILD)
	@packaging/toolchain rustfmt clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

# Judges that are no Debian packages, in a folder of their own, and some that are.
judges:
	@packaging/needs $(BUILD) $(TEST) libbcpkix-java botan strongswan-pki
	@packaging/toolchain
	@command -v npm >/dev/null || packaging/needs npm
	packaging/judges target/judges
	PYHANKO=$$PWD/target/judges/bin/pyhanko cargo test --locked -p card-sign --test all \
	    pyhanko -- --ignored
	JUDGES=$$PWD/target/judges cargo test --locked -p card-sign --test all \
	    verifiers::of_python_and_javascript -- --ignored

# EU DSS (Digital Signature Services) is in Maven Central only, so DSS is a class path that is there:
# dss-asic-cades, dss-utils-apache-commons and dss-crl-parser-x509crl 5.12 with what they need, as
# `mvn dependency:build-classpath` writes it.
DSS =
dss:
	@packaging/needs $(BUILD) $(TEST)
	@packaging/toolchain
	@test -n '$(DSS)' || { echo 'DSS must be the class path of EU DSS 5.12' >&2; exit 2; }
	DSS='$(DSS)' cargo test --locked -p card-sign --test all eu_dss -- --ignored

# As root: the tests of sharing, built here, with pcsc-lite 2.x in a Debian 13 root.
trixie:
	@packaging/needs $(BUILD) $(TEST) debootstrap
	@packaging/toolchain
	cargo test --locked -p card-tests --test all --no-run
	cargo test --locked -p card-cli --test cli --no-run
	packaging/trixie

# As root: tests of simulated cards, built here, in a Debian 13 root without pcscd.
simulated:
	@packaging/needs $(BUILD) debootstrap
	@packaging/toolchain
	@command -v npm >/dev/null || packaging/needs npm
	npm install --silent --no-fund --no-audit --ignore-scripts --prefix target/pcsclite-source \
	    @pokusew/pcsclite@0.6.0
	cargo test --locked -p card-cli --test cli --no-run
	PCSCLITE=$$PWD/target/pcsclite-source packaging/simulated

# Misuse of the PKCS #11 module, a card lost at every exchange, and misuse of the client library of
# simulated cards, under valgrind.
valgrind:
	@packaging/needs $(BUILD) $(TEST) valgrind
	@packaging/toolchain
	TEST_LIMIT=1800 UNDER_VALGRIND=1 cargo test --locked -p card-tests --test all pkcs11::abuse
	TEST_LIMIT=1800 UNDER_VALGRIND=1 cargo test --locked -p card-tests --test all pkcs11::misfortune
	UNDER_VALGRIND=1 cargo test --locked -p card-tests --test all sim_pcsc::misuse -- --nocapture

# LibreOffice and OpenSSL's provider on the PKCS #11 module, Node on simulated readers: what `make test`
# leaves out, for the reasons in docs/decisions/0013-test-command.md.
clients:
	@packaging/needs $(BUILD) $(TEST) g++ libreoffice-core-nogui python3-uno
	@packaging/toolchain
	PROVIDER=$$(packaging/provider) && export PROVIDER && cargo test --locked -p card-tests \
	    --test all pkcs11::clients -- --ignored --skip browsers
	@command -v npm >/dev/null || packaging/needs npm
	npm install --silent --no-fund --no-audit --prefix target/pcsclite @pokusew/pcsclite@0.6.0
	PCSCLITE=$$PWD/target/pcsclite cargo test --locked -p card-cli --test cli testing:: -- --ignored

# Firefox ESR and Chromium on a virtual screen: without one they show no prompt.
browsers:
	@packaging/needs $(BUILD) $(TEST) xvfb xdotool firefox-esr chromium
	@packaging/toolchain
	cargo test --locked -p card-tests --test all browsers -- --ignored

# Ten thousand signatures through the PKCS #11 module, cards swapped for a minute, and each call
# timed while another program keeps the card for six seconds; `make test` makes 200, swaps for ten
# seconds and looks at the order only.
endurance:
	@packaging/needs $(BUILD) $(TEST)
	@packaging/toolchain
	HOLDING=6 cargo test --locked -p card-tests --test all \
	    pkcs11::endure::while_another_program -- --nocapture
	TEST_LIMIT=1800 SIGNATURES=10000 cargo test --locked -p card-tests --test all pkcs11::endure::signatures
	SWAPPING=60 cargo test --locked -p card-tests --test all pkcs11::endure::two_cards

# The harmless dialogues of tests/data/dialogues with the card in the reader that READER names.
READER =
dialogues:
	@packaging/needs $(BUILD)
	@packaging/toolchain
	@test -n '$(READER)' || { echo 'READER must be part of the name of a reader' >&2; exit 2; }
	READER='$(READER)' cargo test --locked -p card-tests --test all dialogues::a_real_card -- \
	    --ignored --nocapture

# What simulated cards cost, in release: exchanges a second through the client library, beside pcscd in
# the same run; a start of `sim run`; a thousand residents in one process, every byte counted.
density:
	@packaging/needs $(BUILD) $(TEST)
	@packaging/toolchain
	cargo build --release --locked -p card-cli
	cargo bench --locked -p card-tests --bench simulator

# PYTHONS: names or paths, such as those that pyenv has built.
PYTHONS = python3.9 python3.10 python3.11 python3.12 python3.13
packages:
	@packaging/needs $(BUILD) $(TEST)
	@packaging/toolchain
	@command -v npm >/dev/null || packaging/needs npm
	PYTHONS='$(PYTHONS)' cargo test --locked -p card-cli --test cli clients:: -- --ignored

# The example window is used as a person would, in both languages; fails where a text is missing.
window:
	@packaging/needs $(BUILD) python3-tk xvfb fonts-ipaexfont-gothic
	@packaging/toolchain
	cargo build --locked -p card-cli -p card-sim-pcsc
	MYNACARD=$$PWD/target/debug/mynacard docs/screens/window

# Fifty thousand logins through three processes of the login service, beside OpenSSL's RSA.
logins:
	@packaging/needs $(BUILD) $(TEST)
	@packaging/toolchain
	LOGINS=50000 DOUBLES=10000 cargo test --release --locked -p login-service -- --nocapture
	openssl speed -seconds 3 rsa2048

bench:
	@packaging/needs $(BUILD) fonts-ipaexfont-gothic openssl poppler-utils xmlsec1 python3 python3-cryptography
	@packaging/toolchain
	cargo build --release --locked -p card-cli
	packaging/peers
	packaging/growth
	cargo bench --locked -p card-tests --bench figures
	cargo bench --locked -p card-sign --bench large

instructions:
	@packaging/needs $(BUILD) valgrind
	@packaging/toolchain
	cargo build --release --locked -p card-cli
	packaging/instructions

# Coverage-guided without nightly: the flags that a sanitizer's build would set. ONE=FILE runs one
# finding again.
TARGET = xml
SECONDS = 600
ONE =
COVERAGE = --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1
fuzz:
	@packaging/needs $(BUILD) g++
	@packaging/toolchain
	mkdir -p fuzz/corpus/$(TARGET) fuzz/seeds/$(TARGET) fuzz/artifacts
	@cd fuzz && if [ -n '$(ONE)' ]; then set -- '../$(ONE)'; else \
	    set -- -max_total_time=$(SECONDS) corpus/$(TARGET) seeds/$(TARGET); \
	    case $(TARGET) in card|licence|asic|command|control) ;; *) set -- "$$@" ../card-sign/tests/samples ;; esac; \
	fi && if [ -f $(TARGET).dict ]; then set -- -dict=$(TARGET).dict "$$@"; fi && \
	RUSTFLAGS='$(COVERAGE)' cargo run --release --locked --bin $(TARGET) \
	    --target "$$(rustc -vV | sed -n 's/^host: //p')" -- \
	    -rss_limit_mb=2048 -timeout=20 -artifact_prefix=artifacts/$(TARGET)- "$$@"

# Hours for the larger parts; OPTIONS='--shard 0/8' takes an eighth of the changes. Fails if a change is
# noticed by no test and not explained in .cargo/mutants.toml.
PART = pin
OPTIONS =
mutants:
	@packaging/needs $(BUILD) $(TEST)
	@packaging/toolchain
	packaging/mutants $(PART) $(OPTIONS)

# What testing needs, without the tests.
deps:
	@packaging/needs $(BUILD) $(TEST)
	@packaging/toolchain
