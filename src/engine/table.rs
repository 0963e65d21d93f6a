//! Tables out of listings: of every page the cells of the columns asked for are kept, and the page is let go.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::error::{ArgumentError, Error};
use super::paging::listing::{Listing, Step};
use crate::catalog::{Product, Type};
use crate::document::{Kind, Limits, Node, NodeRef, Number};

/// Where the cells of a column lie in an item.
#[derive(Debug)]
pub struct Column {
    pub name: String,
    path: String,
    segments: Vec<Segment>,
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

impl Segment {
    fn new(key: &str, index: Option<usize>) -> Self {
        Segment { key: key.to_owned(), index, hint: AtomicU32::new(0) }
    }
}

impl Column {
    /// A column of items of this type. A segment of the path is an attribute's name, a wire key or the number of an element;
    /// lists that no number is given for are mapped over.
    pub fn new(name: String, path: String, product: &Product, item: &Type) -> Result<Self, ArgumentError> {
        let fault = |what: String| ArgumentError::Value(format!("columns: {path:?}: {what}"));
        let (mut ty, mut mapped, mut segments) = (item, 0, Vec::new());
        let mut before = "an item";
        for segment in path.split('.') {
            if segment.is_empty() {
                return Err(fault("a segment of the path is empty".into()));
            }
            let index = if segment.bytes().all(|byte| byte.is_ascii_digit()) { segment.parse().ok() } else { None };
            while let (Type::List(element), None) = (ty, index) {
                ty = element;
                mapped += 1;
            }
            let mut key = segment;
            ty = match ty {
                Type::List(element) => element,
                Type::Dict(value) => value,
                Type::Object | Type::Any => &Type::Any,
                Type::Model(model) => {
                    let fields = product.models.get(*model as usize).map(|model| model.fields.as_slice()).unwrap_or_default();
                    let by_name = fields.iter().find(|field| field.name == segment);
                    match by_name.or_else(|| fields.iter().find(|field| field.key == segment)) {
                        Some(field) => {
                            key = &field.key;
                            &field.ty
                        }
                        None => &Type::Any,
                    }
                }
                scalar => return Err(fault(format!("{before} is of type {}, and has no {segment:?}", kind(scalar)))),
            };
            segments.push(Segment::new(key, index));
            before = segment;
        }
        let declared = (0..mapped).fold(ty.clone(), |ty, _| Type::List(Box::new(ty)));
        Ok(Column { name, path, segments, declared })
    }

    /// The items themselves.
    fn whole(item: &Type) -> Self {
        Column { name: "value".into(), path: String::new(), segments: Vec::new(), declared: item.clone() }
    }

    pub fn declared(&self) -> &Type {
        &self.declared
    }

    /// The type of all cells: the declared one, whatever came; where nothing is declared, one that all cells fit.
    pub fn settled(&self, cells: &[NodeRef<'_>]) -> Type {
        if is_open(&self.declared) { inferred(cells).unwrap_or_else(|| self.declared.clone()) } else { self.declared.clone() }
    }
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

/// The one type that all these values have; `Any` if there is none, None if there are only nulls.
fn inferred(values: &[NodeRef<'_>]) -> Option<Type> {
    let mut common = None;
    for value in values {
        let ty = match value.kind() {
            Kind::Null => continue,
            Kind::Bool => Type::Bool,
            Kind::Number => match value.number() {
                Some(Number::Int(_)) => Type::Int,
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
    /// Names, each with its path.
    pub fn new(wanted: Vec<(String, String)>, product: &Product, item: &Type) -> Result<Self, ArgumentError> {
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
            Type::Model(model) => product.models.get(*model as usize).map(|model| model.fields.as_slice()).unwrap_or_default(),
            Type::Any | Type::Object | Type::Dict(_) => &[],
            scalar => return Ok(Columns(vec![Column::whole(scalar)])),
        };
        if fields.is_empty() {
            return Err(ArgumentError::Type("columns: is needed here, for these items have no declared fields".into()));
        }
        let columns = fields.iter().map(|field| Column {
            name: field.name.clone(),
            path: field.name.clone(),
            segments: vec![Segment::new(&field.key, None)],
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

    /// A row for each item, in a document of their own: an array of the cells.
    fn pick(&self, items: &[Node]) -> Result<Vec<Node>, Error> {
        let mut rows = Vec::new();
        rows.push(b'[');
        for (index, item) in items.iter().enumerate() {
            rows.extend_from_slice(if index == 0 { b"[" } else { b",[" });
            for (index, column) in self.iter().enumerate() {
                if index > 0 {
                    rows.push(b',');
                }
                write_cell(item.cursor(), &column.segments, &mut rows);
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

fn write_cell(node: NodeRef<'_>, segments: &[Segment], out: &mut Vec<u8>) {
    let Some((segment, rest)) = segments.split_first() else {
        return node.write_json(out);
    };
    let found = match (node.kind(), segment.index) {
        (Kind::Array, None) => {
            out.push(b'[');
            for (index, element) in node.elements().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_cell(element, segments, out);
            }
            out.push(b']');
            return;
        }
        (Kind::Array, Some(index)) => node.at(index),
        (Kind::Object, _) => node.get_hinted(&segment.key, &segment.hint),
        _ => None,
    };
    match found {
        Some(found) => write_cell(found, rest, out),
        None => out.extend_from_slice(b"null"),
    }
}

/// Rows that were taken out of a listing and not handed out yet: after a failed page they wait for the next attempt.
#[derive(Default)]
pub struct Table {
    columns: Option<Arc<Columns>>,
    rows: Vec<Node>,
}

impl Table {
    /// Takes rows until there are `limit`, or all; what came before a fault stays.
    pub fn gather(&mut self, listing: &mut Listing, columns: &Arc<Columns>, limit: Option<u64>) -> Result<Step<()>, Error> {
        self.begin(columns)?;
        let mut items = Vec::new();
        let step = loop {
            let here = (self.rows.len() + items.len()) as u64;
            let step = match limit {
                None => listing.next_page(),
                Some(limit) if here >= limit => break Ok(Step::Ready(())),
                // One by one, so that no page is asked for that the limit does not need.
                Some(_) => listing.rest(Some(1)),
            };
            match step {
                Ok(Step::Ready(more)) if !more.is_empty() => items.extend(more),
                Ok(Step::Ready(_) | Step::End) => break Ok(Step::End),
                Ok(Step::Wait(coming)) => break Ok(Step::Wait(coming)),
                Err(fault) => break Err(fault),
            }
        };
        if !items.is_empty() {
            self.rows.extend(columns.pick(&items)?);
        }
        step
    }

    fn begin(&mut self, columns: &Arc<Columns>) -> Result<(), ArgumentError> {
        match &self.columns {
            Some(kept) if !self.rows.is_empty() && !kept.same(columns) => {
                let names: Vec<&str> = kept.iter().map(|column| column.path.as_str()).collect();
                Err(ArgumentError::Value(format!(
                    "columns: a table of this listing was begun with other columns ({}); {} rows of it wait to be asked for with the same",
                    names.join(", "),
                    self.rows.len()
                )))
            }
            _ => {
                self.columns = Some(columns.clone());
                Ok(())
            }
        }
    }

    pub fn take(&mut self, limit: Option<u64>) -> Vec<Node> {
        let count = limit.and_then(|limit| usize::try_from(limit).ok()).map_or(self.rows.len(), |limit| limit.min(self.rows.len()));
        self.rows.drain(..count).collect()
    }

    /// Back to the front: nobody got them.
    pub fn put_back(&mut self, rows: &[Node]) {
        self.rows.splice(..0, rows.iter().cloned());
    }
}
