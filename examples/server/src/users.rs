//! Who a visitor is: a random token in a cookie, and what is derived from it.
//!
//! There is no table of users. The id that others see is a hash of the token, so it can be shown to anybody and
//! leads back to nobody's cookie; the name is chosen by the same hash, so it stays the same over restarts.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use sha2::{Digest, Sha256};

use crate::streams::Member;

const COOKIE: &str = "demo_user";

/// Middleware: puts a [`Member`] into the request, and a cookie into the response of a visitor who had none.
pub async fn identify(mut request: Request, next: Next) -> Response {
    let known = token(request.headers());
    let token = known.clone().unwrap_or_else(new_token);
    request.extensions_mut().insert(member(&token));
    let mut response = next.run(request).await;
    if known.is_none() {
        let cookie = format!("{COOKIE}={token}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
        let cookie = HeaderValue::try_from(cookie).expect("hexadecimal digits are a header value");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The request's token, if it has the form that this server gives out.
fn token(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .find(|token| {
            token.len() == 32
                && token
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
        .map(str::to_owned)
}

/// Random, and long enough that nobody guesses one.
pub fn new_token() -> String {
    let mut bytes = [0; 16];
    // Without the system's random source there is no server worth running.
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    hex(&bytes)
}

fn member(token: &str) -> Member {
    let hash = Sha256::digest(format!("tabmux demo user {token}"));
    let pick = |list: [&'static str; 32], byte: u8| list[usize::from(byte % 32)];
    let name: Arc<str> = format!("{} {}", pick(MANNERS, hash[30]), pick(BIRDS, hash[31])).into();
    Member {
        id: hex(&hash[..8]).into(),
        name,
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[rustfmt::skip]
const MANNERS: [&str; 32] = [
    "Amber", "Brisk", "Calm", "Clever", "Copper", "Curious", "Dapper", "Early", "Gentle", "Golden", "Grey", "Humble",
    "Indigo", "Keen", "Lively", "Lucky", "Mellow", "Merry", "Nimble", "Patient", "Plucky", "Polite", "Quiet", "Rusty",
    "Silver", "Steady", "Sunny", "Swift", "Tidy", "Velvet", "Wakeful", "Witty",
];

#[rustfmt::skip]
const BIRDS: [&str; 32] = [
    "Avocet", "Bittern", "Bunting", "Crane", "Curlew", "Dipper", "Dunlin", "Eider", "Falcon", "Finch", "Godwit",
    "Goshawk", "Grebe", "Heron", "Hoopoe", "Ibis", "Jackdaw", "Kestrel", "Lapwing", "Linnet", "Magpie", "Martin",
    "Nuthatch", "Oriole", "Osprey", "Petrel", "Plover", "Redstart", "Siskin", "Starling", "Wagtail", "Wren",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, value.parse().unwrap());
        token(&headers)
    }

    #[test]
    fn a_token_is_found_among_other_cookies() {
        let own = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            with_cookie(&format!("a=b; demo_user={own}; c=d")).as_deref(),
            Some(own)
        );
    }

    #[test]
    fn what_is_no_token_of_ours_counts_as_none() {
        for value in [
            "",
            "demo_user=",
            "demo_user=short",
            "xdemo_user=0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(with_cookie(value), None, "{value}");
        }
        assert_eq!(with_cookie(&format!("demo_user={}", "Z".repeat(32))), None);
    }

    #[test]
    fn the_public_id_is_stable_and_is_not_the_token() {
        let token = new_token();
        let (first, second) = (member(&token), member(&token));
        assert_eq!((&first.id, &first.name), (&second.id, &second.name));
        assert!(!token.contains(&*first.id) && first.id.len() == 16);
        assert_ne!(member(&new_token()).id, first.id);
    }
}
