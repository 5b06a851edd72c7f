//! One EventSource with its listeners; dropping it closes it.

use litemap::LiteMap;
use tabmux_core::{ChannelIndex, StreamId};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventSource, EventSourceInit};

use crate::text::Text;
use crate::worker::{Inbox, Input};

#[wasm_bindgen]
extern "C" {
    /// A `MessageEvent` or a plain `Event`; web-sys' own getter would copy the id.
    #[wasm_bindgen(extends = web_sys::Event)]
    type ServerEvent;

    #[wasm_bindgen(method, getter, structural)]
    fn data(this: &ServerEvent) -> JsValue;

    #[wasm_bindgen(method, getter, structural, js_name = lastEventId)]
    fn last_event_id(this: &ServerEvent) -> JsValue;
}

type Listener = Closure<dyn FnMut(ServerEvent)>;

pub(crate) struct Source {
    stream: StreamId,
    inner: EventSource,
    inbox: Inbox,
    channels: LiteMap<ChannelIndex, (String, Listener)>,
    _lifecycle: [Listener; 2],
}

impl Source {
    /// `Err` where the browser does not take the URL.
    pub(crate) fn open(
        stream: StreamId,
        url: &str,
        with_credentials: bool,
        inbox: Inbox,
    ) -> Result<Self, JsValue> {
        let init = EventSourceInit::new();
        init.set_with_credentials(with_credentials);
        let source = EventSource::new_with_event_source_init_dict(url, &init)?;
        let opened = {
            let inbox = inbox.clone();
            Closure::new(move |event: ServerEvent| {
                if !is_message(&event) {
                    inbox.put(Input::Opened(stream));
                }
            })
        };
        let failed = {
            let inbox = inbox.clone();
            let source = source.clone();
            Closure::new(move |event: ServerEvent| {
                if !is_message(&event) {
                    let retrying = source.ready_state() == EventSource::CONNECTING;
                    inbox.put(Input::Lost(stream, retrying));
                }
            })
        };
        source.set_onopen(Some(function(&opened)));
        source.set_onerror(Some(function(&failed)));
        Ok(Self {
            stream,
            inner: source,
            inbox,
            channels: LiteMap::new(),
            _lifecycle: [opened, failed],
        })
    }

    pub(crate) fn listen(&mut self, channel: ChannelIndex, name: &str) {
        let (stream, inbox) = (self.stream, self.inbox.clone());
        let listener: Listener = Closure::new(move |event: ServerEvent| {
            // On `open` and `error` the browser's own events arrive as well; they have neither.
            if let (Some(data), Some(id)) = (Text::new(event.data()), Text::new(event.last_event_id())) {
                inbox.put(Input::Event(stream, channel, id, data));
            }
        });
        // Fails for no string.
        drop(
            self.inner
                .add_event_listener_with_callback(name, function(&listener)),
        );
        self.channels.insert(channel, (name.to_owned(), listener));
    }

    pub(crate) fn unlisten(&mut self, channel: ChannelIndex) {
        if let Some((name, listener)) = self.channels.remove(&channel) {
            drop(
                self.inner
                    .remove_event_listener_with_callback(&name, function(&listener)),
            );
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.inner.close();
        self.inner.set_onopen(None);
        self.inner.set_onerror(None);
        for (name, listener) in self.channels.values() {
            drop(
                self.inner
                    .remove_event_listener_with_callback(name, function(listener)),
            );
        }
    }
}

/// A server may name its events `open` and `error`: those are messages, not news of the connection.
fn is_message(event: &ServerEvent) -> bool {
    event.data().is_string()
}

fn function(listener: &Listener) -> &js_sys::Function {
    listener.as_ref().unchecked_ref()
}
