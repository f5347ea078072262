//! Restrictions by signers: certifications and locks (DocMDP, FieldMDP).

use super::document::Document;
use super::object::{Dictionary, Object};
use super::rules::reason;
use crate::report::Reason;

/// What a signer forbids for later.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Terms {
    /// The level of a certification (DocMDP, 12.8.2.2): 1 nothing, 2 forms, 3 annotations too.
    pub(super) certified: Option<i64>,
    /// Whether form values may change: only the first signer, who certifies, can allow that. A
    /// level in another signature forbids, and allows nothing.
    pub(super) opened: bool,
    /// Fields that must stay as they are (FieldMDP, 12.8.2.4).
    pub(super) locks: Vec<Lock>,
}

impl Terms {
    /// What both forbid together.
    pub(super) fn and(mut self, other: Terms) -> Terms {
        self.certified = match (self.certified, other.certified) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.opened |= other.opened;
        self.locks.extend(other.locks);
        self
    }
}

impl Terms {
    /// How many names there are in all locks.
    pub(super) fn names(&self) -> usize {
        let names = |lock: &Lock| match lock {
            Lock::All => 1,
            Lock::Include(names) | Lock::Exclude(names) => names.len(),
        };
        self.locks.iter().map(names).sum()
    }
}

/// Which fields are locked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lock {
    All,
    Include(Vec<String>),
    Exclude(Vec<String>),
}

impl Lock {
    /// Whether a field of this name is locked; a name stands for what is below it too.
    pub(super) fn holds(&self, name: &str) -> bool {
        let among = |names: &[String]| {
            names.iter().any(|one| {
                let below = name.strip_prefix(one.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Lock::All => true,
            Lock::Include(names) => among(names),
            Lock::Exclude(names) => !among(names),
        }
    }
}

impl Document<'_> {
    /// What a signature dictionary forbids.
    pub(super) fn terms(&self, signature: &Dictionary) -> Result<Terms, Reason> {
        let mut terms = Terms::default();
        let references = match self.view.value(signature, b"Reference")? {
            Object::Null => return Ok(terms),
            Object::Array(references) => references,
            _ => return Err(reason::PERMISSIONS),
        };
        for reference in &references {
            let Object::Dictionary(reference) = self.view.resolve(reference)? else {
                return Err(reason::PERMISSIONS);
            };
            let parameters = match self.view.value(&reference, b"TransformParams")? {
                Object::Dictionary(parameters) => parameters,
                Object::Null => Dictionary::default(),
                _ => return Err(reason::PERMISSIONS),
            };
            let level = match self.view.value(&parameters, b"P")? {
                Object::Null => None,
                Object::Integer(level @ 1..=3) => Some(level),
                _ => return Err(reason::PERMISSIONS),
            };
            match self.view.value(&reference, b"TransformMethod")? {
                Object::Name(method) if method == b"DocMDP" => {
                    // The default level is 2 (table 254).
                    terms.certified = Some(level.unwrap_or(2));
                }
                Object::Name(method) if method == b"FieldMDP" => {
                    terms.locks.push(self.lock(&parameters)?);
                }
                // Others say nothing about changes, or are not for documents (UR).
                Object::Name(_) => {}
                _ => return Err(reason::PERMISSIONS),
            }
        }
        Ok(terms)
    }

    /// The lock in FieldMDP parameters, or in the `/Lock` of a field: they are written alike.
    pub(super) fn lock(&self, parameters: &Dictionary) -> Result<Lock, Reason> {
        let names = || match self.view.value(parameters, b"Fields")? {
            Object::Array(names) => {
                let name = |name| {
                    self.view
                        .resolve(name)?
                        .as_text()
                        .ok_or(reason::PERMISSIONS)
                };
                names.iter().map(name).collect()
            }
            _ => Err(reason::PERMISSIONS),
        };
        match self.view.value(parameters, b"Action")? {
            Object::Name(action) if action == b"All" => Ok(Lock::All),
            Object::Name(action) if action == b"Include" => names().map(Lock::Include),
            Object::Name(action) if action == b"Exclude" => names().map(Lock::Exclude),
            _ => Err(reason::PERMISSIONS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_hold_what_is_below_a_name() {
        let lock = Lock::Include(vec!["a.b".into()]);
        assert!(
            lock.holds("a.b") && lock.holds("a.b.c") && !lock.holds("a.bc") && !lock.holds("a")
        );
        assert!(!Lock::Exclude(vec!["a".into()]).holds("a.b") && Lock::All.holds("x"));
    }
}
