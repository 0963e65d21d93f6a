//! The part of JQL that decides which issues come: moments of creation, and the order. Other conditions hold for every issue.

use time::{Duration, PrimitiveDateTime, macros::datetime, macros::format_description};

#[derive(Debug, PartialEq)]
pub struct Query {
    pub from: PrimitiveDateTime,
    pub before: PrimitiveDateTime,
    pub newest_first: bool,
}

impl Query {
    /// A fault is told with the condition that was not understood.
    pub fn parse(jql: &str) -> Result<Self, String> {
        let mut query = Query { from: datetime!(0001-01-01 00:00), before: datetime!(9999-01-01 00:00), newest_first: false };
        let lower = jql.to_ascii_lowercase();
        let (conditions, order) = lower.split_once("order by").unwrap_or((&lower, ""));
        let mut words = order.split([' ', ',']).filter(|word| !word.is_empty());
        query.newest_first = words.next() == Some("created") && words.next() == Some("desc");
        for condition in conditions.split("created").skip(1) {
            query.narrow(condition.trim_start()).ok_or_else(|| format!("created {condition}"))?;
        }
        Ok(query)
    }

    /// Takes in one condition, from its operator on. JQL counts in minutes.
    fn narrow(&mut self, condition: &str) -> Option<()> {
        let (operator, rest) = condition.split_at(condition.find(|c| !"<>=".contains(c))?);
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| "\"'".contains(*c))?;
        let at = moment(rest[1..].split_once(quote)?.0)?;
        let minute = Duration::minutes(1);
        match operator {
            ">=" => self.from = self.from.max(at),
            ">" => self.from = self.from.max(at + minute),
            "<" => self.before = self.before.min(at),
            "<=" => self.before = self.before.min(at + minute),
            _ => return None,
        }
        Some(())
    }
}

fn moment(text: &str) -> Option<PrimitiveDateTime> {
    let text = text.replace('/', "-");
    let text = if text.len() == 10 { text + " 00:00" } else { text };
    PrimitiveDateTime::parse(&text, format_description!("[year]-[month]-[day] [hour]:[minute]")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_join() {
        let query =
            Query::parse(r#"(project = DEMO AND created >= "2024-01-01") AND (Created < "2024-02-03 04:05") ORDER BY created DESC"#);
        let (from, before) = (datetime!(2024-01-01 00:00), datetime!(2024-02-03 04:05));
        assert_eq!(query, Ok(Query { from, before, newest_first: true }));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        assert!(Query::parse("created >= -7d").is_err_and(|fault| fault.contains("-7d")));
    }
}
