//! Short lists in which each is once.

/// Takes `number` out; `true` if it was there. One function for all lists: each `retain` is another.
#[inline(never)]
pub(crate) fn remove(list: &mut Vec<u32>, number: u32) -> bool {
    let at = list.iter().position(|&other| other == number);
    if let Some(at) = at {
        list.remove(at);
    }
    at.is_some()
}

/// Where `name` stands among `names`.
#[inline(never)]
pub fn place(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|&other| other == name)
}

/// The first of several names that have a blank or the end of a line between them, and the rest.
#[inline(never)]
pub fn split(names: &str) -> (&str, &str) {
    let end = names.bytes().position(|byte| byte <= b' ').unwrap_or(names.len());
    (
        names.get(..end).unwrap_or_default(),
        names.get(end + 1..).unwrap_or_default(),
    )
}
