//! The words by which what makes a fetch tells the hub of it: the two may be modules apart, and pass them as numbers, each
//! with a number of its own and two values.

/// An event of the name of this number: its id, if it has set one, and its data.
pub const EVENT: u32 = 0;
/// The name of this number, told before the first event that has it; names from this number on are void.
pub const NAME: u32 = 1;
/// An id that no event carries.
pub const ID: u32 = 2;
/// A comment.
pub const COMMENT: u32 = 3;
/// `retry:`, in milliseconds.
pub const RETRY: u32 = 4;
/// An event that was skipped, its data being too large: the number of its name, and its id.
pub const EVENT_TOO_LARGE: u32 = 5;
/// The same for a line of it.
pub const LINE_TOO_LONG: u32 = 6;
/// That was all of a chunk. From here on what is told is the last for now.
pub const REST: u32 = 7;
/// The status, [`EVENT_STREAM`] added if the body is one; the id by which the server takes up, and how many milliseconds it
/// wants to be left alone.
pub const HEAD: u32 = 8;
/// The last word: no response, or the body has ended or broken off.
pub const ENDED: u32 = 9;
/// The module itself could not be loaded (`js/fetch.ts`): the status of its response, 0 where there was none, and why.
pub const UNLOADABLE: u32 = 10;

/// Above all statuses.
pub const EVENT_STREAM: u32 = 1 << 16;
