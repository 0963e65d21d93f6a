//! Texts searched word by word: all words of the query, in any order; `*` and `?` stand for letters, inner quotes make a phrase.

use super::super::query;

/// Letters and digits, in lower case.
fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A query longer than this asks for more words than anybody has.
pub const WORDS: usize = 256;

/// What a text is searched for.
pub struct Wanted {
    /// Words that follow each other.
    phrases: Vec<Vec<String>>,
    /// Words, with `*` and `?`.
    patterns: Vec<Vec<char>>,
}

impl Wanted {
    pub fn new(query: &str) -> Wanted {
        let mut wanted = Wanted { phrases: Vec::new(), patterns: Vec::new() };
        for (place, part) in query.split('"').enumerate() {
            if place % 2 == 1 {
                wanted.phrases.push(words(part));
            } else {
                let patterns = part.split(|letter: char| !(letter.is_alphanumeric() || letter == '*' || letter == '?'));
                wanted
                    .patterns
                    .extend(patterns.filter(|pattern| !pattern.is_empty()).map(|pattern| pattern.to_lowercase().chars().collect()));
            }
        }
        wanted
    }

    pub fn len(&self) -> usize {
        self.patterns.len() + self.phrases.iter().map(Vec::len).sum::<usize>()
    }

    fn is_in(&self, text: &str) -> bool {
        let all = words(text);
        let letters: Vec<Vec<char>> = all.iter().map(|word| word.chars().collect()).collect();
        let phrase = |phrase: &Vec<String>| phrase.is_empty() || all.windows(phrase.len()).any(|window| window == phrase.as_slice());
        self.phrases.iter().all(phrase) && self.patterns.iter().all(|pattern| letters.iter().any(|word| query::fits(pattern, word)))
    }
}

pub fn contains(text: &str, wanted: &str) -> bool {
    Wanted::new(wanted).is_in(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_order_and_phrases_in_theirs() {
        let text = "How to deploy the Payment service";
        for (wanted, is) in [
            ("payment deploy", true),
            ("pay", false),
            ("pay*", true),
            ("de?loy", true),
            ("\"payment service\"", true),
            ("\"service payment\"", false),
            ("deploy \"the payment\"", true),
            ("deploy rollback", false),
        ] {
            assert_eq!(contains(text, wanted), is, "{wanted}");
        }
    }
}
