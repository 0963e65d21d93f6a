//! Paging: the protocol cases of tests/protocol/paging drive `Pager`; `Listing` reads from a server that counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod engine;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use atlassian_cloud::catalog::Paging;
use atlassian_cloud::document::{Limits, Node};
use atlassian_cloud::engine::paging::Pager;
use atlassian_cloud::engine::paging::listing::{Listing, Step};
use atlassian_cloud::engine::settings::Settings;
use atlassian_cloud::engine::{Error, arguments};
use engine::server::{After, Answer, Server};
use serde_json::{Value, json};

/// The defaults of catalog/README.md, below what a case says.
fn facts(strategy: &str, given: &Value) -> Paging {
    let (cursor, size, next, total) = match strategy {
        "cursor-link" => ("cursor", "", "links.next", ""),
        "cursor-data" => ("cursor", "limit", "links.next", ""),
        "cursor-size" => ("cursor", "pageSize", "links.next", ""),
        "token" => ("nextPageToken", "maxResults", "nextPageToken", ""),
        "offset" => ("startAt", "maxResults", "", ""),
        "page" => ("page", "", "", ""),
        "link" => ("", "", "next", ""),
        "since" => ("since", "", "until", ""),
        "scim-index" => ("startIndex", "count", "", "totalResults"),
        _ => ("", "", "", ""),
    };
    let mut all = json!({
        "strategy": strategy, "items": "data", "item": "any", "cursor": cursor, "size": size, "next": next, "total": total,
        "last": "", "more": "", "window": 0, "place": "query", "alone": false, "polls": false, "partition": null,
    });
    for (key, value) in given.as_object().into_iter().flatten() {
        assert!(all.get(key).is_some(), "unknown paging fact {key}");
        all[key] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn pairs(value: &Value) -> Vec<(String, Value)> {
    value.as_array().into_iter().flatten().map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].clone())).collect()
}

fn value(node: &Node) -> Value {
    serde_json::from_slice(&node.to_json()).unwrap()
}

/// The expectation of this name at a position; None when the case is silent about it.
fn expected<'a>(case: &'a Value, name: &str, index: usize) -> Option<&'a Value> {
    case.get(name).map(|list| list.get(index).unwrap_or_else(|| panic!("{name} has no entry {index}")))
}

