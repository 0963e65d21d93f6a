//! Tables out of listings: of every page the cells of the columns asked for are kept, and the page is let go.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::error::{ArgumentError, Error};
use super::paging::listing::{Listing, Step};
use super::spelling;
use crate::catalog::{Field, Product, Type};
use crate::document::{Kind, Limits, Node, NodeRef, Number};

/// Where the cells of a column lie in an item.
#[derive(Debug)]
pub struct Column {
    pub name: String,
    path: Vec<String>,
    segments: Vec<Segment>,
    /// The path has a part that nobody declared: perhaps it is misspelt.
    undeclared: Option<Undeclared>,
    /// As the catalog declares it; `Any`, also inside a list, where it declares nothing.
    declared: Type,
}

#[derive(Debug)]
struct Segment {
    key: String,
    /// The element of a list that a whole number names.
    index: Option<usize>,
    /// Where the key stood last: pages of like objects are read without a search.
    hint: AtomicU32,
}

#[derive(Debug)]
struct Undeclared {
    /// The path that may have been meant.
    meant: Option<String>,
}

impl Segment {
    fn new(key: &str, index: Option<usize>) -> Self {
        Segment { key: key.to_owned(), index, hint: AtomicU32::new(0) }
    }
}

impl Column {
    /// A column of items of this type. A segment of the path is an attribute's name, a wire key or the number of an element;
    /// lists that no number is given for are mapped over.
    pub fn new(name: String, path: Vec<String>, product: &Product, item: &Type) -> Result<Self, ArgumentError> {
        let fault = |what: String| ArgumentError::Value(format!("columns: {:?}: {what}", path.join(".")));
        let (mut ty, mut mapped, mut segments, mut undeclared) = (item, 0, Vec::new(), None);
        let mut before = "an item";
        for (depth, segment) in path.iter().map(String::as_str).enumerate() {
            if segment.is_empty() {
                return Err(fault("a segment of the path is empty".into()));
            }
            if segment.strip_prefix('-').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())) {
                return Err(fault(format!("{segment:?} names no element of a list; they are counted from 0")));
            }
            let index = if segment.bytes().all(|byte| byte.is_ascii_digit()) { segment.parse().ok() } else { None };
            while let (Type::List(element), None) = (ty, index) {
                ty = element;
                mapped += 1;
            }
            let mut key = segment;
            ty = match ty {
                Type::List(element) => element,
                Type::Dict(value) => {
                    undeclared.get_or_insert(Undeclared { meant: None });
                    value
                }
                Type::Object | Type::Any => {
                    undeclared.get_or_insert(Undeclared { meant: None });
                    &Type::Any
                }
                Type::Model(_) => {
                    let fields = fields_of(product, ty);
                    let by_name = fields.iter().find(|field| field.name == segment);
                    match by_name.or_else(|| fields.iter().find(|field| field.key == segment)) {
                        Some(field) => {
                            key = &field.key;
                            &field.ty
                        }
                        None => {
                            undeclared.get_or_insert_with(|| Undeclared { meant: meant(product, fields, &path, depth) });
                            &Type::Any
                        }
                    }
                }
                scalar => return Err(fault(format!("{before} is of type {}, and has no {segment:?}", kind(scalar)))),
            };
            segments.push(Segment::new(key, index));
            before = segment;
        }
        let declared = (0..mapped).fold(ty.clone(), |ty, _| Type::List(Box::new(ty)));
        Ok(Column { name, path, segments, undeclared, declared })
    }

    /// The items themselves.
    fn whole(item: &Type) -> Self {
        Column { name: "value".into(), path: Vec::new(), segments: Vec::new(), undeclared: None, declared: item.clone() }
    }

    pub fn declared(&self) -> &Type {
        &self.declared
    }

    /// The type of all cells: the declared one, whatever came; where nothing is declared, one that all cells fit.
    pub fn settled(&self, cells: &[NodeRef<'_>]) -> Type {
        if is_open(&self.declared) { inferred(cells).unwrap_or_else(|| self.declared.clone()) } else { self.declared.clone() }
    }
}

