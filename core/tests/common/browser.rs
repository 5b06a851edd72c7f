//! A browser's EventSource or fetch, as far as the hub can tell.

use std::collections::{BTreeMap, VecDeque};

use tabmux_core::{ChannelIndex, Request, Via};

use super::server::Sent;

#[derive(Debug)]
pub struct Source {
    pub request: Request,
    pub open: bool,
    /// `readyState` CONNECTING after an error.
    pub retrying: bool,
    /// The last event id: its own, empty at first.
    pub id: String,
    pub listeners: BTreeMap<ChannelIndex, String>,
    /// What is still on its way on a slow line.
    pub coming: VecDeque<Sent>,
}

impl Source {
    pub fn new(request: Request) -> Self {
        Self {
            request,
            open: false,
            retrying: false,
            id: String::new(),
            listeners: BTreeMap::new(),
            coming: VecDeque::new(),
        }
    }

    /// What its request asks the server for: its own header wins over what the URL says.
    pub fn asked_for(&self) -> Option<String> {
        if !self.id.is_empty() {
            return Some(self.id.clone());
        }
        if let Some(id) = &self.request.last_event_id {
            // Of a byte string, as servers take it.
            let bytes = id.chars().map(|char| u8::try_from(u32::from(char)).unwrap());
            return Some(String::from_utf8(bytes.collect()).unwrap());
        }
        let query = self.request.url.split_once('?')?.1;
        let value = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("lastEventId="))?;
        Some(decode(value))
    }

    /// What it asks for by `topic`, once each; `None`: for everything.
    pub fn topics(&self) -> Option<Vec<String>> {
        let query = self.request.url.split_once('?')?.1;
        // A comma of a topic's own is escaped.
        let asked: Vec<String> = query
            .split('&')
            .filter_map(|pair| pair.strip_prefix("topic="))
            .flat_map(|list| list.split(','))
            .map(decode)
            .collect();
        (!asked.is_empty()).then_some(asked)
    }

    pub fn is_fetch(&self) -> bool {
        self.request.via == Via::Fetch
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
