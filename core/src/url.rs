//! The few questions the hub has about URLs. The page has parsed them: they are absolute and normalised.

/// `scheme://` and `host:port` of an absolute http(s) URL. Who signs in by the URL itself is no part of it.
pub fn origin(url: &str) -> Option<(&str, &str)> {
    let (scheme, host, _) = parts(url);
    let is_http = scheme == "http://" || scheme == "https://";
    (is_http && !host.is_empty()).then_some((scheme, host))
}

/// The URL as it may be shown: queries can hold tokens, and `user:password@` holds one.
pub fn shown(url: &str) -> String {
    let (scheme, host, path) = parts(url);
    let mut text = String::from(scheme);
    text.push_str(host);
    text.push_str(path);
    text
}

/// `scheme://`, `host:port` and path, without what must not be shown.
fn parts(url: &str) -> (&str, &str, &str) {
    let mut authority = end_at(url, 0, b":/?#");
    while authority < url.len() && end_at(url, authority, b":/") == authority {
        authority += 1;
    }
    let path = end_at(url, authority, b"/?#");
    let mut host = authority;
    while let at = end_at(url, host, b"@")
        && at < path
    {
        host = at + 1;
    }
    let part = |from, to| url.get(from..to).unwrap_or("");
    (
        part(0, authority),
        part(host, path),
        part(path, end_at(url, path, b"?#")),
    )
}

/// `url` with the query parameter `name` set to `value`: replaced where it is there already, never twice.
pub fn with_param(url: &str, name: &str, value: &str) -> String {
    let path = url.get(..end_at(url, 0, b"?#")).unwrap_or(url);
    let mut encoded = String::new();
    encode(name, &mut encoded);
    let mut text = String::from(path);
    let mut separator = '?';
    let mut at = path.len() + 1;
    while at < url.len() {
        let end = end_at(url, at, b"&");
        let key = url.get(at..end_at(url, at, b"&=")).unwrap_or("");
        if end > at && key != encoded && key != name {
            text.push(separator);
            text.push_str(url.get(at..end).unwrap_or(""));
            separator = '&';
        }
        at = end + 1;
    }
    append_param(&mut text, name, value);
    text
}

/// Adds the query parameter `name`, whether there is one of that name or not. `url` has no fragment.
pub fn append_param(url: &mut String, name: &str, value: &str) {
    let has_query = end_at(url, 0, b"?") < url.len();
    url.push(if has_query { '&' } else { '?' });
    encode(name, url);
    url.push('=');
    encode(value, url);
}

/// Where the first of `stops` stands at or after `from`; the end where there is none. All are ASCII: the place is a
/// character boundary.
fn end_at(url: &str, from: usize, stops: &[u8]) -> usize {
    let found = url.bytes().skip(from).position(|byte| stops.contains(&byte));
    found.map_or(url.len(), |at| from + at)
}

/// Percent-encodes all but RFC 3986's unreserved characters: an id is untrusted text.
pub(crate) fn encode(text: &str, into: &mut String) {
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
        assert_eq!(
            origin("http://a.test:8080/x/y?z"),
            Some(("http://", "a.test:8080"))
        );
        assert_eq!(origin("https://a.test?x"), Some(("https://", "a.test")));
        assert_eq!(origin("https://[::1]:80/"), Some(("https://", "[::1]:80")));
        assert_eq!(origin("ftp://a.test/"), None);
        assert_eq!(origin("http://"), None);
        assert_eq!(origin("http://me@"), None);
        assert_eq!(origin("/relative"), None);
    }

    #[test]
    fn who_signs_in_by_the_url_is_neither_compared_nor_shown() {
        assert_eq!(origin("http://me:pw@a.test/x@y"), Some(("http://", "a.test")));
        assert_eq!(shown("http://me:p@w@a.test:80/x@y?z"), "http://a.test:80/x@y");
        assert_eq!(shown("ftp://me:pw@a.test#x"), "ftp://a.test");
        for url in ["", "/a/b", "a.test", "http:", "http://a.test/ü"] {
            assert_eq!(shown(url), url);
        }
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
