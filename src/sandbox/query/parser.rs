//! From text to query, by descent: `or` binds loosest, `not` tightest.

use super::lexer::{Placed, Token, tokens};
use super::{Clause, Dialect, Expression, Fault, Operand, Operator, Order, Query};

/// Brackets and negations inside of each other: what is deeper is no query of a person.
const DEPTH: usize = 100;

pub fn parse(dialect: &'static Dialect, text: &str) -> Result<Query, Fault> {
    let mut parser = Parser { dialect, tokens: tokens(dialect, text)?, at: 0, depth: 0 };
    let mut query = Query::default();
    if !parser.ended() && !parser.orders() {
        query.filter = Some(parser.any()?);
    }
    if parser.orders() {
        parser.at += 2;
        query.order = parser.order()?;
    }
    if parser.ended() { Ok(query) } else { Err(parser.expected("the end, AND or OR")) }
}

struct Parser {
    dialect: &'static Dialect,
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|placed| &placed.token)
    }

    fn ended(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.token(ahead), Some(Token::Word(text)) if text.eq_ignore_ascii_case(word))
    }

    fn is_sign(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.token(ahead), Some(Token::Sign(found)) if *found == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(0, sign);
        self.at += usize::from(found);
        found
    }

    /// A word, or a sign where the language has one for it.
    fn take_joint(&mut self, word: &str, signs: &[&str]) -> bool {
        let found = self.is_word(0, word) || (self.dialect.signs && signs.iter().any(|sign| self.is_sign(0, sign)));
        self.at += usize::from(found);
        found
    }

    fn orders(&self) -> bool {
        self.dialect.order && self.is_word(0, "order") && self.is_word(1, "by")
    }

    fn expected(&self, what: &str) -> Fault {
        let met = match self.token(0) {
            None => "the query ends".to_owned(),
            Some(Token::Word(text) | Token::Quoted(text)) => format!("'{text}' stands there"),
            Some(Token::Sign(sign)) => format!("'{sign}' stands there"),
        };
        let (line, column) = match (self.tokens.get(self.at), self.tokens.last()) {
            (Some(placed), _) => (placed.line, placed.column),
            (None, Some(last)) => (last.line, last.column),
            (None, None) => (1, 1),
        };
        Fault { message: format!("{what} was expected, but {met}."), line, column }
    }

    fn any(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.all()?];
        while self.take_joint("or", &["||"]) {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.not()?];
        while self.take_joint("and", &["&&", "&"]) {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    /// One level further in; not deeper than `DEPTH`.
    fn inside<T>(&mut self, read: fn(&mut Parser) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.expected("Less nesting"));
        }
        let found = read(self)?;
        self.depth -= 1;
        Ok(found)
    }

    fn not(&mut self) -> Result<Expression, Fault> {
        if self.take_joint("not", &["!"]) {
            return Ok(Expression::Not(Box::new(self.inside(Parser::not)?)));
        }
        if !self.take_sign("(") {
            return Ok(Expression::Clause(self.clause()?));
        }
        let inner = self.inside(Parser::any)?;
        if self.take_sign(")") { Ok(inner) } else { Err(self.expected("A closing bracket")) }
    }

    fn clause(&mut self) -> Result<Clause, Fault> {
        let field = self.field()?;
        let operator = self.operator()?;
        let operand = match operator {
            Operator::Present | Operator::Changed => None,
            _ => Some(self.operand()?),
        };
        let predicates = self.predicates(operator)?;
        Ok(Clause { field, operator, operand, predicates })
    }

    /// A name, with what may follow it in square brackets: `cf[10016]`, `issue.property[key].path`.
    fn field(&mut self) -> Result<String, Fault> {
        let mut name = match self.token(0) {
            Some(Token::Quoted(text)) => text.clone(),
            Some(Token::Word(text)) if !self.dialect.reserved.contains(&text.to_ascii_lowercase().as_str()) => text.clone(),
            _ => return Err(self.expected("A field")),
        };
        self.at += 1;
        if self.take_sign("[") {
            let inner = self.value("A field's number or key")?;
            name.push_str(&format!("[{inner}]"));
            if !self.take_sign("]") {
                return Err(self.expected("A closing bracket"));
            }
            if let Some(Token::Word(path)) = self.token(0)
                && path.starts_with('.')
            {
                name.push_str(path);
                self.at += 1;
            }
        }
        Ok(name)
    }

    fn operator(&mut self) -> Result<Operator, Fault> {
        for (words, operator) in self.dialect.operators {
            if words.iter().enumerate().all(|(ahead, word)| self.is_word(ahead, word) || self.is_sign(ahead, word)) {
                self.at += words.len();
                return Ok(*operator);
            }
        }
        let known: Vec<String> = self.dialect.operators.iter().map(|(words, _)| words.join(" ")).collect();
        Err(self.expected(&format!("An operator ({})", known.join(", "))))
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        if self.take_sign("(") {
            let mut items = Vec::new();
            if self.is_sign(0, ")") {
                return Err(self.expected("A value"));
            }
            while !self.take_sign(")") {
                if !items.is_empty() && !self.take_sign(",") {
                    return Err(self.expected("A comma or a closing bracket"));
                }
                items.push(self.inside(Parser::operand)?);
                if items.len() > 10_000 {
                    return Err(self.expected("A shorter list"));
                }
            }
            return Ok(Operand::List(items));
        }
        let bare = matches!(self.token(0), Some(Token::Word(_)));
        if bare && (self.is_word(0, "empty") || self.is_word(0, "null")) {
            self.at += 1;
            return Ok(Operand::Empty);
        }
        let name = self.value("A value")?;
        if !self.take_sign("(") {
            return Ok(Operand::Text(name));
        }
        let mut arguments = Vec::new();
        while !self.take_sign(")") {
            if !arguments.is_empty() && !self.take_sign(",") {
                return Err(self.expected("A comma or a closing bracket"));
            }
            arguments.push(self.argument()?);
        }
        Ok(Operand::Function { name, arguments })
    }

    /// An argument of a function is a text; a query inside (`objectType = Host`) is handed on as one.
    fn argument(&mut self) -> Result<String, Fault> {
        let (from, mut open) = (self.at, 0_usize);
        while open > 0 || !(self.is_sign(0, ",") || self.is_sign(0, ")")) {
            match self.token(0) {
                Some(Token::Sign("(")) => open += 1,
                Some(Token::Sign(")")) => open -= 1,
                Some(_) => {}
                None => return Err(self.expected("A closing bracket")),
            }
            self.at += 1;
        }
        match self.tokens.get(from..self.at).unwrap_or_default() {
            [] => Err(self.expected("An argument")),
            [Placed { token: Token::Word(text) | Token::Quoted(text), .. }] => Ok(text.clone()),
            several => Ok(several.iter().map(|placed| placed.token.written()).collect::<Vec<_>>().join(" ")),
        }
    }

    fn value(&mut self, what: &str) -> Result<String, Fault> {
        let value = match self.token(0) {
            Some(Token::Quoted(text)) => text.clone(),
            Some(Token::Word(text)) if !self.dialect.reserved.contains(&text.to_ascii_lowercase().as_str()) => text.clone(),
            _ => return Err(self.expected(what)),
        };
        self.at += 1;
        Ok(value)
    }

    /// `BEFORE`, `BY` and the like behind an operator about what was.
    fn predicates(&mut self, operator: Operator) -> Result<Vec<(String, Operand)>, Fault> {
        use Operator::{Changed, Was, WasIn, WasNot, WasNotIn};
        let mut predicates = Vec::new();
        if !matches!(operator, Was | WasIn | WasNot | WasNotIn | Changed) {
            return Ok(predicates);
        }
        while let Some(word) = ["after", "before", "on", "during", "by", "from", "to"].into_iter().find(|word| self.is_word(0, word)) {
            self.at += 1;
            predicates.push((word.to_owned(), self.operand()?));
        }
        Ok(predicates)
    }

    fn order(&mut self) -> Result<Vec<Order>, Fault> {
        let mut order = Vec::new();
        loop {
            let field = self.field()?;
            let descending = match (self.is_word(0, "desc"), self.is_word(0, "asc")) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
            self.at += usize::from(descending.is_some());
            order.push(Order { field, descending });
            if !self.take_sign(",") {
                return Ok(order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AQL, CQL, JQL, SCIM};
    use super::*;

    fn clause(dialect: &'static Dialect, text: &str) -> Clause {
        match parse(dialect, text).map(|query| query.filter) {
            Ok(Some(Expression::Clause(clause))) => clause,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn text(value: &str) -> Operand {
        Operand::Text(value.to_owned())
    }

    #[test]
    fn or_binds_looser_than_and_and_not_tightest() {
        let query = parse(&JQL, "a = 1 OR b = 2 AND NOT c = 3").unwrap();
        let Some(Expression::Any(parts)) = query.filter else { panic!("no OR outside") };
        assert!(matches!(&parts[..], [Expression::Clause(_), Expression::All(inner)] if matches!(inner[1], Expression::Not(_))));
        let query = parse(&JQL, "(a = 1 || b = 2) && !c = 3").unwrap();
        assert!(matches!(query.filter, Some(Expression::All(parts)) if matches!(parts[0], Expression::Any(_))));
    }

    #[test]
    fn each_language_has_its_operators() {
        assert_eq!(clause(&JQL, "status was not in (Open, \"In Progress\") before -7d").operator, Operator::WasNotIn);
        assert_eq!(clause(&JQL, "assignee is not EMPTY").operand, Some(Operand::Empty));
        assert_eq!(clause(&CQL, "title !~ 'a b'").operator, Operator::NotContains);
        assert_eq!(clause(&AQL, "Name not like web").operator, Operator::NotContains);
        assert_eq!(clause(&SCIM, "userName eq \"a@b.c\"").operand, Some(text("a@b.c")));
        assert_eq!(clause(&SCIM, "externalId pr").operand, None);
    }

    #[test]
    fn fields_values_and_functions_are_read_whole() {
        assert_eq!(clause(&JQL, "cf[10016] >= 5").field, "cf[10016]");
        assert_eq!(clause(&JQL, "issue.property[a].b = c").field, "issue.property[a].b");
        assert_eq!(clause(&JQL, "\"Story Points\" = 3").field, "Story Points");
        assert_eq!(clause(&JQL, "created > -1w").operand, Some(text("-1w")));
        assert_eq!(clause(&JQL, "due <= 2026/11/24").operand, Some(text("2026/11/24")));
        assert_eq!(
            clause(&JQL, "sprint in (openSprints(), 12)").operand,
            Some(Operand::List(vec![Operand::Function { name: "openSprints".to_owned(), arguments: vec![] }, text("12")]))
        );
        assert_eq!(
            clause(&AQL, "object having outboundReferences(objectType = \"Web Server\")").operand,
            Some(Operand::Function { name: "outboundReferences".to_owned(), arguments: vec!["objectType = \"Web Server\"".to_owned()] })
        );
    }

    #[test]
    fn escapes_in_quotes_are_undone() {
        for (written, read) in [
            (r#""caf\u00e9""#, "café"),
            (r#"'caf\u00E9s'"#, "cafés"),
            (r#""\uD83D\uDE00!""#, "😀!"),
            (r#""say \"it's\" a\\b""#, r#"say "it's" a\b"#),
            (r#""a\tb\r\n""#, "a\tb\r\n"),
        ] {
            assert_eq!(clause(&JQL, &format!("summary ~ {written}")).operand, Some(text(read)), "{written}");
        }
        assert_eq!(clause(&SCIM, r#"displayName eq "caf\u00e9\/\b""#).operand, Some(text("café/\u{8}")));
        assert_eq!(clause(&CQL, r#"title ~ "a\+b""#).operand, Some(text("a+b")));
        for bad in [r#""a\+b""#, r#""\u00g1""#, r#""\u00""#, r#""\uD83D!""#, r#""\uD83D\u0041""#, r#""\"#] {
            let fault = parse(&JQL, &format!("summary ~ {bad}")).unwrap_err();
            let column = if bad.starts_with(r#""a"#) {
                13
            } else if bad.len() > 2 {
                12
            } else {
                11
            };
            assert_eq!((fault.line, fault.column), (1, column), "{bad}: {}", fault.message);
        }
    }

    #[test]
    fn an_order_stands_alone_or_behind() {
        let query = parse(&JQL, "ORDER BY priority DESC, key").unwrap();
        assert_eq!(query.filter, None);
        assert_eq!(query.order[0], Order { field: "priority".to_owned(), descending: Some(true) });
        assert_eq!(query.order[1].descending, None);
        assert!(parse(&SCIM, "a eq 1 order by b").is_err());
    }

    #[test]
    fn faults_have_a_place() {
        let fault = parse(&JQL, "project = ENG AND\n status").unwrap_err();
        assert_eq!((fault.line, fault.column), (2, 2));
        assert!(fault.message.contains("operator"), "{}", fault.message);
        for bad in ["(a = 1", "a = ", "a = 'b", "a = 1 b = 2", "and = 1", "a in (1", "a in ()", "a = 1 order by", "a = f(", "a = ^"] {
            assert!(parse(&JQL, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        for start in ["", "a in ", "a = 1 and a in ", "a was in ", "a changed by ", "not "] {
            for sign in ["(", "not ", "!("] {
                assert!(parse(&JQL, &format!("{start}{}", sign.repeat(100_000))).is_err(), "{start}{sign}");
            }
        }
        assert!(parse(&JQL, &format!("a in {}1{}", "(".repeat(50), ")".repeat(50))).is_ok());
        assert!(parse(&JQL, &format!("{}a = 1{}", "(".repeat(99), ")".repeat(99))).is_ok());
    }
}
