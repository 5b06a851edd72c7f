//! The words by which what makes a fetch tells the hub of it: the two may be modules apart, and pass them as numbers, each
//! with a number of its own and two values.

/// An event of the name of this number: the id that it sets, and its data.
pub const EVENT: u32 = 0;
/// An event that sets no id; data alone.
pub const EVENT_WITHOUT_ID: u32 = 1;
/// The name of this number, told before the first event that has it; names from this number on are void.
pub const NAME: u32 = 2;
/// An id that no event carries.
pub const ID: u32 = 3;
/// A comment.
pub const COMMENT: u32 = 4;
/// `retry:`, in milliseconds.
pub const RETRY: u32 = 5;
/// An event that was skipped, its data being too large: the number of its name, and its id, if it has set one.
pub const EVENT_TOO_LARGE: u32 = 6;
/// The same for a line of it.
pub const LINE_TOO_LONG: u32 = 7;
/// That was all of a chunk. From here on what is told is the last for now.
pub const REST: u32 = 8;
/// The status, [`EVENT_STREAM`] added if the body is one; the id by which the server takes up, and how many milliseconds it
/// wants to be left alone.
pub const HEAD: u32 = 9;
/// The last word: no response, or the body has ended or broken off.
pub const ENDED: u32 = 10;
/// The module itself could not be loaded (`js/fetch.ts`): the status of its response, 0 where there was none, and why.
pub const UNLOADABLE: u32 = 11;
/// Events, each [`EVENT`] or [`EVENT_WITHOUT_ID`], in one text, with anything between their ids and data; if the text is no ASCII,
/// with a CR behind each, and nothing else. The other value has six bytes for each: a [`head`], where its id is, counted from the data
/// before and [`BACK`] more, the size of that, how many bytes there are before its data, and the size of that, the low byte first.
/// Among them is each [`NAME`], as an event with the name for an id and no data. `js/fetch.ts` takes it apart: the hub is
/// told them one by one.
pub const EVENTS: u32 = 12;

/// An id may be before what its name was found in, so many bytes at most.
pub const BACK: u8 = 128;

/// Above all statuses.
pub const EVENT_STREAM: u32 = 1 << 16;

/// Which of the three words, and above it the number of its name, under 64.
#[allow(clippy::cast_possible_truncation, reason = "under 64")]
pub const fn head(name: usize, what: u32) -> u8 {
    (name << 2) as u8 + what as u8
}
