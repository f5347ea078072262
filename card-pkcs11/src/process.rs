//! The module of this process: initialised or not, and not that of the parent after a fork.
//!
//! A child of `fork` inherits the memory of its parent, locks that other threads held included. So
//! each process has a [`Holder`] of its own, found by its process id before anything is locked,
//! and what belongs to the parent is neither used nor dropped: dropping it would speak on the
//! parent's connection.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use cryptoki_sys::{CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_CRYPTOKI_NOT_INITIALIZED};

use crate::module::Module;
use crate::refused::Refused;
use crate::types::{Outcome, lock};

struct Holder {
    /// The process; 0 while unclaimed.
    process: AtomicU32,
    module: Mutex<Option<Arc<Module>>>,
    /// Lives as long as the process, also over C_Finalize.
    refused: OnceLock<Arc<Mutex<Refused>>>,
    /// Of a child, a grandchild and so on.
    next: OnceLock<Box<Holder>>,
}

impl Holder {
    const fn new() -> Self {
        Self {
            process: AtomicU32::new(0),
            module: Mutex::new(None),
            refused: OnceLock::new(),
            next: OnceLock::new(),
        }
    }
}

static FIRST: Holder = Holder::new();

/// The module, if this very process has initialised it.
pub(crate) fn module() -> Outcome<Arc<Module>> {
    let holder = existing().ok_or(CKR_CRYPTOKI_NOT_INITIALIZED)?;
    let module = lock(&holder.module).clone();
    module.ok_or(CKR_CRYPTOKI_NOT_INITIALIZED)
}

/// C_Initialize.
pub(crate) fn initialize() -> Outcome<()> {
    // The standard library is linked into this one: its hook is ours alone, and a message on
    // standard error would be read by ssh and git.
    std::panic::set_hook(Box::new(|_| {}));
    let holder = claimed();
    let mut module = lock(&holder.module);
    if module.is_some() {
        return Err(CKR_CRYPTOKI_ALREADY_INITIALIZED);
    }
    let refused = holder.refused.get_or_init(Arc::default);
    *module = Some(Arc::new(Module::new(Arc::clone(refused))));
    Ok(())
}

/// C_Finalize: stops what is going on and forgets every login.
pub(crate) fn finalize() -> Outcome<()> {
    let holder = existing().ok_or(CKR_CRYPTOKI_NOT_INITIALIZED)?;
    let module = lock(&holder.module).take();
    module.ok_or(CKR_CRYPTOKI_NOT_INITIALIZED)?.stop();
    Ok(())
}

fn existing() -> Option<&'static Holder> {
    let me = std::process::id();
    let mut holder = &FIRST;
    loop {
        if holder.process.load(Ordering::SeqCst) == me {
            return Some(holder);
        }
        holder = holder.next.get()?;
    }
}

fn claimed() -> &'static Holder {
    let me = std::process::id();
    let mut holder = &FIRST;
    loop {
        let claim = holder
            .process
            .compare_exchange(0, me, Ordering::SeqCst, Ordering::SeqCst);
        if claim.is_ok() || claim == Err(me) {
            return holder;
        }
        holder = holder.next.get_or_init(|| Box::new(Holder::new()));
    }
}
