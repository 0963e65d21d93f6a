//! What changed between two trees, and between the lines of two files, as git shows it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;

/// More pairs of lines than this are not compared: the files count as rewritten.
const LIMIT: usize = 4_000_000;

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path and blob before; None: added.
    pub old: Option<(String, u64)>,
    /// Path and blob after; None: removed.
    pub new: Option<(String, u64)>,
}

impl Change {
    pub fn status(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some((old, _)), Some((new, _))) if old != new => "renamed",
            _ => "modified",
        }
    }

    pub fn path(&self) -> &str {
        self.new.as_ref().or(self.old.as_ref()).map_or("", |(path, _)| path)
    }
}

/// What differs, by path. A file that only moved counts as renamed.
pub fn changes(old: &BTreeMap<String, u64>, new: &BTreeMap<String, u64>, renames: bool) -> Vec<Change> {
    let mut removed: Vec<(&String, u64)> =
        old.iter().filter(|(path, _)| !new.contains_key(*path)).map(|(path, blob)| (path, *blob)).collect();
    let mut found = Vec::new();
    for (path, blob) in new {
        let after = Some((path.clone(), *blob));
        match old.get(path) {
            Some(before) if before == blob => {}
            Some(before) => found.push(Change { old: Some((path.clone(), *before)), new: after }),
            None => {
                let source = removed.iter().position(|(_, gone)| renames && gone == blob).map(|place| removed.remove(place));
                found.push(Change { old: source.map(|(path, blob)| (path.clone(), blob)), new: after });
            }
        }
    }
    found.extend(removed.into_iter().map(|(path, blob)| Change { old: Some((path.clone(), blob)), new: None }));
    found.sort_by(|one, other| one.path().cmp(other.path()));
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Kept,
    Removed,
    Added,
}

/// The lines of both files with what became of them.
pub fn lines<'a>(old: &'a str, new: &'a str, ignore_whitespace: bool) -> Vec<(Kind, &'a str)> {
    let part = |text: &'a str| -> Vec<Line<'a>> {
        let bare = |line: &'a str| -> Cow<'a, str> {
            if ignore_whitespace { line.split_whitespace().collect::<String>().into() } else { line.into() }
        };
        text.split_inclusive('\n').map(|line| Line { written: line, compared: bare(line) }).collect()
    };
    let (old, new) = (part(old), part(new));
    let same = |(one, other): &(&Line, &Line)| one.compared == other.compared;
    let first = old.iter().zip(&new).take_while(same).count();
    let most = old.len().min(new.len()) - first;
    let last = old.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
    let kept = |lines: &[Line<'a>]| lines.iter().map(|line| (Kind::Kept, line.written)).collect::<Vec<_>>();
    let mut all = kept(new.get(..first).unwrap_or_default());
    let (left, right) = (old.get(first..old.len() - last).unwrap_or_default(), new.get(first..new.len() - last).unwrap_or_default());
    all.extend(middle(left, right));
    all.extend(kept(new.get(new.len() - last..).unwrap_or_default()));
    all
}

struct Line<'a> {
    written: &'a str,
    /// What is compared: the same, or all but white space.
    compared: Cow<'a, str>,
}