/// `unfinished`: the pages of the case end with one that is none.
fn run(strategy: &str, case: &Value) {
    const KEYS: [&str; 18] = [
        "name",
        "paging",
        "method",
        "query",
        "body",
        "cursor",
        "page_size",
        "pages",
        "refused",
        "requests",
        "bodies",
        "items",
        "totals",
        "cursors",
        "fault",
        "page_faults",
        "unfinished",
        "end_cursor",
    ];
    for key in case.as_object().unwrap().keys() {
        assert!(KEYS.contains(&key.as_str()), "unknown key {key}");
    }
    let method = case["method"].as_str().unwrap_or("GET");
    let body = case.get("body").cloned();
    let request = arguments::free(method, "/things", pairs(&case["query"]), body.clone(), vec![("X-Mine".into(), "1".into())]).unwrap();
    let paging = engine::leak(facts(strategy, &case["paging"]));
    let cursor = case["cursor"].as_str().map(str::to_owned);
    let mut pager = match (Pager::new(request, paging, cursor, case["page_size"].as_u64()), case["refused"].as_str()) {
        (Ok(pager), None) => pager,
        (Err(fault), Some(text)) => return assert_eq!(fault.to_string(), text),
        (Ok(_), Some(text)) => panic!("not refused: {text}"),
        (Err(fault), None) => panic!("refused: {fault}"),
    };
    let (mut requests, mut items) = (Vec::new(), Vec::new());
    for (index, page) in case["pages"].as_array().unwrap().iter().enumerate() {
        let asked = pager.next_request().unwrap_or_else(|fault| panic!("page {index}: {fault}"));
        let asked = asked.unwrap_or_else(|| panic!("the listing ended before page {index}"));
        assert_eq!(asked.method.as_str(), method);
        assert_eq!(asked.headers.get("x-mine").map(|v| v.as_bytes()), Some(&b"1"[..]));
        requests.push(asked.path_and_query());
        match expected(case, "bodies", index) {
            Some(Value::Null) => assert_eq!(asked.body, None, "body of page {index}"),
            Some(wanted) => assert_eq!(asked.body.as_ref(), Some(wanted), "body of page {index}"),
            None => assert_eq!(asked.body, body, "body of page {index}"),
        }
        if let Some(wanted) = expected(case, "cursors", index) {
            assert_eq!(json!(pager.cursor()), *wanted, "cursor of page {index}");
        }
        let document = Node::parse(page.to_string(), &Limits::default()).unwrap();
        let fault = expected(case, "page_faults", index).and_then(Value::as_str);
        match (pager.accept(document), fault) {
            (Ok(page), None) => items.extend(page.items.elements().map(|item| value(&item))),
            (Err(fault), Some(wanted)) => assert_eq!(fault.to_string(), wanted, "page {index}"),
            (Ok(_), Some(wanted)) => panic!("page {index} was taken, not refused: {wanted}"),
            (Err(fault), None) => panic!("page {index}: {fault}"),
        }
        if let Some(wanted) = expected(case, "totals", index) {
            assert_eq!(json!(pager.total), *wanted, "total after page {index}");
        }
    }
    assert_eq!(json!(requests), case["requests"]);
    assert_eq!(json!(items), case["items"]);
    match (pager.next_request(), case["fault"].as_str()) {
        (Err(fault), Some(wanted)) => {
            assert_eq!(fault.to_string(), wanted);
            assert!(!pager.is_done(), "a listing with a fault is not done");
            assert_eq!(pager.next_request().unwrap_err(), fault, "the fault stays");
        }
        (Ok(None), None) => {
            assert!(pager.is_done());
            assert_eq!(pager.cursor(), case["end_cursor"].as_str(), "the cursor that is left");
            assert!(case["unfinished"].is_null(), "the listing ended");
        }
        (Ok(Some(next)), None) => assert!(case["unfinished"] == true, "the listing goes on: {}", next.path_and_query()),
        (end, wanted) => panic!("ended with {:?}, expected {wanted:?}", end.map(|r| r.map(|r| r.path_and_query()))),
    }
}

/// All cases are run before one fails, so that a fault shows its whole extent.
fn run_all(strategy: &str) {
    let cases = engine::protocol(&format!("paging/{strategy}.json"));
    let mut failed = Vec::new();
    for case in cases.as_array().unwrap() {
        if let Err(panic) = std::panic::catch_unwind(|| run(strategy, case)) {
            let text = panic.downcast_ref::<String>().cloned().or(panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            failed.push(format!("{}: {}", case["name"].as_str().unwrap(), text.unwrap_or_default()));
        }
    }
    assert!(failed.is_empty(), "{strategy}:\n{}", failed.join("\n"));
}

#[test]
fn cursor_link_follows_its_cases() {
    run_all("cursor-link");
}

#[test]
fn cursor_data_follows_its_cases() {
    run_all("cursor-data");
}

#[test]
fn cursor_size_follows_its_cases() {
    run_all("cursor-size");
}

#[test]
fn token_follows_its_cases() {
    run_all("token");
}

#[test]
fn offset_follows_its_cases() {
    run_all("offset");
}

#[test]
fn page_follows_its_cases() {
    run_all("page");
}

#[test]
fn link_follows_its_cases() {
    run_all("link");
}

#[test]
fn since_follows_its_cases() {
    run_all("since");
}

#[test]
fn scim_index_follows_its_cases() {
    run_all("scim-index");
}

#[test]
fn single_array_follows_its_cases() {
    run_all("single-array");
}

/// A bodyless operation of the catalog pages like a free request, and is named in what is refused.
#[test]
fn operations_are_named_in_refusals() {
    let operation = engine::publish(engine::operation("GET /things", Vec::new()), Vec::new());
    let request = engine::bind(operation, Vec::new()).unwrap();
    let fault = Pager::new(request, engine::leak(facts("single-array", &json!({"items": ""}))), None, Some(3)).err().unwrap();
    assert_eq!(fault.to_string(), "test.things.call: the server offers no page size");
}

// ---- Listing: the same over the wire, read bit by bit ----

/// Pages of these items, under cursors "c1", "c2", …; the first is asked for without one.
fn page(pages: &[&[u32]], target: &str) -> Answer {
    let index = target.rsplit_once("cursor=c").map_or(0, |(_, n)| n.parse::<usize>().unwrap());
    let next = (index + 1 < pages.len()).then(|| format!("c{}", index + 1));
    let total: usize = pages.iter().map(|p| p.len()).sum();
    Answer::json(json!({"data": pages[index], "links": {"next": next}, "meta": {"total": total}}))
}

fn shelf(pages: &'static [&'static [u32]]) -> Server {
    Server::new(move |seen, stream| page(pages, &seen.target).give(stream))
}

