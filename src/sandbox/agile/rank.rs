//! Ranks: texts whose order is that of the issues, with room for another one between any two. "0|i000lm:" has a bucket,
//! six digits to the base of 36, and as many behind the colon as were needed.

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const WHOLE: usize = 6;
/// Between two that follow each other.
const STEP: usize = 8;

fn digits(rank: &str) -> Vec<usize> {
    let text = rank.split_once('|').map_or(rank, |(_, text)| text);
    text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte)).collect()
}

/// A rank after the first and before the second; None stands for the end of the list.
pub fn between(below: Option<&str>, above: Option<&str>) -> String {
    let low = below.map(digits).unwrap_or_default();
    let high = above.map(digits);
    let mut made = Vec::new();
    // While every digit so far is that of the upper rank, the next one must not go beyond it.
    let mut bounded = high.is_some();
    for place in 0.. {
        let least = low.get(place).copied().unwrap_or(0);
        let most = match &high {
            Some(high) if bounded => high.get(place).copied().unwrap_or(0),
            _ => DIGITS.len(),
        };
        if most > least + 1 {
            made.push(usize::midpoint(least, most));
            break;
        }
        // Two ranks that leave no room are equal: what comes behind the lower one is as good as any.
        bounded &= least == most && place < low.len().max(high.as_ref().map_or(0, Vec::len));
        made.push(least);
    }
    made.resize(made.len().max(WHOLE), 0);
    text(&made)
}

/// A rank behind the last one, with room before it. It grows no longer, however many follow each other.
pub fn next(last: &str) -> String {
    let mut made = digits(last);
    made.resize(WHOLE, 0);
    let mut carried = STEP;
    for digit in made.iter_mut().rev() {
        let sum = *digit + carried;
        (*digit, carried) = (sum % DIGITS.len(), sum / DIGITS.len());
    }
    if carried > 0 {
        return between(Some(last), None);
    }
    text(&made)
}

fn text(digits: &[usize]) -> String {
    let letter = |digit: &usize| DIGITS.get(*digit).map_or('0', |byte| char::from(*byte));
    let text: String = digits.iter().map(letter).collect();
    let (whole, rest) = text.split_at_checked(WHOLE).unwrap_or((&text, ""));
    format!("0|{whole}:{rest}")
}

#[cfg(test)]
mod tests {
    use super::{between, next};

    #[test]
    fn the_end_of_the_list_moves_on() {
        assert_eq!(next("0|i0002g:"), "0|i0002o:");
        assert_eq!(next("0|i000zz:i"), "0|i00107:");
        assert!(next("0|zzzzzz:").as_str() > "0|zzzzzz:");
    }

    #[test]
    fn there_is_room_between_any_two() {
        let mut ranks = vec!["0|i0002g:".to_owned(), "0|i0002o:".to_owned(), "0|i0002p:".to_owned()];
        // Always at the same place, and at the ends.
        for turn in 0..300 {
            let place = [0, 1, ranks.len() / 2, ranks.len()][turn % 4];
            let below = place.checked_sub(1).and_then(|place| ranks.get(place)).map(String::as_str);
            let made = between(below, ranks.get(place).map(String::as_str));
            ranks.insert(place, made);
            assert!(ranks.is_sorted() && ranks.windows(2).all(|pair| pair[0] != pair[1]), "{turn}: {ranks:?}");
        }
    }

    #[test]
    fn equal_ranks_do_not_end_in_a_loop() {
        assert!(between(Some("0|i0002g:"), Some("0|i0002g:")).as_str() > "0|i0002g:");
    }
}