/// By the longest common subsequence.
fn middle<'a>(old: &[Line<'a>], new: &[Line<'a>]) -> Vec<(Kind, &'a str)> {
    let width = new.len() + 1;
    let mut found = Vec::with_capacity(old.len() + new.len());
    // Length of the longest common rest, from each pair of places on.
    let mut lengths = vec![0_u32; if old.len() * new.len() > LIMIT { 0 } else { (old.len() + 1) * width }];
    let at = |lengths: &[u32], row: usize, column: usize| lengths.get(row * width + column).copied().unwrap_or_default();
    if !lengths.is_empty() {
        for (row, one) in old.iter().enumerate().rev() {
            for (column, other) in new.iter().enumerate().rev() {
                let length = if one.compared == other.compared {
                    at(&lengths, row + 1, column + 1) + 1
                } else {
                    at(&lengths, row + 1, column).max(at(&lengths, row, column + 1))
                };
                if let Some(cell) = lengths.get_mut(row * width + column) {
                    *cell = length;
                }
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    loop {
        match (old.get(row), new.get(column)) {
            (Some(one), Some(other)) if !lengths.is_empty() && one.compared == other.compared => {
                found.push((Kind::Kept, other.written));
                (row, column) = (row + 1, column + 1);
            }
            (Some(one), other) if other.is_none() || at(&lengths, row + 1, column) >= at(&lengths, row, column + 1) => {
                found.push((Kind::Removed, one.written));
                row += 1;
            }
            (_, Some(other)) => {
                found.push((Kind::Added, other.written));
                column += 1;
            }
            _ => return found,
        }
    }
}

/// Lines added and removed; nothing for files that are no text.
pub fn counts(old: &Bytes, new: &Bytes, ignore_whitespace: bool) -> (usize, usize) {
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return (0, 0) };
    let lines = lines(old, new, ignore_whitespace);
    let count = |wanted: Kind| lines.iter().filter(|(kind, _)| *kind == wanted).count();
    (count(Kind::Added), count(Kind::Removed))
}

/// The diff of one file; `content` gives what a blob holds.
pub fn unified<'a>(change: &Change, content: impl Fn(u64) -> Option<&'a Bytes>, context: usize, ignore_whitespace: bool) -> String {
    let name = |side: &Option<(String, u64)>, prefix: &str| {
        side.as_ref().map_or_else(|| "/dev/null".to_owned(), |(path, _)| format!("{prefix}/{path}"))
    };
    let id = |side: &Option<(String, u64)>| side.as_ref().map_or(0, |(_, blob)| blob >> 36);
    let empty = Bytes::new();
    let get = |side: &Option<(String, u64)>| side.as_ref().and_then(|(_, blob)| content(*blob)).unwrap_or(&empty).clone();
    let (before, after) = (change.old.as_ref().or(change.new.as_ref()), change.new.as_ref().or(change.old.as_ref()));
    let (Some((before, _)), Some((after, _))) = (before, after) else { return String::new() };
    let mut text = format!("diff --git a/{before} b/{after}\n");
    match change.status() {
        "added" => text.push_str("new file mode 100644\n"),
        "removed" => text.push_str("deleted file mode 100644\n"),
        "renamed" => text.push_str(&format!("similarity index 100%\nrename from {before}\nrename to {after}\n")),
        _ => {}
    }
    let (old, new) = (get(&change.old), get(&change.new));
    if old == new && change.status() == "renamed" {
        return text;
    }
    text.push_str(&format!(
        "index {:07x}..{:07x}{}\n",
        id(&change.old),
        id(&change.new),
        if change.status() == "modified" { " 100644" } else { "" }
    ));
    let (old_name, new_name) = (name(&change.old, "a"), name(&change.new, "b"));
    let (Ok(old), Ok(new)) = (std::str::from_utf8(&old), std::str::from_utf8(&new)) else {
        text.push_str(&format!("Binary files {old_name} and {new_name} differ\n"));
        return text;
    };
    let lines = lines(old, new, ignore_whitespace);
    if lines.iter().all(|(kind, _)| *kind == Kind::Kept) {
        return if change.status() == "modified" { String::new() } else { text };
    }
    text.push_str(&format!("--- {old_name}\n+++ {new_name}\n"));
    for (from, to) in hunks(&lines, context) {
        let passed = lines.get(..from).unwrap_or_default();
        let hunk = lines.get(from..to).unwrap_or_default();
        let count = |lines: &[(Kind, &str)], other: Kind| lines.iter().filter(|(kind, _)| *kind != other).count();
        let range = |other: Kind| {
            let (start, length) = (count(passed, other), count(hunk, other));
            let start = if length == 0 { start } else { start + 1 };
            if length == 1 { start.to_string() } else { format!("{start},{length}") }
        };
        text.push_str(&format!("@@ -{} +{} @@\n", range(Kind::Added), range(Kind::Removed)));
        for (kind, line) in hunk {
            text.push(match kind {
                Kind::Kept => ' ',
                Kind::Removed => '-',
                Kind::Added => '+',
            });
            text.push_str(line);
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// Ranges of lines around the changed ones; what lies close together is one.
fn hunks(lines: &[(Kind, &str)], context: usize) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (place, _) in lines.iter().enumerate().filter(|(_, (kind, _))| *kind != Kind::Kept) {
        let (from, to) = (place.saturating_sub(context), (place + context + 1).min(lines.len()));
        match found.last_mut() {
            Some(last) if from <= last.1 => last.1 = to,
            _ => found.push((from, to)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: Option<&str>, new: Option<&str>) -> String {
        let contents: Vec<Bytes> = [old, new].iter().map(|text| Bytes::from(text.unwrap_or("").to_owned())).collect();
        let change = Change { old: old.map(|_| ("a.txt".to_owned(), 0)), new: new.map(|_| ("a.txt".to_owned(), 1)) };
        unified(&change, |blob| contents.get(blob as usize), 3, false)
    }

    fn body(text: &str) -> String {
        text.split_once("@@").map_or(String::new(), |(_, rest)| format!("@@{rest}"))
    }

    // What `diff -u` of GNU diffutils prints for the same files.
    #[test]
    fn hunks_are_those_of_the_usual_tool() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        assert_eq!(
            body(&diff(Some(old), Some("1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n13\n"))),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n@@ -10,3 +10,4 @@\n 10\n 11\n 12\n+13\n"
        );
        assert_eq!(body(&diff(Some("a\nb\nc\n"), Some("a\nc\n"))), "@@ -1,3 +1,2 @@\n a\n-b\n c\n");
        assert_eq!(body(&diff(None, Some("a\n"))), "@@ -0,0 +1 @@\n+a\n");
        assert_eq!(body(&diff(Some("a\nb\n"), None)), "@@ -1,2 +0,0 @@\n-a\n-b\n");
        assert_eq!(body(&diff(Some("a"), Some("a\n"))), "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
    }

    #[test]
    fn white_space_counts_unless_it_is_ignored() {
        let (old, new) = ("a b\nc\nd\n", "a  b\nc\ne\n");
        let told = |ignored: bool| lines(old, new, ignored).iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
        assert_eq!(told(true), [Kind::Kept, Kind::Kept, Kind::Removed, Kind::Added]);
        assert_eq!(told(false), [Kind::Removed, Kind::Added, Kind::Kept, Kind::Removed, Kind::Added]);
        assert_eq!(lines(old, new, true).first(), Some(&(Kind::Kept, "a  b\n")));
    }

    #[test]
    fn a_file_that_moved_is_renamed() {
        let tree = |files: &[(&str, u64)]| files.iter().map(|(path, blob)| ((*path).to_owned(), *blob)).collect::<BTreeMap<_, _>>();
        let found = changes(&tree(&[("a", 1), ("b", 2), ("c", 3)]), &tree(&[("a", 1), ("b", 4), ("d", 3), ("e", 5)]), true);
        let told: Vec<(&str, &str)> = found.iter().map(|change| (change.path(), change.status())).collect();
        assert_eq!(told, [("b", "modified"), ("d", "renamed"), ("e", "added")]);
    }
}