/// As `shelf`, but the requests of these numbers get this answer instead.
fn shelf_with_faults(pages: &'static [&'static [u32]], numbers: &'static [usize], fault: Answer) -> Server {
    Server::new(
        move |seen, stream| if numbers.contains(&seen.number) { fault.give(stream) } else { page(pages, &seen.target).give(stream) },
    )
}

fn listing(server: &Server, limit: Option<u64>) -> Listing {
    listing_from(server, limit, None)
}

fn listing_from(server: &Server, limit: Option<u64>, cursor: Option<String>) -> Listing {
    let client = engine::client_with(&server.url(), Settings { max_retries: 0, ..engine::settings() });
    let paging = engine::leak(facts("cursor-data", &json!({"total": "meta.total"})));
    let pager = Pager::new(engine::free("GET", "/things", None), paging, cursor, None).unwrap();
    Listing::new(client, pager, limit)
}

/// Asks until it is there; None at the end.
fn ask<T>(listing: &mut Listing, mut step: impl FnMut(&mut Listing) -> Result<Step<T>, Error>) -> Result<Option<T>, Error> {
    loop {
        match step(listing)? {
            Step::Ready(value) => return Ok(Some(value)),
            Step::End => return Ok(None),
            Step::Wait(coming) => {
                engine::block_on(coming.wait());
                listing.take_in()?;
            }
        }
    }
}

fn item(listing: &mut Listing) -> Result<Option<u64>, Error> {
    Ok(ask(listing, Listing::next_item)?.map(|node| value(&node).as_u64().unwrap()))
}

fn numbers(nodes: Vec<Node>) -> Vec<u64> {
    nodes.iter().map(|node| value(node).as_u64().unwrap()).collect()
}

fn next_page(listing: &mut Listing) -> Result<Option<Vec<u64>>, Error> {
    Ok(ask(listing, Listing::next_page)?.map(numbers))
}

fn rest(listing: &mut Listing, limit: Option<u64>) -> Result<Vec<u64>, Error> {
    Ok(numbers(ask(listing, |l| l.rest(limit))?.unwrap_or_default()))
}

/// Long enough for a request that should not be made.
fn settled(server: &Server) -> usize {
    std::thread::sleep(Duration::from_millis(150));
    server.count()
}

