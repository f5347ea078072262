//! Gives the library the soname of pcsc-lite, so that programs which need that find this.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libpcsclite.so.1");
}
