//! Searching in texts: words, `wild*cards`, "phrases", `OR`, `-without`. Case and simple endings do not count.

use super::super::super::query;

/// Words that one query asks for at most.
const WORDS: usize = 256;

/// One word that is asked for.
#[derive(Debug, PartialEq)]
enum Word {
    /// Its stem.
    Stem(String),
    /// With `*` and `?`.
    Pattern(Vec<char>),
}

#[derive(Debug)]
struct Term {
    without: bool,
    /// Several words must follow each other.
    words: Vec<Word>,
}

/// A text query: one of the groups must hold, with all its terms.
#[derive(Debug)]
pub struct Wanted {
    groups: Vec<Vec<Term>>,
}

impl Wanted {
    /// None: nothing can be asked so; the fault tells why.
    pub fn new(query: &str) -> Result<Wanted, &'static str> {
        let mut groups = vec![Vec::new()];
        let mut rest = query.trim();
        let mut negated = false;
        while let Some(first) = rest.chars().next() {
            let without = negated || first == '-' || first == '!';
            rest = rest.trim_start_matches(['+', '-', '!']);
            let (content, phrase, after) = match rest.strip_prefix('"') {
                Some(inner) => {
                    let (phrase, after) = inner.split_once('"').ok_or("its quotation has no end")?;
                    (phrase, true, after)
                }
                None => {
                    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                    (word, false, after)
                }
            };
            rest = after.trim_start();
            match content {
                "AND" | "&&" | "" if !phrase => continue,
                "OR" | "||" if !phrase => {
                    groups.push(Vec::new());
                    continue;
                }
                "NOT" if !phrase => {
                    negated = true;
                    continue;
                }
                _ => {}
            }
            negated = false;
            let content = content.trim_matches(|letter| letter == '(' || letter == ')');
            if !phrase && content.starts_with(['*', '?']) {
                return Err("a word cannot begin with a wildcard");
            }
            let words = if phrase { words(content).map(|word| Word::Stem(stem(&word))).collect() } else { asked(content) };
            if let (Some(group), false) = (groups.last_mut(), words.is_empty()) {
                group.push(Term { without, words });
            }
        }
        groups.retain(|group| !group.is_empty());
        if groups.iter().flatten().map(|term| term.words.len()).sum::<usize>() > WORDS {
            return Err("it has more than 256 words");
        }
        if groups.is_empty() { Err("there is no word in it") } else { Ok(Wanted { groups }) }
    }

    pub fn is_in(&self, text: &str) -> bool {
        let words: Vec<(String, Vec<char>)> = words(text).map(|word| (stem(&word), word.chars().collect())).collect();
        let has = |term: &Term| {
            let found = words.windows(term.words.len()).any(|window| {
                term.words.iter().zip(window).all(|(asked, (stem, word))| match asked {
                    Word::Stem(asked) => asked == stem,
                    Word::Pattern(pattern) => query::fits(pattern, word),
                })
            });
            found != term.without
        };
        self.groups.iter().any(|group| group.iter().all(has))
    }
}

/// A word of a query; signs inside part it into several that follow each other.
fn asked(text: &str) -> Vec<Word> {
    // "term~" and "term^2" tune what is found first: that is not simulated.
    let text = text.split(['~', '^']).next().unwrap_or_default();
    let parts = text.split(|letter: char| !letter.is_alphanumeric() && letter != '*' && letter != '?').filter(|part| !part.is_empty());
    let word = |part: &str| {
        let part = part.to_lowercase();
        if part.contains(['*', '?']) { Word::Pattern(part.chars().collect()) } else { Word::Stem(stem(&part)) }
    };
    parts.map(word).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Without the commonest endings of English: "timeouts" is found by "timeout", "tested" by "tests".
fn stem(word: &str) -> String {
    if let Some(start) = word.strip_suffix("ies").filter(|start| start.len() > 2) {
        return format!("{start}y");
    }
    let endings = ["ing", "ed", "es", "s"];
    let found = endings.iter().find_map(|ending| word.strip_suffix(ending).filter(|start| start.len() > 2 && !start.ends_with('s')));
    let start = found.unwrap_or(word);
    start.strip_suffix('e').filter(|start| start.len() > 2).unwrap_or(start).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_patterns_and_phrases_are_found() {
        let text = "Timeouts in the payment-webhook: retries failed";
        for (query, expected) in [
            ("timeout", true),
            ("WEBHOOK payment", true),
            ("\"payment webhook\"", true),
            ("\"webhook payment\"", false),
            ("pay*", true),
            ("p?yment", true),
            ("retry", true),
            ("fails", true),
            ("timeout -webhook", false),
            ("timeout NOT invoice", true),
            ("invoice OR retries", true),
            ("invoice retries", false),
            ("time", false),
            ("payment-webhook", true),
        ] {
            assert_eq!(Wanted::new(query).unwrap().is_in(text), expected, "{query}");
        }
        for bad in ["*out", "\"open", "", "AND", "--"] {
            assert!(Wanted::new(bad).is_err(), "{bad}");
        }
        assert!(Wanted::new(&"a* ".repeat(WORDS)).is_ok());
        assert!(Wanted::new(&"a* ".repeat(WORDS + 1)).is_err());
    }
}
