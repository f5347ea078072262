# demo: the main job on a simulated card · test: everything that must pass · check: format, lints, docs
# bench: figures · deps: the Debian packages that the others need (they call it themselves)

.POSIX:
.PHONY: demo test check bench deps

# What building and running needs, and what testing needs on top: foreign clients and judges.
BUILD = gcc libc6-dev libpcsclite-dev pkg-config openssl
TEST = pcscd opensc vsmartcard-vpcd openssh-client python3 python3-jwt python3-cryptography

demo: PACKAGES = $(BUILD)
demo: deps
	cargo build --release --locked -p card-cli
	sh docs/guide/demo.sh

test: PACKAGES = $(BUILD) $(TEST)
test: deps check
	cargo test --workspace --locked

check: PACKAGES = $(BUILD)
check: deps
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

bench: PACKAGES = $(BUILD)
bench: deps
	cargo build --release --locked -p card-cli
	cargo bench --locked -p card-tests
	cargo bench --locked -p card-sign --bench large

# Installs only what is missing, so that it needs root only then.
deps: PACKAGES ?= $(BUILD) $(TEST)
deps:
	@missing=$$(for p in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	    root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	    echo "installing" $$missing; \
	    $$root apt-get update -q && \
	    $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	fi
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || \
	    { echo "rustfmt or clippy is missing: rustup component add rustfmt clippy"; exit 1; }
