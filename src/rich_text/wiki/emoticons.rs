//! The faces and signs that Jira shows as small pictures.

const SIGNS: &[(&str, &str)] = &[
    (":)", "🙂"),
    (":(", "🙁"),
    (":P", "😛"),
    (":D", "😃"),
    (";)", "😉"),
    ("(y)", "👍"),
    ("(n)", "👎"),
    ("(i)", "ℹ️"),
    ("(/)", "✅"),
    ("(x)", "❌"),
    ("(!)", "⚠️"),
    ("(?)", "❓"),
    ("(+)", "➕"),
    ("(-)", "➖"),
    ("(on)", "💡"),
    ("(off)", "💡"),
    ("(*)", "⭐"),
    ("(*r)", "⭐"),
    ("(*g)", "⭐"),
    ("(*b)", "⭐"),
    ("(*y)", "⭐"),
    ("(flag)", "🚩"),
    ("(flagoff)", "🏳️"),
];

/// The character for a sign that a text begins with, and what follows.
pub fn sign(text: &str) -> Option<(&'static str, &str)> {
    let (sign, character) = SIGNS.iter().find(|(sign, _)| text.starts_with(sign))?;
    let after = text.get(sign.len()..)?;
    (!after.starts_with(char::is_alphanumeric)).then_some((character, after))
}
