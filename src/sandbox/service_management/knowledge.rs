//! The knowledge base: pages of a space of Confluence, which customers find before they ask.

use serde_json::json;

use super::super::call::{Call, Handler, Outcome};
use super::super::reply::Refusal;
use super::super::store::State;
use super::{desks, page};

/// An excerpt has so many characters.
const EXCERPT: usize = 120;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/knowledgebase/article", search),
    ("GET /rest/servicedeskapi/servicedesk/{}/knowledgebase/article", |state, call| {
        desks::find(state, call)?;
        search(state, call)
    }),
];

/// Every page that has all words of the query.
fn search(state: &mut State, call: &Call) -> Outcome {
    let query = call.query("query").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let space = state.service_management.knowledge;
    let Some(key) = state.confluence.spaces.get(&space).map(|space| space.key.clone()) else {
        return Err(Refusal::new(404, "", "The space of the knowledge base is gone."));
    };
    let fits = |(_, title, text): &(u64, &str, String)| {
        let text = format!("{title} {text}").to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let found: Vec<(u64, &str, String)> = state.confluence.live_pages(space).filter(fits).collect();
    let marked = call.query("highlight") == Some("true");
    page::by(state, call, "cursor", &found, |(id, title, text)| {
        let excerpt: String = text.chars().take(EXCERPT).collect();
        let show = |text: &str| if marked { highlighted(text, &words) } else { text.to_owned() };
        let frame = format!("{}/rest/servicedeskapi/knowledgebase/article/view/{}", state.url, id);
        json!({
            "title": show(title),
            "excerpt": show(&excerpt),
            "source": {"type": "confluence", "pageId": id.to_string(), "spaceKey": key},
            "content": {"iframeSrc": frame},
        })
    })
}

/// Found words between the marks that the API has for them.
fn highlighted(text: &str, words: &[&str]) -> String {
    let mark = |piece: &str| {
        let bare = piece.to_lowercase();
        if words.iter().any(|word| bare.contains(word)) { format!("@@@hl@@@{piece}@@@endhl@@@") } else { piece.to_owned() }
    };
    text.split(' ').map(mark).collect::<Vec<_>>().join(" ")
}
