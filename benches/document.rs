//! Time and memory of a search page (100 issues, 128 mostly empty fields) against serde_json and jiter, in one run.
//! `cargo bench --bench document`

#![allow(unsafe_code, clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::RefCell,
    fmt::Write as _,
    hint::black_box,
    sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    time::Instant,
};

use atlassian_cloud::document::{Limits, Node};
use bytes::Bytes;

/// Counts what is asked for, so that all parsers are measured with one rule.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_add(size, Relaxed);
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: usize = 300;

fn main() {
    for (name, page) in [
        ("one shape", page(Fields::Same)),
        ("1 in 8 fields left out at random", page(Fields::Some)),
        ("fields in another order in each issue", page(Fields::Shuffled)),
        ("one issue", issue(&mut Random(7), 7, &Fields::Same).into_bytes().into()),
    ] {
        println!("{name}: {} bytes", page.len());
        let ours = Node::parse(page.clone(), &Limits::default()).unwrap();
        println!("  {:<28}{:>9.1} KB with the body (page_bytes)", "retained", ours.page_bytes() as f64 / 1e3);
        measure("document", || Node::parse(page.clone(), &Limits::default()).unwrap(), page.len());
        // Nothing is given back, so that each document needs memory fresh from the system.
        let kept = RefCell::new(Vec::new());
        measure("document, each one kept", || kept.borrow_mut().push(Node::parse(page.clone(), &Limits::default()).unwrap()), page.len());
        drop(kept);
        measure("serde_json::Value", || serde_json::from_slice::<serde_json::Value>(&page).unwrap(), 0);
        measure("jiter::JsonValue owned", || jiter::JsonValue::parse_owned(&page, false, jiter::PartialMode::Off).unwrap(), 0);
        measure("jiter::JsonValue borrowed", || jiter::JsonValue::parse(&page, false).unwrap(), page.len());
        measure("  body checked for UTF-8", || simdutf8::basic::from_utf8(&page).unwrap().len(), 0);
    }
    read();
}

/// Median time, and what stays in memory; `body` is what the result borrows.
fn measure<T>(name: &str, parse: impl Fn() -> T, body: usize) {
    let before = HELD.load(Relaxed);
    let kept = parse();
    let held = HELD.load(Relaxed) - before + body;
    drop(kept);
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let value = black_box(parse());
            let time = start.elapsed();
            drop(value);
            time
        })
        .collect();
    times.sort();
    println!("  {name:<28}{:>9.1} us{:>9.1} KB", times[ROUNDS / 2].as_nanos() as f64 / 1e3, held as f64 / 1e3);
}

/// What the views do: three fields of every issue by hints, then everything.
fn read() {
    let page = Node::parse(page(Fields::Same), &Limits::default()).unwrap();
    let hints: [AtomicU32; 5] = Default::default();
    let per_issue = |name: &str, work: &dyn Fn()| {
        let start = Instant::now();
        (0..ROUNDS).for_each(|_| work());
        println!("{name:<44}{:>9.1} ns per issue", start.elapsed().as_nanos() as f64 / (ROUNDS * 100) as f64);
    };
    per_issue("three fields by hints", &|| {
        for issue in page.cursor().get("issues").unwrap().elements() {
            let fields = issue.get_hinted("fields", &hints[0]).unwrap();
            black_box(issue.get_hinted("key", &hints[1]).unwrap().text());
            black_box(fields.get_hinted("summary", &hints[2]).unwrap().text());
            black_box(fields.get_hinted("status", &hints[3]).unwrap().get_hinted("name", &hints[4]).unwrap().text());
        }
    });
    per_issue("three fields without", &|| {
        for issue in page.cursor().get("issues").unwrap().elements() {
            let fields = issue.get("fields").unwrap();
            black_box(issue.get("key").unwrap().text());
            black_box(fields.get("summary").unwrap().text());
            black_box(fields.path("status.name").unwrap().text());
        }
    });
    let late = AtomicU32::new(0);
    per_issue("a field far back by hint", &|| {
        for issue in page.cursor().get("issues").unwrap().elements() {
            let fields = issue.get_hinted("fields", &hints[0]).unwrap();
            black_box(fields.get_hinted("customfield_10120", &late).unwrap());
        }
    });
    per_issue("a field far back without", &|| {
        for issue in page.cursor().get("issues").unwrap().elements() {
            black_box(issue.get("fields").unwrap().get("customfield_10120").unwrap());
        }
    });
    per_issue("to_json", &|| {
        black_box(page.to_json());
    });
    per_issue("detach", &|| {
        for issue in page.get("issues").unwrap().elements() {
            black_box(issue.detach());
        }
    });
    let twin = page.detach();
    per_issue("same_value", &|| assert!(page.same_value(&twin)));
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }
}

enum Fields {
    Same,
    Some,
    Shuffled,
}

