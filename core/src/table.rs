//! Values by number.

use crate::looks::List;

/// In the order of the numbers: a lookup is a binary search.
#[derive(Debug)]
pub(crate) struct Table<T>(List<(u32, T)>);

impl<T> Table<T> {
    pub(crate) fn new() -> Self {
        Self(List::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline(never)]
    fn place(&self, number: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |entry| entry.0)
    }

    pub(crate) fn has(&self, number: u32) -> bool {
        self.place(number).is_ok()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        let at = self.place(number).ok()?;
        self.0.get(at).map(|entry| &entry.1)
    }

    #[inline(never)]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let at = self.place(number).ok()?;
        self.0.get_mut(at).map(|entry| &mut entry.1)
    }

    /// Under a number that is not there yet.
    pub(crate) fn insert(&mut self, number: u32, value: T) {
        if let Err(at) = self.place(number) {
            self.0.insert(at, (number, value));
        }
    }

    /// The value of that number, a default one where there is none.
    #[inline(never)]
    pub(crate) fn entry(&mut self, number: u32) -> &mut T
    where
        T: Default,
    {
        let at = match self.place(number) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (number, T::default()));
                at
            }
        };
        &mut self.0[at].1
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let at = self.place(number).ok()?;
        Some(self.0.remove(at).1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(u32, T)> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut (u32, T)> {
        self.0.iter_mut()
    }
}
