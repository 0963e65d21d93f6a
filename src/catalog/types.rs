//! The packed catalog: what `build.rs` writes and the engine reads. Shared by both, so it depends on serde alone.

use serde::{Deserialize, Serialize};

/// One product: everything the engine needs to call it. Prose is kept apart, in [`ProductProse`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Product {
    /// "admin": the first part of every operation's name.
    pub name: String,
    /// "Admin": the client class; the awaiting twin is "AsyncAdmin".
    pub client: String,
    /// "https://api.atlassian.com", or with the site in it: "https://{site}.atlassian.net".
    pub base_url: String,
    /// Keyword and environment variable of the site, where the base address needs one.
    pub site: Option<Setting>,
    pub gateway: Option<Gateway>,
    pub oauth: Option<OAuth>,
    /// Timestamps go out with `+0000` in the place of `Z`.
    pub compact_offsets: bool,
    /// What Markdown becomes, by the beginning of the path: "/rest/api/3/". Elsewhere it is refused.
    pub rich_text: Vec<(String, RichText)>,
    pub credentials: Vec<Credential>,
    /// Path arguments that the client may know already.
    pub contexts: Vec<Context>,
    pub services: Vec<Service>,
    pub models: Vec<Model>,
    pub tasks: Vec<Task>,
}

/// A format of rich text that an API takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RichText {
    /// Atlassian Document Format: an object wherever text would stand.
    Adf,
    /// Confluence's storage format: a string in an object that names the format.
    Storage,
}

/// Work that goes on after the answer, and how it is followed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Name of the model that is answered when it is begun.
    pub model: String,
    /// Field of that model which holds the task's id.
    pub id: String,
    /// "tasks.get": the operation that tells how it stands, by its id.
    pub status: String,
    pub cancel: Option<String>,
    /// Fields of the status are named by their dotted path.
    pub ended: Mark,
    pub succeeded: Mark,
    /// A percentage.
    pub progress: String,
    pub message: String,
    /// Left out: the status itself is the result.
    pub result: Option<String>,
}

/// What a field has when something is so.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mark {
    pub key: String,
    /// Texts; a flag is "true".
    pub values: Vec<String>,
}

/// A keyword of the client's constructor, and the environment variable that stands in for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Setting {
    pub argument: String,
    pub env: String,
}

/// The way to a site that takes what the site's own address refuses: tokens with scopes, and those of OAuth.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Gateway {
    pub base_url: String,
    /// "/ex/jira/{cloudId}": in front of every path that does not name the site itself.
    pub path: String,
    /// Tells which sites an OAuth token is good for.
    pub resources: String,
}

/// Where OAuth tokens for a product come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OAuth {
    pub token_url: String,
    pub client_authentication: ClientAuthentication,
}

/// How an application proves who it is, by the names of RFC 7591.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    ClientSecretPost,
    ClientSecretBasic,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    pub name: String,
    /// Keyword of the client's constructor.
    pub argument: String,
    pub env: String,
    pub scheme: Scheme,
    /// Whose it is, for basic authentication.
    pub user: Option<Setting>,
    /// "organization API key": for messages.
    pub noun: String,
    /// Where such a credential is made: for messages.
    pub obtain: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    Bearer,
    /// With the user's name; without it the secret is sent as a bearer token, where the host takes those.
    Basic,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Context {
    /// Wire name of the path parameter that this fills, as in "{directoryId}".
    pub path: String,
    /// Keyword of the client's constructor.
    pub argument: String,
    pub env: String,
    pub noun: String,
    pub obtain: String,
    /// Where the client finds it out by itself.
    pub lookup: Option<Lookup>,
}