fn page(fields: Fields) -> Bytes {
    let mut random = Random(0x5EED);
    let issues: Vec<_> = (0..100).map(|number| issue(&mut random, number, &fields)).collect();
    format!(r#"{{"expand":"schema,names","startAt":0,"maxResults":100,"total":20000,"issues":[{}]}}"#, issues.join(",")).into()
}

const WORDS: [&str; 16] = [
    "login",
    "fails",
    "after",
    "update",
    "página",
    "größe",
    "button",
    "the",
    "server",
    "returns",
    "данные",
    "error",
    "when",
    "user",
    "saves",
    "日本語",
];

fn words(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| WORDS[random.next(WORDS.len())]).collect::<Vec<_>>().join(" ")
}

fn user(random: &mut Random) -> String {
    let id = random.next(500);
    let avatars: Vec<_> = ["48x48", "24x24", "16x16", "32x32"]
        .iter()
        .map(|size| format!(r#""{size}":"https://avatar.example.net/initials/U{id}-{size}.png""#))
        .collect();
    format!(
        r#"{{"self":"https://example.atlassian.net/rest/api/3/user?accountId=5b10a2844c20165700ed{id:04}","accountId":"5b10a2844c20165700ed{id:04}","emailAddress":"user{id}@example.com","avatarUrls":{{{}}},"displayName":"{}","active":true,"timeZone":"Europe/Berlin","accountType":"atlassian"}}"#,
        avatars.join(","),
        words(random, 2)
    )
}

fn issue(random: &mut Random, number: usize, shape: &Fields) -> String {
    let mut fields = vec![
        format!(r#""summary":"{}""#, words(random, 8)),
        r#""status":{"self":"https://example.atlassian.net/rest/api/3/status/3","description":"","iconUrl":"https://example.atlassian.net/images/icons/statuses/inprogress.png","name":"In Progress","id":"3","statusCategory":{"self":"https://example.atlassian.net/rest/api/3/statuscategory/4","id":4,"key":"indeterminate","colorName":"yellow","name":"In Progress"}}"#.into(),
        r#""issuetype":{"self":"https://example.atlassian.net/rest/api/3/issuetype/10002","id":"10002","description":"A small piece of work.","name":"Task","subtask":false,"avatarId":10318,"hierarchyLevel":0}"#.into(),
        format!(r#""assignee":{}"#, if random.next(4) == 0 { "null".into() } else { user(random) }),
        format!(r#""reporter":{}"#, user(random)),
        format!(r#""creator":{}"#, user(random)),
        r#""priority":{"self":"https://example.atlassian.net/rest/api/3/priority/3","iconUrl":"https://example.atlassian.net/images/icons/priorities/medium.svg","name":"Medium","id":"3"}"#.into(),
        format!(r#""labels":["{}","backend"]"#, WORDS[random.next(WORDS.len())]),
        format!(r#""created":"2024-03-{:02}T10:{:02}:31.123+0000""#, 1 + random.next(28), random.next(60)),
        format!(r#""updated":"2024-04-{:02}T10:{:02}:31.123+0000""#, 1 + random.next(28), random.next(60)),
        format!(r#""timeestimate":{},"progress":{{"progress":{},"total":{},"percent":{}.5}}"#, random.next(90000), random.next(900), random.next(90000), random.next(100)),
        format!(
            r#""description":{{"type":"doc","version":1,"content":[{}]}}"#,
            (0..3)
                .map(|_| format!(r#"{{"type":"paragraph","content":[{{"type":"text","text":"{} \"{}\"\n"}}]}}"#, words(random, 20), words(random, 3)))
                .collect::<Vec<_>>()
                .join(",")
        ),
    ];
    for field in fields.len()..127 {
        let value = match random.next(12) {
            0 => format!("{}.0", random.next(100)),
            1 => format!(r#""{}""#, words(random, 4)),
            2 => format!(
                r#"{{"self":"https://example.atlassian.net/rest/api/3/customFieldOption/{0}","value":"{1}","id":"{0}"}}"#,
                10000 + random.next(999),
                words(random, 1)
            ),
            _ => "null".into(),
        };
        fields.push(format!(r#""customfield_{}":{value}"#, 10000 + field));
    }
    match shape {
        Fields::Same => {}
        // Not those that `read` asks for.
        Fields::Some => {
            let mut at = 0;
            fields.retain(|_| {
                at += 1;
                at < 10 || random.next(8) != 0
            });
        }
        Fields::Shuffled => {
            for at in (1..fields.len()).rev() {
                fields.swap(at, random.next(at + 1));
            }
        }
    }
    let mut issue = String::new();
    write!(
        issue,
        r#"{{"expand":"operations,versionedRepresentations","id":"{id}","self":"https://example.atlassian.net/rest/api/3/issue/{id}","key":"DEMO-{number}","fields":{{{}}}}}"#,
        fields.join(","),
        id = 100_000 + number
    )
    .unwrap();
    issue
}
