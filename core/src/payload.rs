//! What an event carries, without saying what it is.

use crate::json::string_field;

/// Text owned by somebody else: a handle to a JS string in the browser, a `String` in native tests.
///
/// The core moves payloads and compares them; it reads the text of an *id* when it builds a URL, and of *data* only
/// when a remembered event is too large to be kept (see [`crate::seam`]). Neither happens on the event path.
pub trait Payload: Clone + PartialEq {
    /// Length in UTF-16 code units, as `String.prototype.length`. Must be cheap.
    fn units(&self) -> u32;
    /// A copy of the text. May be slow.
    fn text(&self) -> String;
    /// The top-level field `name` of the JSON object that the text is, if it is a string: what `JSON.parse(text)[name]`
    /// gives. May be slow.
    fn field(&self, name: &str) -> Option<String>;
    /// A payload that holds `text`.
    fn of(text: &str) -> Self;
}

impl Payload for std::rc::Rc<str> {
    fn units(&self) -> u32 {
        u32::try_from(self.encode_utf16().count()).unwrap_or(u32::MAX)
    }
    fn text(&self) -> String {
        self.as_ref().to_owned()
    }
    fn field(&self, name: &str) -> Option<String> {
        string_field(self, name)
    }
    fn of(text: &str) -> Self {
        text.into()
    }
}