/// A GET whose answer holds a context.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lookup {
    pub path: String,
    /// Dotted path in the answer; a number counts elements of a list.
    pub at: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Service {
    /// "users.tokens": the attribute path below the client.
    pub path: String,
    /// "UsersTokensService".
    pub class: String,
    /// Index into `Product::credentials`.
    pub credential: u16,
    /// Where it lives, if not at the product's address.
    pub base_url: Option<String>,
    pub operations: Vec<Operation>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Operation {
    /// "get": the method name. The full name is product.service.name.
    pub name: String,
    /// "GET".
    pub method: String,
    /// "/users/{account_id}/manage": everything below the host, wire names in braces; what keeps its slashes is the last.
    pub path: String,
    /// In the order of the Python signature: path parameters first, then required, then optional ones.
    pub params: Vec<Param>,
    pub body: Body,
    /// Media type of the request body.
    pub content_type: String,
    /// What a success answers; None for an empty answer.
    pub returns: Option<Type>,
    /// The answer may be empty all the same.
    pub optional: bool,
    pub paging: Option<Paging>,
    /// May be sent twice without harm: GET, HEAD, PUT, DELETE, OPTIONS, where the catalog does not declare otherwise.
    pub idempotent: bool,
    /// Unless the body has one of these fields, by wire key.
    pub idempotent_without: Vec<String>,
    pub deprecated: Option<Deprecated>,
    /// Index, in the same service, of the POST that takes the same arguments in its body: for queries too long for an address.
    pub long: Option<u16>,
    /// What to tell the user when this status, or this code of the server, comes back. A code speaks before its status.
    pub hints: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// No request body.
    None,
    /// A JSON object of the parameters with place `Body`; `{}` if there are none.
    Object,
    /// The one parameter named `body` is the body.
    Whole,
    /// `multipart/form-data` of the parameters with place `Part`.
    Multipart,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Param {
    /// Python name.
    pub name: String,
    /// Wire name.
    pub key: String,
    pub place: Place,
    pub ty: Type,
    pub required: bool,
    pub style: Style,
    /// Known values; open, a new one is passed on.
    pub one_of: Vec<String>,
    /// JSON text sent when the argument is left out.
    pub default: Option<String>,
    /// Index into `Product::contexts`: the client may know it.
    pub context: Option<u16>,
    /// May be given without its name.
    pub positional: bool,
    /// Holds an id, or several: text and whole numbers stand for each other.
    pub id: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Path,
    Query,
    Header,
    Body,
    WholeBody,
    Part,
}

/// How a list stands in the query, and a path argument in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// `a=1&a=2`
    Repeat,
    /// `a=1,2`
    Comma,
    /// A path of segments: its slashes stay.
    Slashes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    Str,
    Int,
    Float,
    Bool,
    /// A timestamp in any of Atlassian's forms; a `datetime` in Python.
    Datetime,
    Date,
    /// Milliseconds since 1970 as a number or digits; a `datetime` in Python.
    EpochMs,
    /// Bytes as they are: a file, an image, a log.
    Bytes,
    /// Any JSON value.
    Any,
    /// An object that nobody declared; a bare `Model`.
    Object,
    List(Box<Type>),
    /// An object with free keys and values of one type.
    Dict(Box<Type>),
    /// Index into `Product::models`.
    Model(u32),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paging {
    pub strategy: Strategy,
    /// Dotted path of the list in a page; empty when the page is the list.
    pub items: String,
    /// Type of one item.
    pub item: Type,
    /// Wire name of the cursor parameter; empty when there is none.
    pub cursor: String,
    /// Wire name of the page-size parameter; empty when the server offers none.
    pub size: String,
    /// Dotted path of the next cursor or link in a page.
    pub next: String,
    /// Dotted path of the total in a page; empty when the server tells none.
    pub total: String,
    /// Dotted path of the flag that is true on the last page; empty when there is none.
    pub last: String,
    /// Dotted path of the flag that is false on the last page; empty when there is none.
    pub more: String,
    /// Where pages may be short, offsets move on by what was asked for: this much, and no caller may ask for more. Else 0.
    pub window: u32,
    /// Where cursor and page size go.
    pub place: Place,
    /// The cursor stands alone: other body fields are not repeated beside it.
    pub alone: bool,
    /// There is always a next cursor, to ask for what is new later: an empty page ends the listing, and the cursor stays.
    pub polls: bool,
    /// How the listing is split in parts that are read side by side.
    pub partition: Option<Partition>,
}

/// A search with JQL, split by the date of creation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Partition {
    /// Name, in the same service, of the operation that counts what a query finds.
    pub count: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// `links.next` is a URL; its cursor is repeated on our own path.
    CursorLink,
    /// `links.next` is the cursor itself, or null.
    CursorData,
    /// `pageSize` and `cursor`; the next cursor is bare or in a link.
    CursorSize,
    /// The cursor stands in a field of its own, such as `nextPageToken`.
    Token,
    /// A number of items to pass over, such as `startAt`.
    Offset,
    /// A 1-based page number.
    Page,
    /// The whole query of the link to the next page is repeated on our own path.
    Link,
    /// `since` and `until`: everything after a moment.
    Since,
    /// SCIM: 1-based `startIndex` and `count` against `totalResults`.
    ScimIndex,
    /// One array, all of it.
    SingleArray,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deprecated {
    /// ISO date on which it ends or ended; empty when Atlassian named none.
    pub date: String,
    /// Atlassian's documents no longer list it.
    pub gone: bool,
    /// Full name of the operation to use instead; empty when there is none.
    pub successor: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    pub name: String,
    pub fields: Vec<Field>,
    /// Python names of the fields that `repr` shows.
    pub repr: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Field {
    /// Python name.
    pub name: String,
    /// Wire key.
    pub key: String,
    pub ty: Type,
    /// The server always sends it, by its documents.
    pub required: bool,
    /// Never shown by `repr`.
    pub secret: bool,
    pub one_of: Vec<String>,
}

/// What people read of a product, in the order of the facts beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProductProse {
    pub title: String,
    pub summary: String,
    pub docs: String,
    pub services: Vec<ServiceProse>,
    pub models: Vec<ModelProse>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceProse {
    pub summary: String,
    pub docs: String,
    pub operations: Vec<OperationProse>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OperationProse {
    pub summary: String,
    /// More than the summary: behaviour, limits, errors. May be empty.
    pub details: String,
    pub docs: String,
    /// One per parameter, possibly empty.
    pub params: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelProse {
    pub summary: String,
    /// One per field, possibly empty.
    pub fields: Vec<String>,
}

/// Where a product's facts and prose lie in the blob.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IndexEntry {
    pub name: String,
    pub facts: (u32, u32),
    pub prose: (u32, u32),
}
