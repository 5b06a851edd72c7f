//! One EventSource with its listeners (`js/source.ts`); dropping it closes it.

use tabmux_core::{ChannelIndex, ConnectionId};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::host::Host;

#[wasm_bindgen]
extern "C" {
    pub(crate) type EventSource;

    #[wasm_bindgen(method)]
    fn listen(this: &EventSource, channel: ChannelIndex, name: &str);

    #[wasm_bindgen(method)]
    fn unlisten(this: &EventSource, channel: ChannelIndex);

    #[wasm_bindgen(method)]
    fn close(this: &EventSource);
}

pub(crate) struct Source(EventSource);

impl Source {
    /// `None` where the browser does not take the URL.
    pub(crate) fn open(
        connection: ConnectionId,
        url: &str,
        with_credentials: bool,
        host: &Host,
    ) -> Option<Self> {
        host.source(url, with_credentials, connection).map(Self)
    }

    pub(crate) fn listen(&self, channel: ChannelIndex, name: &str) {
        self.0.listen(channel, name);
    }

    pub(crate) fn unlisten(&self, channel: ChannelIndex) {
        self.0.unlisten(channel);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.0.close();
    }
}
