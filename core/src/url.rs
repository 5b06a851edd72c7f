//! The few questions the hub has about URLs. The page has parsed them: they are absolute and normalised.

use crate::text::Text;

/// `scheme://host:port` of an absolute http(s) URL.
pub fn origin(url: &str) -> Option<&str> {
    let host = url.find("://").map(|at| at + 3)?;
    let scheme = &url[..host];
    if scheme != "http://" && scheme != "https://" {
        return None;
    }
    let end = url[host..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| host + at);
    (end > host).then(|| &url[..end])
}

/// The URL as it may be shown: queries can hold tokens.
pub fn without_query(url: &str) -> &str {
    &url[..url.find(['?', '#']).unwrap_or(url.len())]
}

/// `url` with the query parameter `name` set to `value`: replaced where it is there already, never twice.
pub fn with_param(url: &str, name: &str, value: &str) -> String {
    let (path, query) = match url.find('?') {
        Some(at) => (&url[..at], &url[at + 1..]),
        None => (url, ""),
    };
    let mut encoded = String::new();
    encode(name, &mut encoded);
    let mut text = Text::new();
    text.push(path);
    let mut separator = "?";
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let key = pair.split('=').next().unwrap_or(pair);
        if key != encoded && key != name {
            text.push(separator).push(pair);
            separator = "&";
        }
    }
    encoded.push('=');
    encode(value, &mut encoded);
    text.push(separator).push(&encoded);
    text.into_string()
}

/// Percent-encodes all but RFC 3986's unreserved characters: an id is untrusted text.
fn encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_ends_at_path_query_or_fragment() {
        assert_eq!(origin("http://a.test:8080/x/y?z"), Some("http://a.test:8080"));
        assert_eq!(origin("https://a.test?x"), Some("https://a.test"));
        assert_eq!(origin("https://[::1]:80/"), Some("https://[::1]:80"));
        assert_eq!(origin("ftp://a.test/"), None);
        assert_eq!(origin("http://"), None);
        assert_eq!(origin("/relative"), None);
    }

    #[test]
    fn the_parameter_is_added_or_replaced_never_twice() {
        assert_eq!(
            with_param("http://a/e", "lastEventId", "7"),
            "http://a/e?lastEventId=7"
        );
        assert_eq!(
            with_param("http://a/e?t=1", "lastEventId", "7"),
            "http://a/e?t=1&lastEventId=7"
        );
        assert_eq!(
            with_param("http://a/e?lastEventId=1&t=1&lastEventId=2", "lastEventId", "7"),
            "http://a/e?t=1&lastEventId=7"
        );
        assert_eq!(
            with_param("http://a/e?lastEventIdx=1", "lastEventId", "7"),
            "http://a/e?lastEventIdx=1&lastEventId=7"
        );
    }

    #[test]
    fn ids_are_encoded_whatever_they_hold() {
        assert_eq!(
            with_param("http://a/e", "id", "1795209484:[0],-"),
            "http://a/e?id=1795209484%3A%5B0%5D%2C-"
        );
        assert_eq!(
            with_param("http://a/e", "id", "a&b=c#d ü"),
            "http://a/e?id=a%26b%3Dc%23d%20%C3%BC"
        );
    }
}
