//! Names, and a number for each: one set of functions for every table that goes by name.

use std::rc::Rc;

use crate::looks::List;

#[derive(Debug)]
pub(crate) struct Names(List<(Rc<str>, u32)>);

impl Names {
    pub(crate) fn new() -> Self {
        Self(List::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(never)]
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|entry| (*entry.0).cmp(name))
    }

    #[inline(never)]
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let at = self.place(name).ok()?;
        self.0.get(at).map(|entry| entry.1)
    }

    #[inline(never)]
    pub(crate) fn insert(&mut self, name: Rc<str>, number: u32) {
        match self.place(&name) {
            Ok(at) => self.0[at].1 = number,
            Err(at) => self.0.insert(at, (name, number)),
        }
    }

    #[inline(never)]
    pub(crate) fn remove(&mut self, name: &str) -> Option<u32> {
        let at = self.place(name).ok()?;
        Some(self.0.remove(at).1)
    }

    /// In the order of the names.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|entry| entry.1)
    }
}