fn fields_of<'a>(product: &'a Product, ty: &Type) -> &'a [Field] {
    match ty {
        Type::Model(model) => product.models.get(*model as usize).map(|model| model.fields.as_slice()).unwrap_or_default(),
        Type::List(element) => fields_of(product, element),
        _ => &[],
    }
}

/// The path with another segment at `depth`, where these fields have none of that name: one that stands a level deeper,
/// or else one that is spelt alike.
fn meant(product: &Product, fields: &[Field], path: &[String], depth: usize) -> Option<String> {
    let segment = path.get(depth)?;
    let deeper =
        fields.iter().find(|field| fields_of(product, &field.ty).iter().any(|inner| inner.name == *segment || inner.key == *segment));
    let instead = match deeper {
        Some(field) => format!("{}.{segment}", field.name),
        None => {
            let known: Vec<&str> = fields.iter().flat_map(|field| [field.name.as_str(), field.key.as_str()]).collect();
            spelling::nearest(segment, &known)?.to_owned()
        }
    };
    let mut path = path.to_vec();
    *path.get_mut(depth)? = instead;
    Some(path.join("."))
}

/// The type's name for people and for the faces: all objects are "object".
pub fn kind(ty: &Type) -> String {
    match ty {
        Type::Str => "str".into(),
        Type::Int => "int".into(),
        Type::Float => "float".into(),
        Type::Bool => "bool".into(),
        Type::Datetime | Type::EpochMs => "datetime".into(),
        Type::Date => "date".into(),
        Type::List(element) => format!("list[{}]", kind(element)),
        Type::Bytes | Type::Any | Type::Object | Type::Dict(_) | Type::Model(_) => "object".into(),
    }
}

/// Lists and objects, which not every kind of table has columns for.
pub fn is_nested(ty: &Type) -> bool {
    !matches!(ty, Type::Str | Type::Int | Type::Float | Type::Bool | Type::Datetime | Type::EpochMs | Type::Date)
}

fn is_open(ty: &Type) -> bool {
    match ty {
        Type::Any => true,
        Type::List(element) => is_open(element),
        _ => false,
    }
}

