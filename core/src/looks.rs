//! A vector whose entries are counted as they are looked at: `core/tests/cost.rs` asks how many an event takes. What ships has a
//! `Vec` in its place.

#[cfg(not(debug_assertions))]
pub(crate) type List<T> = Vec<T>;

#[cfg(debug_assertions)]
pub(crate) use counted::List;
#[cfg(debug_assertions)]
pub use counted::looked;

#[cfg(debug_assertions)]
mod counted {
    use std::cell::Cell;
    use std::iter::Inspect;
    use std::ops::{Deref, DerefMut};
    use std::slice::{Iter, IterMut};

    thread_local! {
        static LOOKED: Cell<usize> = const { Cell::new(0) };
    }

    /// Entries of all lists that this thread has looked at.
    pub fn looked() -> usize {
        LOOKED.get()
    }

    fn look() {
        LOOKED.set(LOOKED.get() + 1);
    }

    /// What is not here is as in a `Vec`, and not counted: it changes the list.
    #[derive(Debug)]
    pub(crate) struct List<T>(Vec<T>);

    impl<T> List<T> {
        pub(crate) fn new() -> Self {
            Self(Vec::new())
        }

        pub(crate) fn get(&self, at: usize) -> Option<&T> {
            look();
            self.0.get(at)
        }

        pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
            look();
            self.0.get_mut(at)
        }

        // Types of their own names: one that is `impl Iterator` might have a destructor, which borrows for longer.
        pub(crate) fn iter(&self) -> Inspect<Iter<'_, T>, fn(&&T)> {
            self.0.iter().inspect(|_| look())
        }

        pub(crate) fn iter_mut(&mut self) -> Inspect<IterMut<'_, T>, fn(&&mut T)> {
            self.0.iter_mut().inspect(|_| look())
        }

        pub(crate) fn binary_search_by<'a>(
            &'a self,
            mut order: impl FnMut(&'a T) -> std::cmp::Ordering,
        ) -> Result<usize, usize> {
            self.0.binary_search_by(|entry| {
                look();
                order(entry)
            })
        }

        pub(crate) fn binary_search_by_key<'a, K: Ord>(
            &'a self,
            key: &K,
            mut of: impl FnMut(&'a T) -> K,
        ) -> Result<usize, usize> {
            self.binary_search_by(|entry| of(entry).cmp(key))
        }
    }

    impl<T> Deref for List<T> {
        type Target = Vec<T>;
        fn deref(&self) -> &Vec<T> {
            look();
            &self.0
        }
    }

    impl<T> DerefMut for List<T> {
        fn deref_mut(&mut self) -> &mut Vec<T> {
            look();
            &mut self.0
        }
    }
}
