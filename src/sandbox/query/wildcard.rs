//! Words with `*` for any letters and `?` for one.

/// Whether a pattern fits a word. A star that took too little takes one letter more, and stars before it are settled: no pattern takes
/// longer than its length times the word's.
pub fn fits(pattern: &[char], word: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut star = None;
    while place < word.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(asked) if *asked == '?' || Some(asked) == word.get(place) => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((behind, taken)) = star else { return false };
                star = Some((behind, taken + 1));
                at = behind + 1;
                place = taken + 1;
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|left| *left == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    fn is(pattern: &str, word: &str) -> bool {
        fits(&pattern.chars().collect::<Vec<_>>(), &word.chars().collect::<Vec<_>>())
    }

    #[test]
    fn stars_and_question_marks_stand_for_letters() {
        for (pattern, word) in
            [("pay*", "payment"), ("p*t", "payment"), ("*a*e*", "payment"), ("pa?ment", "payment"), ("*", ""), ("a*", "a")]
        {
            assert!(is(pattern, word), "{pattern} {word}");
        }
        for (pattern, word) in [("pay", "payment"), ("p*x", "payment"), ("?", ""), ("a?", "a"), ("*ab", "abc"), ("", "a")] {
            assert!(!is(pattern, word), "{pattern} {word}");
        }
    }

    #[test]
    fn many_stars_take_no_longer() {
        assert!(!is(&"*a".repeat(200).replace('a', "?"), &"a".repeat(100)));
        assert!(!is(&format!("{}z", "*".repeat(1_000)), &"a".repeat(1_000)));
    }
}