/// Floats hold every whole number up to this one.
pub const MOST_EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// The one type that all these values have; `Any` if there is none, None if there are only nulls.
fn inferred(values: &[NodeRef<'_>]) -> Option<Type> {
    let (mut common, mut beyond_floats) = (None, false);
    for value in values {
        let ty = match value.kind() {
            Kind::Null => continue,
            Kind::Bool => Type::Bool,
            Kind::Number => match value.number() {
                Some(Number::Int(value)) => {
                    beyond_floats |= value.unsigned_abs() > MOST_EXACT;
                    Type::Int
                }
                Some(Number::Float(_)) => Type::Float,
                _ => Type::Any,
            },
            Kind::String => Type::Str,
            Kind::Array => Type::List(Box::new(Type::Any)),
            Kind::Object => Type::Object,
        };
        common = Some(match (common, ty) {
            (None, ty) => ty,
            (Some(common), ty) if common == ty => ty,
            (Some(Type::Int | Type::Float), Type::Int | Type::Float) => Type::Float,
            _ => return Some(Type::Any),
        });
    }
    if common == Some(Type::Float) && beyond_floats {
        return Some(Type::Any);
    }
    if let Some(Type::List(_)) = common {
        let elements: Vec<NodeRef<'_>> = values.iter().flat_map(|value| value.elements()).collect();
        return Some(Type::List(Box::new(inferred(&elements).unwrap_or(Type::Any))));
    }
    common
}

/// What a table is asked to have.
#[derive(Debug)]
pub struct Columns(Vec<Column>);

impl Columns {
    /// Names, each with the segments of its path.
    pub fn new(wanted: Vec<(String, Vec<String>)>, product: &Product, item: &Type) -> Result<Self, ArgumentError> {
        if wanted.is_empty() {
            return Err(ArgumentError::Value("columns: is empty; name a column, or leave it out for all declared fields".into()));
        }
        let mut columns: Vec<Column> = Vec::new();
        for (name, path) in wanted {
            if columns.iter().any(|column| column.name == name) {
                return Err(ArgumentError::Value(format!("columns: {name:?} is there twice")));
            }
            columns.push(Column::new(name, path, product, item)?);
        }
        Ok(Columns(columns))
    }

    /// All declared fields of the items, or the items themselves where they are scalars.
    pub fn declared(product: &Product, item: &Type) -> Result<Self, ArgumentError> {
        let fields = match item {
            Type::Model(_) => fields_of(product, item),
            Type::Any | Type::Object | Type::Dict(_) => &[],
            scalar => return Ok(Columns(vec![Column::whole(scalar)])),
        };
        if fields.is_empty() {
            return Err(ArgumentError::Type("columns: is needed here, for these items have no declared fields".into()));
        }
        let columns = fields.iter().map(|field| Column {
            name: field.name.clone(),
            path: vec![field.name.clone()],
            segments: vec![Segment::new(&field.key, None)],
            undeclared: None,
            declared: field.ty.clone(),
        });
        Ok(Columns(columns.collect()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter()
    }

    pub fn get(&self, index: usize) -> Option<&Column> {
        self.0.get(index)
    }

    fn same(&self, other: &Columns) -> bool {
        let named = |columns: &Columns| columns.iter().map(|column| (column.name.clone(), column.path.clone())).collect::<Vec<_>>();
        named(self) == named(other)
    }

    /// A row for each item, in a document of their own: an array of the cells. `found` notes the columns that an item has.
    fn pick(&self, items: &[Node], found: &mut [bool]) -> Result<Vec<Node>, Error> {
        let mut rows = Vec::new();
        rows.push(b'[');
        for (index, item) in items.iter().enumerate() {
            rows.extend_from_slice(if index == 0 { b"[" } else { b",[" });
            for (index, (column, found)) in self.iter().zip(&mut *found).enumerate() {
                if index > 0 {
                    rows.push(b',');
                }
                *found |= write_cell(item.cursor(), &column.segments, &mut rows);
            }
            rows.push(b']');
        }
        rows.push(b']');
        rows.shrink_to_fit();
        // Written from a document, so it can be read again, unless it has become larger than any document.
        let rows = Node::parse(rows, &Limits { depth: usize::MAX })
            .map_err(|fault| Error::Configuration(format!("columns: they are too much for one page: {fault}")))?;
        Ok(rows.elements().collect())
    }
}

/// Whether the path led anywhere; into an empty list it does.
fn write_cell(node: NodeRef<'_>, segments: &[Segment], out: &mut Vec<u8>) -> bool {
    let Some((segment, rest)) = segments.split_first() else {
        node.write_json(out);
        return true;
    };
    let found = match (node.kind(), segment.index) {
        (Kind::Array, None) => {
            out.push(b'[');
            let mut led = node.is_empty();
            for (index, element) in node.elements().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                led |= write_cell(element, segments, out);
            }
            out.push(b']');
            return led;
        }
        (Kind::Array, Some(index)) => node.at(index),
        (Kind::Object, _) => node.get_hinted(&segment.key, &segment.hint),
        _ => None,
    };
    match found {
        Some(found) => write_cell(found, rest, out),
        None => {
            out.extend_from_slice(b"null");
            false
        }
    }
}

/// Rows that were taken out of a listing and not handed out yet: after a failed page they wait for the next attempt.
#[derive(Default)]
pub struct Table {
    columns: Option<Arc<Columns>>,
    /// By column: whether an item had it since no row waited.
    found: Vec<bool>,
    rows: Vec<Node>,
    pages: VecDeque<Page>,
}

/// Rows of one page that wait.
struct Page {
    cursor: Option<String>,
    rows: usize,
}

impl Table {
    /// Takes rows until there are `limit`, or all; what came before a fault stays.
    pub fn gather(&mut self, listing: &mut Listing, columns: &Arc<Columns>, limit: Option<u64>) -> Result<Step<()>, Error> {
        self.begin(columns)?;
        let mut items = Vec::new();
        let step = loop {
            let here = (self.rows.len() + items.len()) as u64;
            if limit.is_some_and(|limit| here >= limit) {
                break Ok(Step::Ready(()));
            }
            let cursor = listing.cursor();
            let step = match limit {
                None => listing.next_page(),
                // One by one, so that no page is asked for that the limit does not need.
                Some(_) => listing.rest(Some(1)),
            };
            match step {
                Ok(Step::Ready(more)) if !more.is_empty() => {
                    match self.pages.back_mut().filter(|page| page.cursor == cursor) {
                        Some(page) => page.rows += more.len(),
                        None => self.pages.push_back(Page { cursor, rows: more.len() }),
                    }
                    items.extend(more);
                }
                Ok(Step::Ready(_) | Step::End) => break Ok(Step::End),
                Ok(Step::Wait(coming)) => break Ok(Step::Wait(coming)),
                Err(fault) => break Err(fault),
            }
        };
        if !items.is_empty() {
            self.rows.extend(columns.pick(&items, &mut self.found)?);
        }
        step
    }

    fn begin(&mut self, columns: &Arc<Columns>) -> Result<(), ArgumentError> {
        if self.rows.is_empty() {
            self.found = vec![false; columns.0.len()];
            self.pages.clear();
        } else if !self.columns.as_ref().is_some_and(|kept| kept.same(columns)) {
            return self.check_none_wait();
        }
        self.columns = Some(columns.clone());
        Ok(())
    }

    /// Refuses what would pass over rows that wait.
    pub fn check_none_wait(&self) -> Result<(), ArgumentError> {
        let Some(columns) = self.columns.as_ref().filter(|_| !self.rows.is_empty()) else { return Ok(()) };
        let paths: Vec<String> = columns.iter().map(|column| column.path.join(".")).collect();
        Err(ArgumentError::Value(format!(
            "{} rows gathered for a table with columns ({}) wait: call the same method with the same columns, or begin anew at .cursor",
            self.rows.len(),
            paths.join(", ")
        )))
    }

    /// Names the page in which the first row that waits stood, None the first page of all; the outer None: no row waits.
    pub fn cursor(&self) -> Option<Option<String>> {
        self.pages.front().map(|page| page.cursor.clone())
    }

    /// The rows that wait, no more than `limit`. They wait until they are handed out.
    pub fn rows(&self, limit: Option<u64>) -> &[Node] {
        let count = limit.map_or(self.rows.len(), |limit| usize::try_from(limit).unwrap_or(usize::MAX).min(self.rows.len()));
        self.rows.get(..count).unwrap_or_default()
    }

    /// Of columns that none of so many rows has, though nobody declared that there is such a thing.
    pub fn warnings(&self, rows: usize) -> Vec<String> {
        let columns = self.columns.iter().flat_map(|columns| columns.iter()).zip(&self.found);
        let missed =
            columns.filter(|(_, found)| rows > 0 && !**found).filter_map(|(column, _)| Some((column, column.undeclared.as_ref()?)));
        let told = missed.map(|(column, undeclared)| {
            let hint = undeclared.meant.as_ref().map(|meant| format!("; did you mean '{meant}'?")).unwrap_or_default();
            format!("column '{}' was in none of the {rows} rows{hint}", column.name)
        });
        told.collect()
    }

    pub fn hand_out(&mut self, count: usize) {
        self.rows.drain(..count.min(self.rows.len()));
        let mut left = count;
        while let Some(page) = self.pages.front_mut().filter(|_| left > 0) {
            let taken = left.min(page.rows);
            (page.rows, left) = (page.rows - taken, left - taken);
            if page.rows == 0 {
                self.pages.pop_front();
            }
        }
    }
}