#[test]
fn items_come_in_order_with_total_and_cursor_at_each_point() {
    let server = shelf(&[&[1, 2], &[], &[3], &[4, 5]]);
    let mut listing = listing(&server, None);
    assert_eq!((listing.total(), listing.cursor()), (None, None));
    assert_eq!(server.count(), 0, "nothing is asked for before it is read");
    let mut seen = Vec::new();
    let mut cursors = Vec::new();
    while let Some(item) = item(&mut listing).unwrap() {
        seen.push(item);
        cursors.push(listing.cursor());
        assert_eq!(listing.total(), Some(5));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    // After the last item of a page the cursor names the page that comes next.
    assert_eq!(json!(cursors), json!([null, "c1", "c3", "c3", null]));
    assert_eq!(server.targets(), ["/things", "/things?cursor=c1", "/things?cursor=c2", "/things?cursor=c3"]);
    assert!(item(&mut listing).unwrap().is_none(), "the end stays the end");
    assert_eq!(server.count(), 4);
}

#[test]
fn a_listing_resumed_at_its_cursor_loses_nothing() {
    let pages: &[&[u32]] = &[&[1, 2, 3], &[4, 5], &[6]];
    for read in 0..6 {
        let server = shelf(pages);
        let mut first = listing(&server, None);
        let mut seen: Vec<u64> = (0..read).map(|_| item(&mut first).unwrap().unwrap()).collect();
        let mut second = listing_from(&server, None, first.cursor());
        while let Some(item) = item(&mut second).unwrap() {
            if !seen.contains(&item) {
                seen.push(item);
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6], "resumed after {read}");
    }
}

#[test]
fn only_the_first_item_asks_for_no_further_page() {
    let server = shelf(&[&[1, 2, 3], &[4], &[5]]);
    let mut listing = listing(&server, None);
    assert_eq!(item(&mut listing).unwrap(), Some(1));
    assert_eq!(settled(&server), 1);
}

#[test]
fn one_page_is_read_ahead_and_never_more() {
    let server = shelf(&[&[1, 2, 3, 4], &[5, 6, 7], &[8, 9], &[10, 11]]);
    let mut listing = listing(&server, None);
    item(&mut listing).unwrap();
    item(&mut listing).unwrap();
    assert!(engine::soon(|| server.count() == 2), "the second item sets out for the next page");
    assert_eq!(settled(&server), 2);
    item(&mut listing).unwrap();
    item(&mut listing).unwrap();
    assert_eq!(settled(&server), 2, "at most one page ahead");
    assert_eq!(item(&mut listing).unwrap(), Some(5), "first item of the second page");
    assert_eq!(settled(&server), 2);
    item(&mut listing).unwrap();
    assert!(engine::soon(|| server.count() == 3));
    assert_eq!(settled(&server), 3);
}

#[test]
fn pages_read_ahead_by_one_too() {
    let server = shelf(&[&[1], &[2], &[], &[3]]);
    let mut listing = listing(&server, None);
    assert_eq!(next_page(&mut listing).unwrap(), Some(vec![1]));
    assert!(engine::soon(|| server.count() == 2));
    assert_eq!(settled(&server), 2);
    assert_eq!(next_page(&mut listing).unwrap(), Some(vec![2]));
    assert_eq!(next_page(&mut listing).unwrap(), Some(vec![3]), "an empty page is not given out");
    assert_eq!(next_page(&mut listing).unwrap(), None);
    assert_eq!(server.count(), 4);
}

#[test]
fn a_page_begun_item_by_item_goes_on_as_the_rest_of_it() {
    let server = shelf(&[&[1, 2, 3], &[4]]);
    let mut listing = listing(&server, None);
    assert_eq!(item(&mut listing).unwrap(), Some(1));
    assert_eq!(next_page(&mut listing).unwrap(), Some(vec![2, 3]));
    assert_eq!(item(&mut listing).unwrap(), Some(4));
    assert_eq!(rest(&mut listing, None).unwrap(), Vec::<u64>::new());
}

#[test]
fn what_the_first_page_satisfies_asks_for_no_second() {
    for limit in [1, 2, 3] {
        let expected: Vec<u64> = (1..=limit).collect();
        let server = shelf(&[&[1, 2, 3], &[4]]);
        let mut by_item = listing(&server, Some(limit));
        let mut seen = Vec::new();
        while let Some(item) = item(&mut by_item).unwrap() {
            seen.push(item);
        }
        assert_eq!((seen, settled(&server)), (expected.clone(), 1), "by item, limit {limit}");

        let server = shelf(&[&[1, 2, 3], &[4]]);
        let mut by_page = listing(&server, Some(limit));
        assert_eq!(next_page(&mut by_page).unwrap(), Some(expected.clone()));
        assert_eq!(next_page(&mut by_page).unwrap(), None);
        assert_eq!(settled(&server), 1, "by page, limit {limit}");

        let server = shelf(&[&[1, 2, 3], &[4]]);
        assert_eq!(rest(&mut listing(&server, Some(limit)), None).unwrap(), expected);
        assert_eq!(settled(&server), 1, "all at once, limit {limit}");

        let server = shelf(&[&[1, 2, 3], &[4]]);
        assert_eq!(rest(&mut listing(&server, None), Some(limit)).unwrap(), expected);
        assert_eq!(settled(&server), 1, "first {limit}");
    }
    let server = shelf(&[&[1]]);
    let mut nothing = listing(&server, Some(0));
    assert_eq!(item(&mut nothing).unwrap(), None);
    assert_eq!(next_page(&mut nothing).unwrap(), None);
    assert_eq!(rest(&mut nothing, None).unwrap(), Vec::<u64>::new());
    assert_eq!(settled(&server), 0, "a limit of 0 asks for nothing");
}

#[test]
fn a_limit_counts_over_all_ways_of_reading() {
    let server = shelf(&[&[1, 2, 3], &[4, 5, 6], &[7]]);
    let mut listing = listing(&server, Some(5));
    assert_eq!(item(&mut listing).unwrap(), Some(1));
    assert_eq!(rest(&mut listing, Some(1)).unwrap(), [2]);
    assert_eq!(next_page(&mut listing).unwrap(), Some(vec![3]));
    assert_eq!(rest(&mut listing, None).unwrap(), [4, 5]);
    assert_eq!(item(&mut listing).unwrap(), None);
    assert_eq!(settled(&server), 2, "the third page lies beyond the limit");
}

#[test]
fn a_failed_page_is_asked_for_again_and_nothing_is_lost() {
    let login = Answer::new(200, "<html>").header("Content-Type", "text/html");
    for (what, fault) in [("an error", Answer::new(500, r#"{"message":"no"}"#)), ("a login page", login), ("nothing", Answer::new(200, ""))]
    {
        let server = shelf_with_faults(&[&[1, 2], &[3, 4], &[5]], &[1, 2], fault);
        let mut listing = listing(&server, None);
        let mut seen = Vec::new();
        let mut faults = 0;
        loop {
            match item(&mut listing) {
                Ok(Some(item)) => seen.push(item),
                Ok(None) => break,
                Err(_) => {
                    faults += 1;
                    assert_eq!(seen, [1, 2], "{what}: what came is given first");
                    assert_eq!(listing.cursor().as_deref(), Some("c1"), "{what}: the cursor names the page that failed");
                }
            }
        }
        assert_eq!((seen, faults), (vec![1, 2, 3, 4, 5], 2), "{what}");
        assert_eq!(server.targets(), ["/things", "/things?cursor=c1", "/things?cursor=c1", "/things?cursor=c1", "/things?cursor=c2"]);
    }
}

#[test]
fn a_lost_connection_is_told_and_the_page_asked_for_again() {
    let server =
        Server::new(|seen, stream| if seen.number == 1 { After::Close } else { page(&[&[1, 2], &[3]], &seen.target).give(stream) });
    let mut listing = listing(&server, None);
    assert_eq!((item(&mut listing).unwrap(), item(&mut listing).unwrap()), (Some(1), Some(2)));
    assert!(matches!(item(&mut listing), Err(Error::Transport(_))));
    assert_eq!(item(&mut listing).unwrap(), Some(3));
    assert_eq!(item(&mut listing).unwrap(), None);
}

#[test]
fn all_at_once_keeps_what_came_when_a_later_page_fails() {
    let server = shelf_with_faults(&[&[1, 2], &[3], &[4], &[5]], &[2, 3], Answer::new(500, "{}"));
    let mut listing = listing(&server, None);
    assert!(matches!(rest(&mut listing, None), Err(Error::Api(_))));
    assert_eq!(listing.cursor(), None, "nothing was given out yet");
    assert!(matches!(rest(&mut listing, None), Err(Error::Api(_))), "the same page fails again");
    assert_eq!(rest(&mut listing, None).unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(
        server.targets(),
        ["/things", "/things?cursor=c1", "/things?cursor=c2", "/things?cursor=c2", "/things?cursor=c2", "/things?cursor=c3"]
    );

    let server = shelf_with_faults(&[&[1, 2], &[3], &[4]], &[2, 3, 4], Answer::new(500, "{}"));
    let mut listing = self::listing(&server, None);
    assert!(rest(&mut listing, None).is_err());
    let mut seen = Vec::new();
    while let Ok(Some(item)) = item(&mut listing) {
        seen.push(item);
    }
    assert_eq!(seen, [1, 2, 3], "one by one, what came can be read");
}

#[test]
fn parts_of_a_listing_are_taken_with_a_limit_each() {
    let server = shelf(&[&[1, 2], &[3, 4], &[5]]);
    let mut listing = listing(&server, None);
    assert_eq!(rest(&mut listing, Some(3)).unwrap(), [1, 2, 3]);
    assert_eq!(listing.cursor().as_deref(), Some("c1"));
    assert_eq!(rest(&mut listing, Some(0)).unwrap(), Vec::<u64>::new());
    assert_eq!(rest(&mut listing, Some(9)).unwrap(), [4, 5]);
}

#[test]
fn a_wait_given_up_is_taken_up_again_without_a_second_request() {
    let server = Server::new(|seen, stream| {
        std::thread::sleep(Duration::from_millis(200));
        page(&[&[1], &[2]], &seen.target).give(stream)
    });
    let mut listing = listing(&server, None);
    let Ok(Step::Wait(coming)) = listing.next_item() else { panic!("nothing can be there yet") };
    assert!(engine::block_on(async { tokio::time::timeout(Duration::from_millis(20), coming.wait()).await }).is_err());
    drop(coming);
    listing.take_in().unwrap();
    assert_eq!(item(&mut listing).unwrap(), Some(1));
    assert_eq!(item(&mut listing).unwrap(), Some(2));
    assert_eq!(server.targets(), ["/things", "/things?cursor=c1"]);
}

/// Whoever logs them must not hold all pages that were read.
#[test]
fn answers_are_told_once_and_without_their_bodies() {
    let server = shelf(&[&[1, 2], &[3], &[4]]);
    let mut listing = listing(&server, None);
    rest(&mut listing, None).unwrap();
    let answered = listing.answered();
    assert_eq!(answered.len(), 3);
    assert!(answered.iter().all(|answer| answer.body.is_empty() && answer.size > 20 && answer.status == 200));
    assert!(listing.answered().is_empty());
}

#[test]
fn a_look_takes_nothing() {
    let server = shelf(&[&[1, 2], &[3]]);
    let mut listing = listing(&server, None);
    for _ in 0..3 {
        assert_eq!(ask(&mut listing, Listing::has_item).unwrap(), Some(()));
    }
    assert_eq!(item(&mut listing).unwrap(), Some(1));
    for limit in [None, Some(2)] {
        assert_eq!(ask(&mut listing, |l| l.has_rest(limit)).unwrap(), Some(()));
    }
    assert_eq!(rest(&mut listing, None).unwrap(), [2, 3]);
    assert_eq!(ask(&mut listing, Listing::has_item).unwrap(), None);
    assert_eq!(server.count(), 2);
}

#[test]
fn a_fault_of_the_way_on_comes_after_the_items_and_names_the_call() {
    let server = Server::sequence(vec![
        Answer::json(json!({"data": [1, 2], "links": {"next": "c1"}})),
        Answer::json(json!({"data": [3], "links": {"next": "c1"}})),
    ]);
    let mut listing = listing(&server, None);
    assert_eq!([item(&mut listing).unwrap(), item(&mut listing).unwrap(), item(&mut listing).unwrap()], [Some(1), Some(2), Some(3)]);
    for _ in 0..2 {
        let fault = item(&mut listing).unwrap_err();
        let text = fault.to_string();
        assert!(matches!(fault, Error::Api(_)));
        assert!(text.contains("GET /things") && text.contains("\"c1\" a second time") && text.contains(&server.url()), "{text}");
    }
    assert_eq!(settled(&server), 2);
}

#[test]
fn a_page_that_is_none_is_told() {
    for (answer, wanted) in [
        (Answer::new(204, ""), "the answer is empty where a page was due"),
        (Answer::json(json!({"data": "x"})), "the page has no list at \"data\""),
    ] {
        let server = Server::sequence(vec![answer]);
        let text = item(&mut listing(&server, None)).unwrap_err().to_string();
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
fn a_link_to_another_server_is_not_followed() {
    let elsewhere = shelf(&[&[9]]);
    let url = elsewhere.url();
    let server = Server::new(move |seen, stream| {
        let next = if seen.number == 0 { json!(format!("{url}/things?cursor=c1")) } else { json!(null) };
        Answer::json(json!({"data": [seen.number], "links": {"next": next}})).give(stream)
    });
    let mut listing = listing(&server, None);
    assert_eq!(rest(&mut listing, None).unwrap(), [0, 1]);
    assert_eq!(server.targets(), ["/things", "/things?cursor=c1"]);
    assert_eq!(elsewhere.connections(), 0);
}

/// Held by tests that fill the room that all listings share.
static ROOM: Mutex<()> = Mutex::new(());

#[test]
fn nothing_is_read_ahead_beside_a_very_large_page() {
    let _room = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
    // 2 bytes of text and at least 12 of document for each item.
    const ITEMS: usize = 2_800_000;
    let server = Server::new(|seen, stream| {
        let items = "1,".repeat(if seen.number == 0 { ITEMS } else { 1 });
        Answer::new(200, format!(r#"{{"data":[{}],"links":{{"next":"c{}"}}}}"#, items.trim_end_matches(','), seen.number + 1)).give(stream)
    });
    let mut listing = listing(&server, None);
    for _ in 0..3 {
        item(&mut listing).unwrap();
    }
    assert_eq!(settled(&server), 1);
}

// ---- Offset paging: where later pages can be foreseen, several are under way ----

fn start_at(target: &str) -> usize {
    target.rsplit_once("startAt=").map_or(0, |(_, n)| n.parse().unwrap())
}

/// Items from 0 to `total`; pages are as long as `size` says of their offset.
fn offsets(total: usize, size: fn(usize) -> usize) -> impl Fn(&str) -> Answer {
    move |target| {
        let from = start_at(target);
        let items: Vec<usize> = (from..(from + size(from)).min(total)).collect();
        Answer::json(json!({"values": items, "total": total}))
    }
}

fn offset_listing(server: &Server, limit: Option<u64>) -> Listing {
    let client = engine::client_with(&server.url(), Settings { max_retries: 0, ..engine::settings() });
    let paging = engine::leak(facts("offset", &json!({"items": "values", "total": "total"})));
    let pager = Pager::new(engine::free("GET", "/things", None), paging, None, None).unwrap();
    Listing::new(client, pager, limit)
}

fn all(listing: &mut Listing) -> Vec<u64> {
    std::iter::from_fn(|| item(listing).unwrap()).collect()
}

fn sorted(mut targets: Vec<String>) -> Vec<usize> {
    let mut places: Vec<usize> = targets.drain(..).map(|target| start_at(&target)).collect();
    places.sort_unstable();
    places
}

#[test]
fn eight_pages_are_under_way_once_one_was_read_and_come_in_order() {
    static MOST: AtomicUsize = AtomicUsize::new(0);
    static NOW: AtomicUsize = AtomicUsize::new(0);
    let answer = offsets(200, |_| 10);
    let server = Server::new(move |seen, stream| {
        MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // The later the page, the sooner it is here.
        std::thread::sleep(Duration::from_millis(60_u64.saturating_sub(start_at(&seen.target) as u64)));
        NOW.fetch_sub(1, Ordering::SeqCst);
        answer(&seen.target).give(stream)
    });
    let mut listing = offset_listing(&server, None);
    for _ in 0..10 {
        item(&mut listing).unwrap();
    }
    assert_eq!(settled(&server), 2, "whoever is in the first page may stop there");
    let rest = all(&mut listing);
    assert_eq!(rest, (10..200).collect::<Vec<u64>>());
    assert_eq!(sorted(server.targets()), (0..20).map(|page| page * 10).collect::<Vec<_>>(), "each page once");
    assert!((3..=8).contains(&MOST.load(Ordering::SeqCst)), "{MOST:?}");
}

#[test]
fn listings_read_ahead_within_one_budget() {
    let _room = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
    let full = Server::new(|_, stream| {
        let items = "1,".repeat(2_800_000);
        Answer::new(200, format!(r#"{{"data":[{}],"links":{{"next":"c1"}}}}"#, items.trim_end_matches(','))).give(stream)
    });
    let mut holding = listing(&full, None);
    item(&mut holding).unwrap();
    // Each page takes more than any listing may have whatever the others hold.
    let answer = offsets(2_000_000, |_| 200_000);
    let server = Server::new(move |seen, stream| answer(&seen.target).give(stream));
    let mut listing = offset_listing(&server, None);
    for _ in 0..200_001 {
        item(&mut listing).unwrap();
    }
    assert_eq!(settled(&server), 2, "the other listing has taken all the room");
    drop(holding);
    for _ in 0..200_000 {
        item(&mut listing).unwrap();
    }
    assert!(settled(&server) > 3, "it has left it again");
}

#[test]
fn no_page_beyond_the_limit_is_asked_for() {
    let answer = offsets(200, |_| 10);
    let server = Server::new(move |seen, stream| answer(&seen.target).give(stream));
    assert_eq!(all(&mut offset_listing(&server, Some(35))).len(), 35);
    assert_eq!(rest(&mut offset_listing(&server, None), Some(35)).unwrap().len(), 35);
    settled(&server);
    assert_eq!(sorted(server.targets()), [0, 0, 10, 10, 20, 20, 30, 30]);
}

#[test]
fn pages_of_other_lengths_than_foreseen_lose_and_repeat_nothing() {
    for size in [|from| if from == 30 { 4 } else { 10 }, |from| if from >= 20 { 13 } else { 10 }, |from| 1 + from % 7] {
        let answer = offsets(150, size);
        let server = Server::new(move |seen, stream| answer(&seen.target).give(stream));
        assert_eq!(all(&mut offset_listing(&server, None)), (0..150).collect::<Vec<u64>>());
        assert_eq!(rest(&mut offset_listing(&server, None), None).unwrap(), (0..150).collect::<Vec<u64>>());
    }
}

#[test]
fn a_page_that_fails_among_others_is_told_in_its_place_and_asked_for_again() {
    static LEFT: AtomicUsize = AtomicUsize::new(2);
    let answer = offsets(120, |_| 10);
    let server = Server::new(move |seen, stream| {
        let fails = start_at(&seen.target) == 50 && LEFT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if fails { Answer::new(500, "{}").give(stream) } else { answer(&seen.target).give(stream) }
    });
    let mut listing = offset_listing(&server, None);
    let mut seen = Vec::new();
    let mut faults = 0;
    loop {
        match item(&mut listing) {
            Ok(Some(item)) => seen.push(item),
            Ok(None) => break,
            Err(_) => {
                faults += 1;
                assert_eq!(seen.len(), 50);
                assert_eq!(listing.cursor().as_deref(), Some("50"));
            }
        }
    }
    assert_eq!((seen, faults), ((0..120).collect(), 2));
    let places = sorted(server.targets());
    assert_eq!(places.iter().filter(|place| **place == 50).count(), 3);
    assert_eq!(places.len(), 12 + 2, "no other page is asked for twice");
}
