//! The knowledge base: articles that customers find before they ask.

use serde_json::json;

use super::super::call::{Call, Handler, Outcome};
use super::super::store::State;
use super::store::Article;
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

/// Every article that has all words of the query.
fn search(state: &mut State, call: &Call) -> Outcome {
    let query = call.query("query").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let fits = |article: &&Article| {
        let text = format!("{} {}", article.title, article.text).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let found: Vec<&Article> = state.service_management.articles.iter().filter(fits).collect();
    let marked = call.query("highlight") == Some("true");
    page::by(state, call, "cursor", &found, |article| {
        let excerpt: String = article.text.chars().take(EXCERPT).collect();
        let show = |text: &str| if marked { highlighted(text, &words) } else { text.to_owned() };
        let frame = format!("{}/rest/servicedeskapi/knowledgebase/article/view/{}", state.url, article.page);
        json!({
            "title": show(&article.title),
            "excerpt": show(&excerpt),
            "source": {"type": "confluence", "pageId": article.page.to_string(), "spaceKey": article.space},
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
