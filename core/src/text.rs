//! Sentences without `format!`, whose machinery would cost more bytes of wasm than all messages together.

/// `number` in decimal digits; `none` for `u64::MAX`, which stands for "no limit" in options.
pub fn decimal(number: u64) -> String {
    let mut text = Text::new();
    text.number(number);
    text.into_string()
}

/// A text under construction.
#[derive(Debug, Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn new() -> Self {
        Self(String::new())
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// As [`decimal`].
    pub(crate) fn number(&mut self, value: u64) -> &mut Self {
        if value == u64::MAX {
            return self.push("none");
        }
        if value > 9 {
            self.number(value / 10);
        }
        let digit = u8::try_from(value % 10).unwrap_or(0);
        self.0.push(char::from(b'0' + digit));
        self
    }

    /// `separator`, unless nothing was written yet.
    pub(crate) fn separate(&mut self, separator: &str) -> &mut Self {
        if !self.0.is_empty() {
            self.0.push_str(separator);
        }
        self
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    pub(crate) fn into_option(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }
}
