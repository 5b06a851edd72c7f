//! Names, and a number for each: one set of functions for every table that goes by name.

use std::rc::Rc;

use litemap::LiteMap;

#[derive(Debug)]
pub(crate) struct Names(LiteMap<Rc<str>, u32>);

impl Names {
    pub(crate) fn new() -> Self {
        Self(LiteMap::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(never)]
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }

    #[inline(never)]
    pub(crate) fn insert(&mut self, name: Rc<str>, number: u32) {
        self.0.insert(name, number);
    }

    #[inline(never)]
    pub(crate) fn remove(&mut self, name: &str) -> Option<u32> {
        self.0.remove(name)
    }

    /// In the order of the names.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.values().copied()
    }
}
