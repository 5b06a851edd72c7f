//! The standard's algorithm, word by word, over the whole text at once.

use tabmux_core::sse::Message;

use crate::log::Log;

pub fn reference(bytes: &[u8]) -> Log {
    // "UTF-8 decode": one byte order mark goes, what is no UTF-8 becomes U+FFFD.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    // What stands behind the last line end is no line.
    lines.pop();

    let mut log = Log::default();
    let (mut data, mut name) = (String::new(), String::new());
    let (mut id, mut is_set) = (String::new(), false);
    for line in lines {
        if line.is_empty() {
            let has_own_id = std::mem::take(&mut is_set);
            if data.is_empty() {
                if has_own_id {
                    log.ids.push(id.clone());
                }
            } else {
                data.pop();
                let name = if name.is_empty() { "message" } else { &name };
                log.events.push(Message {
                    name: name.to_owned(),
                    data: std::mem::take(&mut data),
                    id: id.clone(),
                });
            }
            name.clear();
            continue;
        }
        if line.starts_with(':') {
            log.comments += 1;
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => {
                is_set = true;
                value.clone_into(&mut id);
            }
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                log.retry.push(value.parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }
    log
}
