//! A browser's EventSource, as far as the hub can tell.

use std::collections::BTreeMap;

use tabmux_core::ChannelIndex;

use super::server::Sent;

#[derive(Debug)]
pub struct Source {
    pub url: String,
    pub open: bool,
    /// `readyState` CONNECTING after an error.
    pub retrying: bool,
    /// The last event id: its own, empty at first.
    pub id: String,
    pub listeners: BTreeMap<ChannelIndex, String>,
}

impl Source {
    pub fn new(url: String) -> Self {
        Self {
            url,
            open: false,
            retrying: false,
            id: String::new(),
            listeners: BTreeMap::new(),
        }
    }

    /// What its request asks the server for: its own header wins over what the URL says.
    pub fn asked_for(&self) -> Option<String> {
        if !self.id.is_empty() {
            return Some(self.id.clone());
        }
        let query = self.url.split_once('?')?.1;
        let value = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("lastEventId="))?;
        Some(decode(value))
    }

    /// Takes the id over, listener or not; the index and id that a listener is told.
    pub fn hear(&mut self, sent: &Sent) -> Option<(ChannelIndex, String)> {
        if let Some(id) = &sent.id {
            self.id.clone_from(id);
        }
        let (&channel, _) = self.listeners.iter().find(|(_, name)| **name == sent.channel)?;
        Some((channel, self.id.clone()))
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if *byte == b'%' {
            let hex = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*byte);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
