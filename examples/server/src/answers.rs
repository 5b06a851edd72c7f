//! Answers that come word by word, in the form in which proxies of language models send them: unnamed events, each a JSON
//! document with a piece of text, then `[DONE]`.
//!
//! No model is asked. The answer is the paragraph of this repository's README that has most words in common with the
//! question: found, not made up.

use std::{
    cmp::Reverse,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_core::Stream;
use serde_json::json;
use tokio::time::{Interval, interval};

const README: &str = include_str!("../../../README.md");
/// A word.
const PACE: Duration = Duration::from_millis(40);
const DONE: &str = "[DONE]";

/// The response to a question. With the last event id of an answer it goes on behind it, and where that was the end, 204
/// says that there is nothing more: without it a client would ask, and be answered, again.
pub fn response(question: &str, headers: &HeaderMap) -> Response {
    let text = plain(answer(question));
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let next = last.map_or(0, |id| id.parse::<usize>().map_or(0, |id| id + 1));
    // The words, then `[DONE]`, each under its number.
    if next > words.len() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let answer = Answer {
        words,
        next,
        pace: interval(PACE),
    };
    (headers, Body::from_stream(answer)).into_response()
}

struct Answer {
    words: Vec<String>,
    next: usize,
    pace: Interval,
}

impl Stream for Answer {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.next > self.words.len() {
            return Poll::Ready(None);
        }
        if self.pace.poll_tick(context).is_pending() {
            return Poll::Pending;
        }
        let id = self.next;
        self.next += 1;
        let data = self.words.get(id).map_or(DONE.to_owned(), |word| {
            json!({ "choices": [{ "delta": { "content": format!("{word} ") } }] }).to_string()
        });
        Poll::Ready(Some(Ok(format!("id: {id}\ndata: {data}\n\n").into())))
    }
}

/// Without the marks of Markdown: of a link its text.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut parts = markdown.split("](");
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    text.replace(['`', '*', '['], "")
}

fn answer(question: &str) -> &'static str {
    let score = |paragraph: &str| {
        words(question)
            .filter(|asked| words(paragraph).any(|word| word == *asked))
            .count()
    };
    README
        .split("\n\n")
        .filter(|paragraph| paragraph.starts_with(char::is_alphabetic))
        // Of equals the shortest.
        .max_by_key(|paragraph| (score(paragraph), Reverse(paragraph.len())))
        .unwrap_or("I don't know.")
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 3)
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_by_what_the_readme_says_of_it() {
        assert!(
            answer("How many connections does a browser open to a server?")
                .contains("six HTTP/1.1 connections")
        );
        assert!(!answer("").is_empty());
    }

    #[test]
    fn an_answer_is_plain_text() {
        assert_eq!(plain("`a` **b**, [see](x.md#y) and [z](w)."), "a b, see and z.");
    }

    #[tokio::test]
    async fn behind_the_end_there_is_nothing() {
        let mut headers = HeaderMap::new();
        assert_eq!(response("x", &headers).status(), StatusCode::OK);
        headers.insert("last-event-id", "1000000".try_into().unwrap());
        assert_eq!(response("x", &headers).status(), StatusCode::NO_CONTENT);
        headers.insert("last-event-id", "not mine".try_into().unwrap());
        assert_eq!(response("x", &headers).status(), StatusCode::OK);
    }
}
