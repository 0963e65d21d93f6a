//! Words, quoted texts and signs.

use super::{Dialect, Fault};

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// Letters, digits and whatever may stand inside of a bare value.
    Word(String),
    /// In single or double quotes, escapes undone.
    Quoted(String),
    /// An operator's sign, a bracket or a comma.
    Sign(&'static str),
}

impl Token {
    /// As a query has it.
    pub fn written(&self) -> String {
        match self {
            Token::Word(text) => text.clone(),
            Token::Quoted(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Token::Sign(sign) => (*sign).to_owned(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Placed {
    pub token: Token,
    pub line: usize,
    pub column: usize,
}

/// Longer ones first.
const SIGNS: [&str; 18] = ["==", "!=", "!~", ">=", "<=", "&&", "||", "=", "~", ">", "<", "(", ")", ",", "!", "[", "]", "&"];

pub fn tokens(dialect: &Dialect, text: &str) -> Result<Vec<Placed>, Fault> {
    let mut found = Vec::new();
    let mut rest = text;
    let (mut line, mut column) = (1, 1);
    let mut advance = |rest: &mut &str, bytes: usize| {
        let (passed, after) = rest.split_at_checked(bytes).unwrap_or((*rest, ""));
        let at = (line, column);
        for letter in passed.chars() {
            if letter == '\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        *rest = after;
        at
    };
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            advance(&mut rest, first.len_utf8());
            continue;
        }
        let (token, length) = if first == '"' || first == '\'' {
            match quoted(dialect, rest, first) {
                Ok((text, length)) => (Token::Quoted(text), length),
                Err((place, message)) => {
                    advance(&mut rest, place);
                    let (line, column) = advance(&mut rest, 0);
                    return Err(Fault { message, line, column });
                }
            }
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            let length = rest.find(|letter| !inside(letter)).unwrap_or(rest.len());
            if length == 0 {
                let (line, column) = advance(&mut rest, 0);
                let message = format!("The character '{first}' must stand in quotes in {}.", dialect.name);
                return Err(Fault { message, line, column });
            }
            (Token::Word(rest.get(..length).unwrap_or_default().to_owned()), length)
        };
        let (line, column) = advance(&mut rest, length);
        found.push(Placed { token, line, column });
    }
    Ok(found)
}

/// What a word is made of: also dates, relative times, keys, addresses, URNs.
fn inside(letter: char) -> bool {
    letter.is_alphanumeric() || "._-/:+@%$#*\\{}".contains(letter)
}

/// What stands in the quotes, and how long it is with them; else the place and the kind of the fault.
fn quoted(dialect: &Dialect, text: &str, quote: char) -> Result<(String, usize), (usize, String)> {
    let endless = || (0, format!("The quoted text that begins with {quote} has no end."));
    let strict = !dialect.escapes.is_empty();
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => {
                let (at, escape) = letters.next().ok_or_else(endless)?;
                if strict && !dialect.escapes.contains(escape) {
                    return Err((place, format!("{} knows no escape \\{escape}.", dialect.name)));
                }
                match escape {
                    'n' => value.push('\n'),
                    't' => value.push('\t'),
                    'r' if strict => value.push('\r'),
                    'b' if strict => value.push('\u{8}'),
                    'f' if strict => value.push('\u{c}'),
                    'u' if strict => {
                        let (letter, digits) = unicode(text.get(at + 1..).unwrap_or_default())
                            .ok_or_else(|| (place, format!("Behind \\u {} expects four hexadecimal digits.", dialect.name)))?;
                        value.push(letter);
                        letters.nth(digits - 1);
                    }
                    other => value.push(other),
                }
            }
            letter if letter == quote => return Ok((value, place + letter.len_utf8())),
            letter => value.push(letter),
        }
    }
    Err(endless())
}

/// The letter of `XXXX`, or of the two units `XXXX\uXXXX`, and how many characters say so.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        text.get(..4)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
    };
    let first = unit(text)?;
    let second = text.get(4..).and_then(|rest| rest.strip_prefix("\\u")).and_then(unit);
    match (char::decode_utf16([first]).next()?, second) {
        (Ok(letter), _) => Some((letter, 4)),
        (Err(_), Some(second)) => char::decode_utf16([first, second]).next()?.ok().map(|letter| (letter, 10)),
        (Err(_), None) => None,
    }
}
