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
            match quoted(rest, first) {
                Some((text, length)) => (Token::Quoted(text), length),
                None => {
                    let (line, column) = advance(&mut rest, 0);
                    return Err(Fault { message: format!("The quoted text that begins with {first} has no end."), line, column });
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

fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                other => value.push(other),
            },
            letter if letter == quote => return Some((value, place + letter.len_utf8())),
            letter => value.push(letter),
        }
    }
    None
}
